/** Pending orders of a list, when the working order has been filled. */
import { OrderStatus, OrderType, Reason } from "@buttonwood/protocol";
import { freeOf, takeHold } from "./ledger.js";
import { execute, expire, marketNeed } from "./matching.js";
import { joinBook, joinStops, leaveQueue, pushLevel } from "./queues.js";
import {
  acceptsPrice,
  type Group,
  givenAsset,
  holdOf,
  isStopType,
  isUnpriced,
  type Order,
  oppositeQueue,
  orderState,
  remainingLots,
  type State,
  waitsForRise,
} from "./state.js";

/** Step 14 of NEW_ORDER. */
export function wouldTrigger(order: Order): boolean {
  if (!isStopType(order.type) || order.trailingBips > 0) return false;
  const last = order.market.lastPriceTicks;
  return waitsForRise(order.side, order.type) ? last >= order.stopTicks : last <= order.stopTicks;
}

/** Step 15 of NEW_ORDER: whether the best opposite order is within the order's price. */
export function wouldMatch(order: Order): boolean {
  const best = oppositeQueue(order)[0];
  return best !== undefined && acceptsPrice(order, best.priceTicks);
}

/** Steps 14 and 15 of NEW_ORDER. */
export function placeRefusal(order: Order): Reason {
  if (wouldTrigger(order)) return Reason.WOULD_TRIGGER_IMMEDIATELY;
  return order.type === OrderType.LIMIT_MAKER && wouldMatch(order)
    ? Reason.WOULD_MATCH_IMMEDIATELY
    : Reason.OK;
}

/** Step 17 of NEW_ORDER: what must be free, in units of the asset that the order gives. */
export function needOf(state: State, order: Order): number {
  if (order.type === OrderType.MARKET) return marketNeed(state, order);
  if (isUnpriced(order)) {
    return (order.stopTicks || order.market.lastPriceTicks) * order.lots * order.market.tickLotUnits;
  }
  return holdOf({ ...order, holds: true }, remainingLots(order));
}

/** Which order of a pair has the hold: the one that needs more, the first when they need the same. */
export function holderOf(orders: readonly Order[]): Order {
  const [above, below] = orders as readonly [Order, Order];
  const hold = (order: Order): number =>
    isUnpriced(order) ? 0 : holdOf({ ...order, holds: true }, remainingLots(order));
  return hold(below) > hold(above) ? below : above;
}

/** Lets what waited for a working order begin. `first`: the first of the list's pending orders. */
export function release(state: State, group: Group, first: Order): void {
  const list = first.list!;
  const orders = list.open.filter((order) => order !== undefined);
  list.phase = orders.length === 2 ? "pair" : "loose";
  const refusal =
    orders.map(placeRefusal).find((reason) => reason !== Reason.OK) ?? fundsRefusal(state, orders);
  if (refusal !== Reason.OK) {
    list.phase = "loose";
    for (const order of orders) expire(state, group, order, refusal);
    return;
  }
  const holder = orders.length === 2 ? holderOf(orders) : first;
  for (const order of orders) {
    leaveQueue(order);
    order.status = OrderStatus.NEW;
    order.workingUs = isStopType(order.type) ? 0 : state.nowUs;
    order.holds = order === holder && order.type !== OrderType.MARKET && !isUnpriced(order);
    takeHold(state, group, order, remainingLots(order));
    if (order.trailingBips > 0 && order.stopTicks === 0) order.trailingTicks = order.market.lastPriceTicks;
    group.push({ kind: "ORDER_RELEASED", order: orderState(order) });
  }
  for (const order of orders) {
    if (isStopType(order.type)) joinStops(state, order);
    else if (orders.length === 1) execute(state, group, order);
    else {
      joinBook(state, order);
      pushLevel(group, order.market, order.side, order.priceTicks);
    }
  }
}

function fundsRefusal(state: State, orders: readonly Order[]): Reason {
  const free = freeOf(state, orders[0]!.account, givenAsset(orders[0]!));
  const need = Math.max(...orders.map((order) => needOf(state, order)));
  return free < need ? Reason.INSUFFICIENT_BALANCE : Reason.OK;
}
