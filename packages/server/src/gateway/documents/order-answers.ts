/** Answers about orders: placed, tested, canceled, replaced, amended, looked up. */
import { orderStatus, orderType, prevention, side, timeInForce } from "./order-terms.js";
import { Refusal } from "./refusal.js";
import {
  amount,
  anyOf,
  assetName,
  count,
  id,
  idOrNone,
  listOf,
  member,
  ms,
  msOrNever,
  Nothing,
  object,
  optional,
  orNull,
  row,
  symbolName,
  text,
  yesNo,
} from "./terms.js";

const LIST_ID = "The order list's id, −1 without one.";
const WORKING_TIME = "Since when it has been on the book, ms since 1970; −1: not yet.";

const head = {
  symbol: symbolName(),
  orderId: id(),
  orderListId: idOrNone(LIST_ID),
  clientOrderId: text(),
  transactTime: ms(),
};

/** From `price` to `side`, as every report of an order has them. */
const core = {
  price: amount(),
  origQty: amount("What was asked for; of an order by quote amount, what it traded."),
  executedQty: amount(),
  origQuoteOrderQty: amount(),
  cummulativeQuoteQty: amount("Sum of price × quantity of its fills, in the quote asset."),
  status: orderStatus(),
  timeInForce: timeInForce(),
  type: orderType(),
  side: side(),
};
const stop = { stopPrice: optional(amount()) };
/** Left out by orders without. */
const terms = {
  icebergQty: optional(amount("Shown at a time.")),
  trailingDelta: optional(count("Basis points that the price must come back.")),
  goodTillDate: optional(ms("When it expires, ms since 1970.")),
};
const prevented = {
  preventedQuantity: optional(amount("Taken off by self-trade prevention; left out when nothing was.")),
};

const result = {
  ...head,
  ...core,
  ...stop,
  ...terms,
  ...prevented,
  workingTime: msOrNever(WORKING_TIME),
  selfTradePreventionMode: prevention(),
};

const Fill = object(
  {
    price: amount(),
    qty: amount(),
    commission: amount(),
    commissionAsset: assetName(),
    tradeId: id(),
  },
  { title: "Fill" },
);

/** By `newOrderRespType`: MARKET and LIMIT orders are answered in FULL, others with ACK. */
export const NewOrder = anyOf([
  object({ ...result, fills: listOf(Fill) }, { title: "NewOrderFull" }),
  object(result, { title: "NewOrderResult" }),
  object(head, { title: "NewOrderAck" }),
]);

const FeePair = object({ maker: amount(), taker: amount() }, { title: "FeePair" });
export const Discount = object(
  {
    enabledForAccount: yesNo(),
    enabledForSymbol: yesNo(),
    discountAsset: text(),
    discount: amount(),
  },
  { title: "Discount" },
);

/** Nothing, or the fees with `computeCommissionRates=true`. */
export const TestedOrder = anyOf([
  object(
    {
      standardCommissionForOrder: FeePair,
      specialCommissionForOrder: FeePair,
      taxCommissionForOrder: FeePair,
      discount: Discount,
    },
    { title: "TestedOrderFees" },
  ),
  Nothing,
]);

export const CanceledOrder = object(
  {
    symbol: symbolName(),
    origClientOrderId: text("The order's own id."),
    orderId: id(),
    orderListId: idOrNone(LIST_ID),
    clientOrderId: text("The id of the cancel."),
    transactTime: ms(),
    ...core,
    ...stop,
    ...terms,
    ...prevented,
    selfTradePreventionMode: prevention(),
  },
  { title: "CanceledOrder" },
);

const outcome = (names: readonly string[]) => member(names);
/** Both parts; each that failed with its refusal. A refused cancel-replace has the same in `data`. */
export const ReplacedOrder = object(
  {
    cancelResult: outcome(["SUCCESS", "FAILURE", "NOT_ATTEMPTED"]),
    newOrderResult: outcome(["SUCCESS", "FAILURE", "NOT_ATTEMPTED"]),
    cancelResponse: anyOf([CanceledOrder, Refusal]),
    newOrderResponse: orNull(anyOf([NewOrder, Refusal])),
  },
  { title: "ReplacedOrder" },
);

export const AmendedOrder = object(
  {
    transactTime: ms(),
    executionId: id(),
    amendedOrder: object({
      symbol: symbolName(),
      orderId: id(),
      orderListId: idOrNone(LIST_ID),
      origClientOrderId: text(),
      clientOrderId: text(),
      price: amount(),
      qty: amount(),
      executedQty: amount(),
      preventedQty: amount(),
      quoteOrderQty: amount(),
      cumulativeQuoteQty: amount(),
      status: orderStatus(),
      timeInForce: timeInForce(),
      type: orderType(),
      side: side(),
      workingTime: msOrNever(WORKING_TIME),
      selfTradePreventionMode: prevention(),
    }),
  },
  { title: "AmendedOrder" },
);

export const Order = object(
  {
    symbol: symbolName(),
    orderId: id(),
    orderListId: idOrNone(LIST_ID),
    clientOrderId: text(),
    ...core,
    stopPrice: amount("0 without one."),
    icebergQty: amount("0 without one."),
    trailingDelta: terms.trailingDelta,
    goodTillDate: terms.goodTillDate,
    time: ms("When it was taken, ms since 1970."),
    updateTime: ms("When it last changed, ms since 1970."),
    isWorking: yesNo("It is, or was, on the book: not a stop order that waits."),
    workingTime: msOrNever(WORKING_TIME),
    ...prevented,
    selfTradePreventionMode: prevention(),
  },
  { title: "Order" },
);
export const Orders = listOf(Order);

/** One entry for each order of `orders.place`, in their order. */
export const PlacedOrders = listOf(
  anyOf([
    row([id("order id"), orderStatus(), amount("executed quantity")], { title: "PlacedOrder" }),
    Refusal,
  ]),
);
