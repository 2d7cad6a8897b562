/** What an edit of an open order comes to: less of it, which keeps its place, or another order instead. */
import {
  type CancelReplace,
  compareDecimals,
  isZero,
  type NewOrder,
  type Order,
  plainDecimal,
  subtractDecimals,
} from "@buttonwood/client";
import type { Market } from "../parts/market-of.js";
import { priceComplaint, quantityComplaint } from "../ticket/check.js";

export type EditField = "price" | "stopPrice" | "quantity";

/** As they are typed; `quantity` is of the whole order, with what is filled. */
export type OrderEdit = Readonly<Record<EditField, string>>;

export type EditPlan =
  | { readonly kind: "NOTHING" }
  /** The place in the queue is kept. */
  | { readonly kind: "AMEND"; readonly newQty: string }
  /** One command; the order loses its place. */
  | { readonly kind: "REPLACE"; readonly replacement: CancelReplace }
  | { readonly kind: "WRONG"; readonly field: EditField; readonly words: string };

/** The fields of an order that can be edited. One of a list has its quantity alone: replaced, its list would end. */
export function editableFields(order: Order): readonly EditField[] {
  if (order.orderListId !== -1) return ["quantity"];
  return [
    ...(isZero(order.stopPrice) ? [] : (["stopPrice"] as const)),
    ...(isZero(order.price) ? [] : (["price"] as const)),
    "quantity",
  ];
}

export function editOf({ price, stopPrice, origQty }: Order): OrderEdit {
  return { price: plainDecimal(price), stopPrice: plainDecimal(stopPrice), quantity: plainDecimal(origQty) };
}

/** What to do for an edit. `order` is as it is now: it may have been filled in part since the edit began. */
export function planOf(order: Order, edit: OrderEdit, market: Market): EditPlan {
  const fields = editableFields(order);
  for (const field of fields) {
    const words =
      field === "quantity" ? quantityComplaint(edit.quantity, market) : priceComplaint(edit[field], market);
    if (words !== undefined) return { kind: "WRONG", field, words };
  }
  const isSame = (field: EditField, value: string): boolean =>
    !fields.includes(field) || compareDecimals(edit[field], value) === 0;
  const quantityChange = compareDecimals(edit.quantity, order.origQty);
  const arePricesSame = isSame("price", order.price) && isSame("stopPrice", order.stopPrice);
  if (arePricesSame && quantityChange === 0) return { kind: "NOTHING" };
  if (compareDecimals(edit.quantity, order.executedQty) <= 0) {
    const words = `must be more than what is filled, ${plainDecimal(order.executedQty)}.`;
    return { kind: "WRONG", field: "quantity", words };
  }
  if (arePricesSame && quantityChange < 0) return { kind: "AMEND", newQty: plainDecimal(edit.quantity) };
  if (order.orderListId !== -1) {
    return { kind: "WRONG", field: "quantity", words: "of a list's order can only be made less." };
  }
  return { kind: "REPLACE", replacement: replacementOf(order, edit) };
}

/** The same order again with other figures, for what is not filled of it. */
function replacementOf(order: Order, edit: OrderEdit): CancelReplace {
  return {
    ...orderAgain(order, edit),
    cancelReplaceMode: "STOP_ON_FAILURE",
    cancelOrderId: order.orderId,
    // What is filled meanwhile would be bought or sold twice.
    ...(isZero(order.executedQty) ? ({ cancelRestrictions: "ONLY_NEW" } as const) : {}),
  };
}

function orderAgain(order: Order, edit: OrderEdit): NewOrder {
  const { symbol, side, type, selfTradePreventionMode } = order;
  const common = { symbol, side, selfTradePreventionMode };
  const { price } = edit;
  const quantity = subtractDecimals(edit.quantity, order.executedQty);
  switch (type) {
    case "LIMIT":
      return { ...common, type, price, quantity, ...timeOf(order, quantity) };
    case "LIMIT_MAKER":
      return { ...common, type, price, quantity, ...icebergOf(order, quantity), ...dateOf(order) };
    case "STOP_LOSS":
    case "TAKE_PROFIT":
      return { ...common, type, quantity, ...triggerOf(order, edit), ...dateOf(order) };
    case "STOP_LOSS_LIMIT":
    case "TAKE_PROFIT_LIMIT":
      return { ...common, type, price, quantity, ...triggerOf(order, edit), ...timeOf(order, quantity) };
    case "MARKET":
      throw new TypeError("a market order is never open");
  }
}

function timeOf(order: Order, quantity: string) {
  const { timeInForce, goodTillDate } = order;
  if (goodTillDate !== undefined) {
    return { timeInForce: "GTD", goodTillDate, ...icebergOf(order, quantity) } as const;
  }
  if (timeInForce === "IOC" || timeInForce === "FOK") return { timeInForce } as const;
  return { timeInForce: "GTC", ...icebergOf(order, quantity) } as const;
}

/** What shows all of itself is no iceberg. */
function icebergOf({ icebergQty }: Order, quantity: string) {
  return isZero(icebergQty) || compareDecimals(icebergQty, quantity) >= 0 ? {} : { icebergQty };
}

function dateOf({ goodTillDate }: Order) {
  return goodTillDate === undefined ? {} : { goodTillDate };
}

function triggerOf({ stopPrice: old, trailingDelta }: Order, { stopPrice }: OrderEdit) {
  if (trailingDelta === undefined) return { stopPrice };
  return isZero(old) ? { trailingDelta } : { stopPrice, trailingDelta };
}
