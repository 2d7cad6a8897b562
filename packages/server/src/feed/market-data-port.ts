import type { CandleInterval, CandleRecord } from "../transport/history-port.js";

/**
 * Market data, computed once per partition from the feed and relayed by gateways. Numbers stay in ticks, lots
 * and units: the gateway writes them as its clients' decimals, once per message, whatever the number of clients.
 */
export interface MarketDataClient {
  depth(market: number, limit: number): Promise<DepthSnapshot>;
  /** Every resting order, up to `limit` of each side. */
  depthOrders(market: number, limit: number): Promise<OrdersSnapshot>;
  ticker(market: number): Promise<TickerState>;
  /** Volume-weighted average price of the last five minutes, in ticks (a fraction), or the last price. */
  averagePrice(market: number): Promise<{ readonly priceTicks: number; readonly closeUs: number }>;
  /** Rolling window ticker over the given length, for `ticker?windowSize=`. */
  windowTicker(market: number, windowUs: number): Promise<TickerState>;

  /**
   * Calls back with every message on a topic while anyone listens. Topics of a market: `trade`, `bookTicker` at
   * once; `depth` and `depthOrders` every 100 ms; `ticker` every 1,000 ms; `kline_<interval>` every 250 ms, all only when something
   * changed, and a closed candle always.
   */
  subscribe(
    market: number,
    topic: MarketDataTopic,
    onMessage: (message: MarketDataMessage) => void,
  ): () => void;
}

export type MarketDataTopic =
  | "trade"
  | "bookTicker"
  | "depth"
  | "depthOrders"
  | "ticker"
  | `kline_${CandleInterval}`;

/** A price level as [price in ticks, quantity in lots]. */
export type Level = readonly [priceTicks: number, lots: number];

export interface DepthSnapshot {
  readonly lastUpdateId: number;
  /** Best first. */
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** A resting order as [id, price in ticks, quantity shown in lots]. */
export type RestingOrder = readonly [orderId: number, priceTicks: number, lots: number];

export interface OrdersSnapshot {
  /** As in {@link DepthSnapshot}. */
  readonly lastUpdateId: number;
  /** First to trade first. */
  readonly bids: readonly RestingOrder[];
  readonly asks: readonly RestingOrder[];
}

export interface PublicTrade {
  readonly tradeId: number;
  readonly priceTicks: number;
  readonly lots: number;
  readonly timeUs: number;
  readonly buyOrderId: number;
  readonly sellOrderId: number;
  readonly buyerIsMaker: boolean;
}

export interface TickerState {
  readonly openUs: number;
  readonly closeUs: number;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly lastTicks: number;
  readonly lastLots: number;
  /** Price of the last trade before the window; 0 = none. */
  readonly previousCloseTicks: number;
  readonly lots: number;
  readonly quote: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
  readonly trades: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

export type MarketDataMessage =
  | { readonly kind: "trade"; readonly market: number; readonly trades: readonly PublicTrade[] }
  | {
      readonly kind: "bookTicker";
      readonly market: number;
      readonly updateId: number;
      readonly bidTicks: number;
      readonly bidLots: number;
      readonly askTicks: number;
      readonly askLots: number;
    }
  | {
      readonly kind: "depth";
      readonly market: number;
      readonly timeUs: number;
      /** First and last update id merged; `firstUpdateId` = the last message's `lastUpdateId` + 1. */
      readonly firstUpdateId: number;
      readonly lastUpdateId: number;
      readonly bids: readonly Level[];
      readonly asks: readonly Level[];
      /** The best 20 of each side after it, for the partial-depth streams. */
      readonly topBids: readonly Level[];
      readonly topAsks: readonly Level[];
    }
  | {
      readonly kind: "depthOrders";
      readonly market: number;
      readonly timeUs: number;
      /** As in `depth`, by the same counter. */
      readonly firstUpdateId: number;
      readonly lastUpdateId: number;
      /**
       * Orders that are gone, or have left their place; some may have come and gone in between. What follows is to be
       * done after it, in this order.
       */
      readonly removed: readonly number[];
      /** Orders that have another quantity and kept their place. */
      readonly changed: readonly (readonly [orderId: number, lots: number])[];
      /**
       * Orders that joined the end of their price's queue, first to join first. One that is there already (a snapshot
       * from in between had it) leaves its place.
       */
      readonly bids: readonly RestingOrder[];
      readonly asks: readonly RestingOrder[];
    }
  | {
      readonly kind: "ticker";
      readonly market: number;
      readonly timeUs: number;
      readonly ticker: TickerState;
    }
  | {
      readonly kind: "kline";
      readonly market: number;
      readonly interval: CandleInterval;
      readonly timeUs: number;
      readonly candle: CandleRecord;
      readonly closed: boolean;
    };
