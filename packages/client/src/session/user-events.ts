/** An account's own events, as they are sent. Amounts are plain decimals in text, times ms since 1970. */
import type { OrderType, SelfTradePrevention, Side, TimeInForce } from "../api/market-data-types.js";
import type { OrderStatus } from "../api/order-types.js";

/** What happened to an order, and how it is since. */
export interface ExecutionReport {
  readonly e: "executionReport";
  /** Event time. */
  readonly E: number;
  readonly s: string;
  /** Client order id; of a cancel, the cancel's own id. */
  readonly c: string;
  readonly S: Side;
  readonly o: OrderType;
  readonly f: TimeInForce;
  readonly q: string;
  readonly p: string;
  /** Stop price. */
  readonly P: string;
  /** What an iceberg shows at a time; 0 of others. */
  readonly F: string;
  /** Of a cancel: the order's client order id; otherwise empty. */
  readonly C: string;
  readonly x: "NEW" | "CANCELED" | "REPLACED" | "REJECTED" | "TRADE" | "EXPIRED" | "TRADE_PREVENTION";
  readonly X: OrderStatus;
  readonly r: string;
  readonly i: number;
  readonly g: number;
  /** Last executed quantity. */
  readonly l: string;
  /** Executed so far. */
  readonly z: string;
  /** Last executed price. */
  readonly L: string;
  /** Fee, and its asset. */
  readonly n: string;
  readonly N: string | null;
  /** Time of what happened. */
  readonly T: number;
  /** Trade id, −1 for none. */
  readonly t: number;
  /** Execution id. */
  readonly I: number;
  /** On the book. */
  readonly w: boolean;
  /** Was the maker. */
  readonly m: boolean;
  /** Time of the order. */
  readonly O: number;
  /** Quote executed so far. */
  readonly Z: string;
  /** Quote of the last execution. */
  readonly Y: string;
  readonly Q: string;
  readonly V: SelfTradePrevention;
  /** Since when it works. */
  readonly W?: number;
  /** Basis points that the price must come back, of a trailing stop. */
  readonly d?: number;
  /** When it expires, of an order that is good till a date. */
  readonly gtd?: number;
  /** Prevented quantity. */
  readonly A?: string;
}

/** The balances that a command changed. */
export interface AccountPosition {
  readonly e: "outboundAccountPosition";
  readonly E: number;
  readonly u: number;
  readonly B: readonly { readonly a: string; readonly f: string; readonly l: string }[];
}

/** A deposit, or (with a sign) a withdrawal. */
export interface BalanceUpdate {
  readonly e: "balanceUpdate";
  readonly E: number;
  readonly a: string;
  readonly d: string;
  readonly T: number;
}

/** Orders of a list moved on together. */
export interface ListStatus {
  readonly e: "listStatus";
  readonly E: number;
  readonly s: string;
  readonly g: number;
  readonly [field: string]: unknown;
}

/** No more events come on this subscription. */
export interface StreamTerminated {
  readonly e: "eventStreamTerminated";
  readonly E: number;
}

export type UserDataEvent = ExecutionReport | AccountPosition | BalanceUpdate | ListStatus | StreamTerminated;

/** An event, and the subscription that it comes on. */
export interface SubscribedEvent {
  readonly subscriptionId: number;
  readonly event: UserDataEvent;
}
