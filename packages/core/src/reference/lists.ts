/** What order lists do when one of their orders works or ends. */
import { type Event, ListStatus, OrderStatus, Reason } from "@buttonwood/protocol";
import { releaseHold, takeHold } from "./ledger.js";
import { leaveQueue, pushLevel } from "./queues.js";
import {
  type Group,
  isUnpriced,
  type Order,
  type OrderList,
  orderState,
  remainingLots,
  type State,
} from "./state.js";

/** How an order of a list ended. A canceled one tells under which cancel id the others go. */
export type ListEnd =
  | { readonly kind: "filled" | "expired" }
  | { readonly kind: "canceled"; readonly cancelId: string };

export const listEvent = (list: OrderList, status: ListStatus): Event => ({
  kind: "ORDER_LIST",
  account: list.account,
  listId: list.id,
  market: list.market,
  contingency: list.contingency,
  status,
  createdUs: list.createdUs,
  listClientOrderId: list.clientId,
  clientOrderIds: list.clientOrderIds,
});

/** The order that ends when this one works, or undefined. */
export const otherOfPair = (order: Order): Order | undefined =>
  order.list?.phase === "pair"
    ? order.list.open.find((other) => other !== undefined && other !== order)
    : undefined;

/** The order of the same quantity in the same pair, bound or still pending, or undefined. */
export function partnerOf(order: Order): Order | undefined {
  const { list, leg } = order;
  if (list?.phase !== "waits" || leg === 0) return otherOfPair(order);
  return list.open.find((other) => other !== undefined && other.leg > 0 && other !== order);
}

/** Before an order of a pair works: the hold of the pair becomes its own. */
export function claimHold(state: State, group: Group, order: Order): void {
  const other = otherOfPair(order);
  if (other === undefined || order.holds) return;
  releaseHold(state, group, other, remainingLots(other));
  other.holds = false;
  order.holds = !isUnpriced(order);
  takeHold(state, group, order, remainingLots(order));
}

/** After an order of a pair has worked: the other one ends. */
export function endOther(state: State, group: Group, order: Order): void {
  const other = otherOfPair(order);
  if (other === undefined) return;
  order.list!.phase = "loose";
  endOrder(state, group, other, { kind: "expired" }, Reason.LIST_OTHER_WORKED);
}

/** Ends an order because of another one of its list. */
function endOrder(state: State, group: Group, order: Order, end: ListEnd, reason: Reason): void {
  const rested = order.place === "book";
  releaseHold(state, group, order, remainingLots(order));
  leaveQueue(order);
  state.orders.delete(order.id);
  order.list!.open[order.leg] = undefined;
  if (end.kind === "canceled") {
    order.status = OrderStatus.CANCELED;
    group.push({ kind: "ORDER_CANCELED", order: orderState(order), cancelId: end.cancelId });
  } else {
    order.status = OrderStatus.EXPIRED;
    group.push({ kind: "ORDER_EXPIRED", order: orderState(order), reason });
  }
  if (rested) pushLevel(group, order.market, order.side, order.priceTicks);
}

/** After an order has ended, with its events: what its list does then. */
export function followEnd(state: State, group: Group, order: Order, end: ListEnd): void {
  const { list } = order;
  if (list === undefined) return;
  list.open[order.leg] = undefined;
  if (list.phase === "waits" && end.kind === "filled") {
    const next = list.open.find((pending) => pending !== undefined)!;
    leaveQueue(next);
    next.market.triggered.push(next);
  } else if (list.phase !== "loose") {
    list.phase = "loose";
    for (const other of list.open) {
      if (other !== undefined) endOrder(state, group, other, end, Reason.LIST_WORKING_ENDED);
    }
  }
  if (list.open.some((other) => other !== undefined)) return;
  group.push(listEvent(list, ListStatus.ALL_DONE));
  state.lists.delete(list.id);
}
