import type { OrderListState, OrderState, PreventedMatch, Side } from "@buttonwood/protocol";
import type { LedgerQuery, LedgerRecord } from "./ledger-record.js";

export {
  isFromOldest,
  type LedgerPosition,
  type LedgerQuery,
  type LedgerRecord,
  positionOf,
} from "./ledger-record.js";

/**
 * History: what the projection keeps in its query tables. A read names the sequence it must at least include
 * (a client's own last write); it waits until the projection is there, so a client always reads its own writes.
 * Rejects with {@link HistoryLagsError} when that takes too long.
 */
export interface HistoryClient {
  /** One order in any state, or undefined. By id (0 = not given) or client order id; the youngest when several. */
  order(query: {
    readonly account: number;
    readonly market: number;
    readonly orderId: number;
    readonly clientOrderId: string;
    readonly atLeast: number;
  }): Promise<OrderRecord | undefined>;

  /** Orders by rising id: from `fromOrderId` on, or the newest `limit` when it is undefined, within the times. */
  orders(query: {
    readonly account: number;
    readonly market: number;
    readonly fromOrderId?: number | undefined;
    readonly startUs?: number | undefined;
    readonly endUs?: number | undefined;
    readonly limit: number;
    readonly atLeast: number;
  }): Promise<readonly OrderRecord[]>;

  /**
   * One order list of an account, by the market and the list's id, or by its client id (on any market, the youngest
   * when several); or undefined. By client id over several partitions `atLeast` means nothing, and everything is seen
   * that was done before the call.
   */
  orderList(query: {
    readonly account: number;
    readonly named:
      | { readonly market: number; readonly listId: number }
      | { readonly listClientOrderId: string };
    readonly atLeast: number;
  }): Promise<OrderListRecord | undefined>;

  /**
   * Order lists of an account on one market, by rising id: from `fromListId` on, or the newest `limit` when it is
   * undefined, within the times of their making. `isOpen`: those alone that have an open order.
   */
  orderLists(query: {
    readonly account: number;
    readonly market: number;
    readonly isOpen: boolean;
    readonly fromListId?: number | undefined;
    readonly startUs?: number | undefined;
    readonly endUs?: number | undefined;
    readonly limit: number;
    readonly atLeast: number;
  }): Promise<readonly OrderListRecord[]>;

  /** The account's own fills, by rising trade id; as {@link orders}. */
  accountTrades(query: {
    readonly account: number;
    readonly market: number;
    readonly orderId?: number | undefined;
    readonly fromTradeId?: number | undefined;
    readonly startUs?: number | undefined;
    readonly endUs?: number | undefined;
    readonly limit: number;
    readonly atLeast: number;
  }): Promise<readonly AccountTradeRecord[]>;

  /**
   * Matches that self-trade prevention kept from happening, by rising id: the one with an id, or those of an order,
   * whichever side it was on, from an id on.
   */
  preventedMatches(query: {
    readonly account: number;
    readonly market: number;
    readonly preventedMatchId?: number | undefined;
    readonly orderId?: number | undefined;
    readonly fromPreventedMatchId?: number | undefined;
    readonly limit: number;
    readonly atLeast: number;
  }): Promise<readonly PreventedMatchRecord[]>;

  /**
   * What changed an account's balances, by rising position. Funds that moved between partitions are no part of it: the
   * account has as much as before. Over several partitions `atLeast` means nothing, and everything is seen that was
   * done before the call.
   */
  ledger(query: LedgerQuery): Promise<readonly LedgerRecord[]>;

  /** Public trades by rising id; the newest `limit` when `fromTradeId` is undefined. */
  trades(query: {
    readonly market: number;
    readonly fromTradeId?: number | undefined;
    readonly startUs?: number | undefined;
    readonly endUs?: number | undefined;
    readonly limit: number;
  }): Promise<readonly TradeRecord[]>;

  /** Candles by rising open time; the newest `limit` when no start is given. Intervals without trades are flat. */
  candles(query: {
    readonly market: number;
    readonly interval: CandleInterval;
    readonly startUs?: number | undefined;
    readonly endUs?: number | undefined;
    readonly limit: number;
    /** Offset of days and weeks from UTC, in minutes. */
    readonly timeZoneMinutes: number;
  }): Promise<readonly CandleRecord[]>;

  /** Sequence up to which the tables are complete. */
  position(): Promise<number>;
}

/** The query tables have not reached the sequence that a read must include, after some seconds of waiting. */
export class HistoryLagsError extends Error {
  override readonly name = "HistoryLagsError";
}

/** An order as it last was; `updatedUs` is the time of the last event. */
export interface OrderRecord extends OrderState {
  readonly updatedUs: number;
}

/** An order list as it last was; `updatedUs` is the time of the last event. */
export interface OrderListRecord extends OrderListState {
  readonly updatedUs: number;
}

export interface TradeRecord {
  readonly market: number;
  readonly tradeId: number;
  readonly priceTicks: number;
  readonly lots: number;
  readonly quote: number;
  readonly timeUs: number;
  readonly buyOrderId: number;
  readonly sellOrderId: number;
  readonly buyerIsMaker: boolean;
}

export interface AccountTradeRecord extends TradeRecord {
  readonly orderId: number;
  readonly side: Side;
  readonly isMaker: boolean;
  readonly fee: number;
  readonly feeAsset: number;
  /** Whether the order is one of an order list. */
  readonly isOfList: boolean;
}

export interface PreventedMatchRecord extends PreventedMatch {
  readonly timeUs: number;
}

export const CANDLE_INTERVALS = {
  "1s": 1,
  "1m": 60,
  "3m": 180,
  "5m": 300,
  "15m": 900,
  "30m": 1800,
  "1h": 3600,
  "2h": 7200,
  "4h": 14400,
  "6h": 21600,
  "8h": 28800,
  "12h": 43200,
  "1d": 86400,
  "3d": 259200,
  "1w": 604800,
  /** Calendar months; the number is a nominal length in seconds. */
  "1M": 2592000,
} as const;
export type CandleInterval = keyof typeof CANDLE_INTERVALS;

/** A candle. Prices in ticks, volumes in lots, quote volumes in units. */
export interface CandleRecord {
  readonly openUs: number;
  /** The last µs that belongs to it. */
  readonly closeUs: number;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly lots: number;
  readonly quote: number;
  readonly trades: number;
  readonly takerBuyLots: number;
  readonly takerBuyQuote: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}
