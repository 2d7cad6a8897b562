/** What a user stream tells. Amounts are plain decimals in text, times ms since 1970. */
import type { Balance } from "../api/account-types.js";
import type { Side } from "../api/market-data-types.js";
import type { Order } from "../api/order-types.js";
import type { BalanceUpdate, ExecutionReport } from "../session/user-events.js";

/** A fill of an order of the account. */
export interface UserFill {
  readonly symbol: string;
  readonly tradeId: number;
  readonly orderId: number;
  readonly side: Side;
  readonly price: string;
  readonly qty: string;
  readonly quoteQty: string;
  readonly commission: string;
  readonly commissionAsset: string | null;
  readonly isMaker: boolean;
  readonly time: number;
}

/**
 * Each fill and each last state of an order is told once, whether it came over the connection or was fetched after a
 * gap (`isRepaired`). Of an order that changed several times in a gap, only the state at its end is told.
 */
export type UserStreamEvent =
  /** How an order is since something happened to it; `report` is what was sent, when it was not fetched. */
  | {
      readonly kind: "order";
      readonly order: Order;
      readonly report: ExecutionReport | undefined;
      readonly isRepaired: boolean;
    }
  | { readonly kind: "fill"; readonly fill: UserFill; readonly isRepaired: boolean }
  /** Balances that are different than before. */
  | { readonly kind: "balances"; readonly balances: readonly Balance[]; readonly isRepaired: boolean }
  /** A deposit or withdrawal. Those in a gap are seen by their balances alone. */
  | { readonly kind: "transfer"; readonly update: BalanceUpdate }
  /** Nothing is heard of the account until `repaired`. */
  | { readonly kind: "gap"; readonly reason: string }
  /** All that happened in the gap was told before this. */
  | {
      readonly kind: "repaired";
      readonly gapMs: number;
      readonly orders: number;
      readonly fills: number;
      readonly balances: number;
    }
  /** No more events come, e.g. because the key was revoked. Told to listeners; iterators reject with the error. */
  | { readonly kind: "ended"; readonly error: Error };
