/**
 * Events: what happened. Every command yields a group of events that begins with RESULT. Events are complete in
 * themselves: an order event carries the whole order as it now is, a BALANCE event the whole balance, a LEVEL
 * event the whole price level, so that a reader needs no state of its own.
 * `docs/reference/semantics.md` says which events a command yields and in which order.
 */
import type { CommandType } from "./command.js";
import { type BandFields, ListMarket, type MarketFields } from "./command.js";
import type {
  AccountStatus,
  Contingency,
  ListStatus,
  MarketStatus,
  OrderStatus,
  OrderType,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "./enums.js";
import { CLIENT_ID_WORDS, LIST_LEGS_MAX } from "./limits.js";
import { type OrderTermsState, readTermsState } from "./order-terms.js";
import type { Reason } from "./reason.js";
import { readText } from "./text.js";
import type { WordBuffer } from "./word-buffer.js";

export const EventType = {
  RESULT: 1,
  ORDER_ACCEPTED: 2,
  ORDER_TRIGGERED: 3,
  ORDER_FILLED: 4,
  ORDER_CANCELED: 5,
  ORDER_EXPIRED: 6,
  /** Price or quantity changed by MOVE_ORDER or REDUCE_ORDER. */
  ORDER_AMENDED: 7,
  /** Self-trade prevention took quantity off this order (and may have ended it). */
  ORDER_PREVENTED: 8,
  /** An order list began, or all of its orders have ended. */
  ORDER_LIST: 9,
  /** An order that was pending in a list is one like others now. */
  ORDER_RELEASED: 10,

  BALANCE: 16,
  LEVEL: 17,

  ASSET_LISTED: 32,
  MARKET_LISTED: 33,
  MARKET_STATUS_SET: 34,
  MARKET_FEES_SET: 35,
  ACCOUNT_OPENED: 36,
  ACCOUNT_STATUS_SET: 37,
  DEPOSITED: 38,
  WITHDRAWN: 39,
  TRANSFER_SENT: 40,
  TRANSFER_RECEIVED: 41,
  /** When all orders of an account will be canceled; 0: they won't, or just were. */
  COUNTDOWN_SET: 42,
  MARKET_BANDS_SET: 43,
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

/** The header of every event: `type | words << 8`, then the account, the market for events of a market, 0 for ASSET_LISTED. */
export const enum EventHeader {
  TYPE_AND_SIZE = 0,
  ACCOUNT = 1,
  WORDS = 2,
}

/** RESULT, the first event of a group. */
export const enum ResultEvent {
  /** Double: the command's position in the journal, from 1, gapless. */
  SEQUENCE = 2,
  /** Double: the command's sequenced time. */
  TIME_US = 4,
  /** Words of the whole group, this event included. */
  GROUP_WORDS = 6,
  /** `reason | commandType << 16`; reason 0 = taken. */
  REASON = 7,
  /** Double: id of the order that was created, named or repeated; 0 = none. */
  ORDER_ID = 8,
  /** CANCEL_REPLACE: `reason of the cancel | reason of the new order << 16`; else 0. */
  DETAIL = 10,
  RESERVED = 11,
  WORDS = 12,
}

/**
 * The order as it is after the event; begins at word 2 of every order event. Events of an order with terms are longer
 * by a {@link TermsBlock}, their last words.
 */
export const enum OrderBlock {
  ORDER_ID = 2,
  MARKET = 4,
  /** As {@link NewOrder.KIND}. */
  KIND = 5,
  PRICE_TICKS = 6,
  STOP_TICKS = 7,
  /** Quantity asked for; after a reduction, the reduced one. 0 for orders by quote amount. */
  LOTS = 8,
  EXECUTED_LOTS = 9,
  /** Double: quote units traded so far. */
  EXECUTED_QUOTE = 10,
  /** Double: quote amount asked for, 0 = by lots. */
  QUOTE_AMOUNT = 12,
  /** Doubles: when the order was taken, and when it began to work (0: a stop not yet triggered). */
  CREATED_US = 14,
  WORKING_US = 16,
  /** `status | idLength << 8` */
  STATUS = 18,
  /** Lots that self-trade prevention took off. */
  PREVENTED_LOTS = 19,
  ID = 20,
  RESERVED = 29,
  END = 30,
}

/** ORDER_ACCEPTED, ORDER_TRIGGERED and ORDER_RELEASED are the block alone. */
export const enum OrderEvent {
  WORDS = OrderBlock.END,
}

/** ORDER_FILLED, for the maker and for the taker of each trade. */
export const enum OrderFilled {
  /** Double: per market, from 1, gapless. Maker and taker carry the same. */
  TRADE_ID = 30,
  /** Double: the other side's order. */
  COUNTER_ORDER_ID = 32,
  /** Double: in the smallest unit of FEE_ASSET, which is what this side received. */
  FEE = 34,
  FEE_ASSET = 36,
  PRICE_TICKS = 37,
  LOTS = 38,
  /** 1 for the maker's event, 0 for the taker's. */
  IS_MAKER = 39,
  WORDS = 40,
}

/** ORDER_CANCELED. */
export const enum OrderCanceled {
  CANCEL_ID_LENGTH = 30,
  CANCEL_ID = 31,
  WORDS = 40,
}

/** ORDER_EXPIRED and ORDER_AMENDED. */
export const enum OrderEnded {
  REASON = 30,
  RESERVED = 31,
  WORDS = 32,
}

/** ORDER_PREVENTED. */
export const enum OrderPrevented {
  COUNTER_ORDER_ID = 30,
  PRICE_TICKS = 32,
  /** Lots prevented by this event. */
  LOTS = 33,
  WORDS = 34,
}

/** ORDER_LIST. The id of its order L is LIST_ID × ORDERS_PER_COMMAND + L. */
export const enum OrderListEvent {
  /** Double: the sequence of the command that made the list. */
  LIST_ID = 2,
  MARKET = 4,
  /** `status | contingency << 8 | number of orders << 16` */
  STATUS = 5,
  /** Double. */
  CREATED_US = 6,
  ID_LENGTH = 8,
  ID = 9,
  /** `length of the first order's client id | of the second's << 8 | of the third's << 16` */
  LEG_ID_LENGTHS = 18,
  /** Nine words an order. */
  LEG_IDS = 19,
  WORDS = 46,
}

/** COUNTDOWN_SET. */
export const enum CountdownSet {
  /** Double: µs since 1970; 0 = none. */
  AT_US = 2,
  WORDS = 4,
}

/** BALANCE: the whole balance after the command. */
export const enum BalanceEvent {
  ASSET = 2,
  RESERVED = 3,
  FREE = 4,
  LOCKED = 6,
  WORDS = 8,
}

/** LEVEL: the whole price level after a step; the market stands in the header. */
export const enum LevelEvent {
  SIDE = 2,
  PRICE_TICKS = 3,
  /** Double: 0 = the level is gone. */
  LOTS = 4,
  /** Double: per market, from 1, gapless. */
  UPDATE_ID = 6,
  WORDS = 8,
}

/** ASSET_LISTED. */
export const enum AssetListed {
  ASSET = 2,
  DECIMALS = 3,
  NAME = 4,
  WORDS = 8,
}
/** MARKET_LISTED: the words of LIST_MARKET from its MARKET on. */
export const enum MarketListed {
  BODY = 2,
  WORDS = 2 + ListMarket.WORDS - ListMarket.MARKET,
}
/** MARKET_STATUS_SET; the market stands in the header. */
export const enum MarketStatusSet {
  STATUS = 2,
  RESERVED = 3,
  WORDS = 4,
}
/** MARKET_FEES_SET; the market stands in the header. */
export const enum MarketFeesSet {
  MAKER_FEE_PPM = 2,
  TAKER_FEE_PPM = 3,
  WORDS = 4,
}
/** MARKET_BANDS_SET: the words of SET_MARKET_BANDS from its MARKET on. */
export const enum MarketBandsSet {
  BODY = 2,
  WORDS = 8,
}
/** ACCOUNT_OPENED. */
export const enum AccountOpened {
  NAME_LENGTH = 2,
  NAME = 3,
  WORDS = 12,
}
/** ACCOUNT_STATUS_SET. */
export const enum AccountStatusSet {
  STATUS = 2,
  RESERVED = 3,
  WORDS = 4,
}
/** DEPOSITED and WITHDRAWN. */
export const enum PaymentEvent {
  ASSET = 2,
  ID_LENGTH = 3,
  AMOUNT = 4,
  ID = 6,
  RESERVED = 15,
  WORDS = 16,
}

/** TRANSFER_SENT and TRANSFER_RECEIVED. */
export const enum TransferEvent {
  /** The other partition: where it goes to, or comes from. */
  PARTITION = 2,
  ASSET = 3,
  /** Doubles. The number is the channel's, from 1, gapless. */
  CHANNEL_SEQUENCE = 4,
  AMOUNT = 6,
  WORDS = 8,
}

/** An order as it is after an event. Amounts in units, prices in ticks, quantities in lots, times in µs. */
export interface OrderState {
  readonly orderId: number;
  readonly account: number;
  readonly market: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly selfTradePrevention: SelfTradePrevention;
  readonly priceTicks: number;
  readonly stopTicks: number;
  readonly lots: number;
  readonly executedLots: number;
  readonly executedQuote: number;
  readonly quoteAmount: number;
  readonly createdUs: number;
  readonly workingUs: number;
  readonly status: OrderStatus;
  readonly preventedLots: number;
  readonly clientOrderId: string;
  /** Of orders that have some. */
  readonly terms?: OrderTermsState;
}

/** An order list as it is after an event. */
export interface OrderListState {
  readonly account: number;
  /** The sequence of the command that made it: its order L has the id `listId × ORDERS_PER_COMMAND + L`. */
  readonly listId: number;
  readonly market: number;
  readonly contingency: Contingency;
  readonly status: ListStatus;
  /** µs since 1970. */
  readonly createdUs: number;
  readonly listClientOrderId: string;
  /** OCO: above, below. OTO: working, pending. OTOCO: working, above, below. */
  readonly clientOrderIds: readonly string[];
}

/** An event as an object: for reports, projections, tests and the plain reference. */
export type Event =
  | {
      readonly kind: "RESULT";
      readonly account: number;
      readonly sequence: number;
      readonly timeUs: number;
      readonly groupWords: number;
      readonly reason: Reason;
      readonly commandType: CommandType;
      readonly orderId: number;
      readonly cancelReason: Reason;
      readonly newOrderReason: Reason;
    }
  | { readonly kind: "ORDER_ACCEPTED" | "ORDER_TRIGGERED" | "ORDER_RELEASED"; readonly order: OrderState }
  | {
      readonly kind: "ORDER_FILLED";
      readonly order: OrderState;
      readonly tradeId: number;
      readonly counterOrderId: number;
      readonly fee: number;
      readonly feeAsset: number;
      readonly priceTicks: number;
      readonly lots: number;
      readonly isMaker: boolean;
    }
  | { readonly kind: "ORDER_CANCELED"; readonly order: OrderState; readonly cancelId: string }
  | { readonly kind: "ORDER_EXPIRED" | "ORDER_AMENDED"; readonly order: OrderState; readonly reason: Reason }
  | {
      readonly kind: "ORDER_PREVENTED";
      readonly order: OrderState;
      readonly counterOrderId: number;
      readonly priceTicks: number;
      readonly lots: number;
    }
  | ({ readonly kind: "ORDER_LIST" } & OrderListState)
  | { readonly kind: "COUNTDOWN_SET"; readonly account: number; readonly atUs: number }
  | {
      readonly kind: "BALANCE";
      readonly account: number;
      readonly asset: number;
      readonly free: number;
      readonly locked: number;
    }
  | {
      readonly kind: "LEVEL";
      readonly market: number;
      readonly side: Side;
      readonly priceTicks: number;
      readonly lots: number;
      readonly updateId: number;
    }
  | {
      readonly kind: "ASSET_LISTED";
      readonly asset: number;
      readonly decimals: number;
      readonly name: string;
    }
  | ({ readonly kind: "MARKET_LISTED" } & MarketFields)
  | { readonly kind: "MARKET_STATUS_SET"; readonly market: number; readonly status: MarketStatus }
  | {
      readonly kind: "MARKET_FEES_SET";
      readonly market: number;
      readonly makerFeePpm: number;
      readonly takerFeePpm: number;
    }
  | ({ readonly kind: "MARKET_BANDS_SET" } & BandFields)
  | { readonly kind: "ACCOUNT_OPENED"; readonly account: number; readonly name: string }
  | { readonly kind: "ACCOUNT_STATUS_SET"; readonly account: number; readonly status: AccountStatus }
  | {
      readonly kind: "DEPOSITED" | "WITHDRAWN";
      readonly account: number;
      readonly asset: number;
      readonly amount: number;
      readonly reference: string;
    }
  | {
      readonly kind: "TRANSFER_SENT" | "TRANSFER_RECEIVED";
      readonly account: number;
      /** The other partition: where it goes to, or comes from. */
      readonly partition: number;
      readonly asset: number;
      readonly channelSequence: number;
      readonly amount: number;
    };

/** Words of the events that are about an order, without its terms; 0 for all other types. */
const ORDER_EVENT_WORDS = new Int32Array(256);
ORDER_EVENT_WORDS[EventType.ORDER_ACCEPTED] = OrderEvent.WORDS;
ORDER_EVENT_WORDS[EventType.ORDER_TRIGGERED] = OrderEvent.WORDS;
ORDER_EVENT_WORDS[EventType.ORDER_RELEASED] = OrderEvent.WORDS;
ORDER_EVENT_WORDS[EventType.ORDER_FILLED] = OrderFilled.WORDS;
ORDER_EVENT_WORDS[EventType.ORDER_CANCELED] = OrderCanceled.WORDS;
ORDER_EVENT_WORDS[EventType.ORDER_EXPIRED] = OrderEnded.WORDS;
ORDER_EVENT_WORDS[EventType.ORDER_AMENDED] = OrderEnded.WORDS;
ORDER_EVENT_WORDS[EventType.ORDER_PREVENTED] = OrderPrevented.WORDS;

/** Whether an event of a type is about an order, whose block begins at word 2. */
export const isOrderEvent = (type: number): boolean => ORDER_EVENT_WORDS[type] !== 0;

/** Where the terms of an order event's order stand, or 0 when it has none. */
export function termsAt(buffer: WordBuffer, at: number): number {
  const head = buffer.i32[at]!;
  const plain = ORDER_EVENT_WORDS[head & 0xff]!;
  return plain !== 0 && head >>> 8 > plain ? at + plain : 0;
}

/** Reads an order list. */
export function readOrderList(buffer: WordBuffer, at: number): OrderListState {
  const { i32, f64 } = buffer;
  const status = i32[at + OrderListEvent.STATUS]!;
  const lengths = i32[at + OrderListEvent.LEG_ID_LENGTHS]!;
  return {
    account: i32[at + EventHeader.ACCOUNT]!,
    listId: f64[(at + OrderListEvent.LIST_ID) >> 1]!,
    market: i32[at + OrderListEvent.MARKET]!,
    contingency: ((status >> 8) & 0xff) as Contingency,
    status: (status & 0xff) as ListStatus,
    createdUs: f64[(at + OrderListEvent.CREATED_US) >> 1]!,
    listClientOrderId: readText(buffer, at + OrderListEvent.ID, i32[at + OrderListEvent.ID_LENGTH]!),
    clientOrderIds: Array.from({ length: Math.min(status >>> 16, LIST_LEGS_MAX) }, (_, leg) =>
      readText(buffer, at + OrderListEvent.LEG_IDS + leg * CLIENT_ID_WORDS, (lengths >>> (8 * leg)) & 0xff),
    ),
  };
}

/** Reads the order of an order event. */
export function readOrderState(buffer: WordBuffer, at: number): OrderState {
  const { i32, f64 } = buffer;
  const terms = termsAt(buffer, at);
  const kind = i32[at + OrderBlock.KIND]!;
  const status = i32[at + OrderBlock.STATUS]!;
  return {
    orderId: f64[(at + OrderBlock.ORDER_ID) >> 1]!,
    account: i32[at + EventHeader.ACCOUNT]!,
    market: i32[at + OrderBlock.MARKET]!,
    side: (kind & 0xff) as Side,
    type: ((kind >> 8) & 0xff) as OrderType,
    timeInForce: ((kind >> 16) & 0xff) as TimeInForce,
    selfTradePrevention: ((kind >> 24) & 0xff) as SelfTradePrevention,
    priceTicks: i32[at + OrderBlock.PRICE_TICKS]!,
    stopTicks: i32[at + OrderBlock.STOP_TICKS]!,
    lots: i32[at + OrderBlock.LOTS]!,
    executedLots: i32[at + OrderBlock.EXECUTED_LOTS]!,
    executedQuote: f64[(at + OrderBlock.EXECUTED_QUOTE) >> 1]!,
    quoteAmount: f64[(at + OrderBlock.QUOTE_AMOUNT) >> 1]!,
    createdUs: f64[(at + OrderBlock.CREATED_US) >> 1]!,
    workingUs: f64[(at + OrderBlock.WORKING_US) >> 1]!,
    status: (status & 0xff) as OrderStatus,
    preventedLots: i32[at + OrderBlock.PREVENTED_LOTS]!,
    clientOrderId: readText(buffer, at + OrderBlock.ID, (status >> 8) & 0xff),
    ...(terms === 0 ? {} : { terms: readTermsState(buffer, terms) }),
  };
}

/** The size of the event at a word, in words. */
export function eventWords(buffer: WordBuffer, at: number): number {
  return buffer.i32[at]! >>> 8;
}
