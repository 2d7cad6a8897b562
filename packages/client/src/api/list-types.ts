/** Order lists, as they are asked for and answered. Amounts are plain decimals in text, times ms since 1970. */
import type { SelfTradePrevention, Side } from "./market-data-types.js";
import type { CanceledOrder, PlacedOrder, RestingTimeInForce } from "./order-types.js";

interface ListFields {
  readonly symbol: string;
  /** Given by the client when absent, as those of its orders. The same list again gives the original result. */
  readonly listClientOrderId?: string;
  readonly selfTradePreventionMode?: SelfTradePrevention;
}

type PairType = "LIMIT_MAKER" | "STOP_LOSS" | "STOP_LOSS_LIMIT" | "TAKE_PROFIT" | "TAKE_PROFIT_LIMIT";

/** An order of a list: its parameters begin with its place there. */
type LegFields<Place extends string, Type extends string> = {
  readonly [Field in `${Place}Type`]: Type;
} & {
  readonly [Field in
    | `${Place}ClientOrderId`
    | `${Place}Price`
    | `${Place}StopPrice`
    | `${Place}IcebergQty`]?: string;
} & {
  readonly [Field in `${Place}TrailingDelta`]?: number;
} & { readonly [Field in `${Place}TimeInForce`]?: RestingTimeInForce };

/** One cancels the other: a limit or take-profit that earns, and a stop loss. */
export type NewOco = ListFields & {
  readonly side: Side;
  readonly quantity: string;
} & LegFields<"above" | "below", PairType>;

interface WorkingFields {
  readonly workingType: "LIMIT" | "LIMIT_MAKER";
  readonly workingSide: Side;
  readonly workingClientOrderId?: string;
  readonly workingPrice: string;
  readonly workingQuantity: string;
  readonly workingIcebergQty?: string;
  readonly workingTimeInForce?: RestingTimeInForce;
}

/** One triggers the other: the pending order begins when the working one is filled. */
export type NewOto = ListFields &
  WorkingFields & { readonly pendingSide: Side; readonly pendingQuantity: string } & LegFields<
    "pending",
    "LIMIT" | "MARKET" | PairType
  >;

/** One triggers an OCO. */
export type NewOtoco = ListFields &
  WorkingFields & { readonly pendingSide: Side; readonly pendingQuantity: string } & LegFields<
    "pendingAbove" | "pendingBelow",
    PairType
  >;

export interface OrderList {
  readonly orderListId: number;
  /** An OTOCO is told as an OTO. */
  readonly contingencyType: "OCO" | "OTO";
  readonly listStatusType: "EXEC_STARTED" | "ALL_DONE";
  readonly listOrderStatus: "EXECUTING" | "ALL_DONE";
  readonly listClientOrderId: string;
  readonly transactionTime: number;
  readonly symbol: string;
  /** OCO: above, below. OTO: working, pending. OTOCO: working, above, below. */
  readonly orders: readonly {
    readonly symbol: string;
    readonly orderId: number;
    readonly clientOrderId: string;
  }[];
}

/** The list as it was made, and what became of each of its orders at once. */
export interface PlacedOrderList extends OrderList {
  readonly orderReports: readonly PlacedOrder[];
}

export interface CanceledOrderList extends OrderList {
  readonly orderReports: readonly CanceledOrder[];
}

/** Which list: by either id. */
export type NamedOrderList =
  | { readonly orderListId: number; readonly origClientOrderId?: string }
  | { readonly origClientOrderId: string; readonly orderListId?: number };

export type CancelOrderList = {
  readonly symbol: string;
  /** Id of the cancel itself. */
  readonly newClientOrderId?: string;
} & (
  | { readonly orderListId: number; readonly listClientOrderId?: string }
  | { readonly listClientOrderId: string; readonly orderListId?: number }
);

/** When everything is canceled. */
export interface Countdown {
  readonly countdownTime: number;
  /** 0: never. */
  readonly cancelTime: number;
}
