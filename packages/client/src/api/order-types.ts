/** Orders, as they are asked for and answered. Amounts are plain decimals in text, times ms since 1970. */
import type { CanceledOrderList } from "./list-types.js";
import type { OrderType, SelfTradePrevention, Side, TimeInForce } from "./market-data-types.js";

export type OrderStatus =
  | "NEW"
  | "PARTIALLY_FILLED"
  | "FILLED"
  | "CANCELED"
  | "REJECTED"
  | "EXPIRED"
  | "EXPIRED_IN_MATCH"
  | "PENDING_NEW";

interface OrderFields {
  readonly symbol: string;
  readonly side: Side;
  /** Given by the client when absent. 1 to 36 of `A–Z a–z 0–9 - _`; the same one again gives the original result. */
  readonly newClientOrderId?: string;
  readonly selfTradePreventionMode?: SelfTradePrevention;
}

/** How long an order that may rest stands. */
export type RestingTimeInForce = Exclude<TimeInForce, "GTD">;

/** Till when an order of a type without a time in force stands, ms since 1970. */
interface MayExpire {
  readonly goodTillDate?: number;
}

/** An order with a time in force: GTD, and it alone, has a date. Icebergs are GTC or GTD. */
type Timed =
  | { readonly timeInForce: "GTD"; readonly goodTillDate: number; readonly icebergQty?: string }
  | { readonly timeInForce: "GTC"; readonly goodTillDate?: never; readonly icebergQty?: string }
  | { readonly timeInForce: "IOC" | "FOK"; readonly goodTillDate?: never; readonly icebergQty?: never };

/** What a stop order waits for: a price, or one that comes back by `trailingDelta` basis points, or both in turn. */
type Trigger =
  | { readonly stopPrice: string; readonly trailingDelta?: number }
  | { readonly stopPrice?: never; readonly trailingDelta: number };

/** An order to place: what each type needs, and nothing else. */
export type NewOrder =
  | (OrderFields & Timed & { readonly type: "LIMIT"; readonly quantity: string; readonly price: string })
  | (OrderFields &
      MayExpire & {
        readonly type: "LIMIT_MAKER";
        readonly quantity: string;
        readonly price: string;
        /** How much is shown at a time. */
        readonly icebergQty?: string;
      })
  | (OrderFields & { readonly type: "MARKET"; readonly quantity: string; readonly quoteOrderQty?: never })
  | (OrderFields & { readonly type: "MARKET"; readonly quoteOrderQty: string; readonly quantity?: never })
  | (OrderFields &
      MayExpire &
      Trigger & { readonly type: "STOP_LOSS" | "TAKE_PROFIT"; readonly quantity: string })
  | (OrderFields &
      Timed &
      Trigger & {
        readonly type: "STOP_LOSS_LIMIT" | "TAKE_PROFIT_LIMIT";
        readonly quantity: string;
        readonly price: string;
      });

export interface Fill {
  readonly price: string;
  readonly qty: string;
  readonly commission: string;
  readonly commissionAsset: string;
  readonly tradeId: number;
}

/** What all reports of an order share. */
export interface OrderCore {
  readonly symbol: string;
  readonly orderId: number;
  readonly orderListId: number;
  readonly clientOrderId: string;
  readonly price: string;
  readonly origQty: string;
  readonly executedQty: string;
  readonly origQuoteOrderQty: string;
  readonly cummulativeQuoteQty: string;
  readonly status: OrderStatus;
  readonly timeInForce: TimeInForce;
  readonly type: OrderType;
  readonly side: Side;
  readonly stopPrice?: string;
  /** Shown at a time. */
  readonly icebergQty?: string;
  /** Basis points that the price must come back. */
  readonly trailingDelta?: number;
  readonly goodTillDate?: number;
  readonly preventedQuantity?: string;
  readonly selfTradePreventionMode: SelfTradePrevention;
}

export interface PlacedOrder extends OrderCore {
  readonly transactTime: number;
  /** −1: a stop that waits. */
  readonly workingTime: number;
  readonly fills: readonly Fill[];
}

/** An order as it stands. */
export interface Order extends OrderCore {
  readonly stopPrice: string;
  readonly icebergQty: string;
  readonly time: number;
  readonly updateTime: number;
  readonly isWorking: boolean;
  readonly workingTime: number;
}

export interface CanceledOrder extends OrderCore {
  readonly origClientOrderId: string;
  readonly transactTime: number;
}

/** Orders by themselves, and those of lists with their list. */
export type CanceledOrders = readonly (CanceledOrder | CanceledOrderList)[];

/** Which order: by either id. */
export type NamedOrder =
  | { readonly symbol: string; readonly orderId: number; readonly origClientOrderId?: string }
  | { readonly symbol: string; readonly origClientOrderId: string; readonly orderId?: number };

export type CancelRestrictions = "ONLY_NEW" | "ONLY_PARTIALLY_FILLED";

export type CancelOrder = NamedOrder & {
  /** Id of the cancel itself. */
  readonly newClientOrderId?: string;
  readonly cancelRestrictions?: CancelRestrictions;
};

export type CancelReplace = NewOrder & {
  readonly cancelReplaceMode: "STOP_ON_FAILURE" | "ALLOW_FAILURE";
  readonly cancelOrderId?: number;
  readonly cancelOrigClientOrderId?: string;
  readonly cancelNewClientOrderId?: string;
  readonly cancelRestrictions?: CancelRestrictions;
};

/** Both halves were done; otherwise the call rejects with −2021 or −2022 and the halves as the error's `data`. */
export interface CancelReplaceResult {
  readonly cancelResult: "SUCCESS";
  readonly newOrderResult: "SUCCESS";
  readonly cancelResponse: CanceledOrder;
  readonly newOrderResponse: PlacedOrder;
}

export type AmendOrder = NamedOrder & {
  /** Less than now, more than what is executed. */
  readonly newQty: string;
};

export interface AmendedOrder {
  readonly symbol: string;
  readonly orderId: number;
  readonly orderListId: number;
  readonly origClientOrderId: string;
  readonly clientOrderId: string;
  readonly price: string;
  readonly qty: string;
  readonly executedQty: string;
  readonly preventedQty: string;
  readonly quoteOrderQty: string;
  readonly cumulativeQuoteQty: string;
  readonly status: OrderStatus;
  readonly timeInForce: TimeInForce;
  readonly type: OrderType;
  readonly side: Side;
  readonly workingTime: number;
  readonly selfTradePreventionMode: SelfTradePrevention;
}

export interface AmendResult {
  readonly transactTime: number;
  /** −1 when the answer was lost and the order itself was asked for. */
  readonly executionId: number;
  readonly amendedOrder: AmendedOrder;
}
