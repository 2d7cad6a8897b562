/** ORDER_LIST and CANCEL_LIST. */
import {
  AccountStatus,
  CLIENT_ID_BYTES_MAX,
  type Command,
  Contingency,
  ListStatus,
  MarketStatus,
  type NewOrderFields,
  OrderStatus,
  OrderType,
  Reason,
  Side,
} from "@buttonwood/protocol";
import { forgetAndLookUp, listFingerprint, orderFingerprint, recall, remember } from "./client-ids.js";
import { freeOf, takeHold } from "./ledger.js";
import { listEvent } from "./lists.js";
import { cancel, executeWithTriggers } from "./matching.js";
import {
  areOrderWordsValid,
  countRefusal,
  draft,
  filterRefusal,
  hasRoom,
  isMember,
  isShapeValid,
  isTooLate,
  isTrader,
} from "./new-order.js";
import { type Outcome, outcome, taken } from "./outcome.js";
import { joinBook, joinPending, joinStops, pushLevel } from "./queues.js";
import { holderOf, needOf, placeRefusal } from "./release.js";
import {
  type Group,
  givenAsset,
  isStopType,
  type Order,
  type OrderList,
  orderState,
  remainingLots,
  type State,
  waitsForRise,
} from "./state.js";
import { isWord } from "./text-rules.js";

type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** The orders that work at once, and those of the pair. */
function partsOf<T>(
  contingency: Contingency,
  legs: readonly T[],
): { working: readonly T[]; pair: readonly T[] } {
  switch (contingency) {
    case Contingency.OCO:
      return { working: legs, pair: legs };
    case Contingency.OTO:
      return { working: legs.slice(0, 1), pair: [] };
    case Contingency.OTOCO:
      return { working: legs.slice(0, 1), pair: legs.slice(1) };
  }
}

const isAbove = ({ side, type }: NewOrderFields): boolean =>
  type === OrderType.LIMIT_MAKER ? side === Side.SELL : isStopType(type) && waitsForRise(side, type);

const isBelow = ({ side, type }: NewOrderFields): boolean =>
  type === OrderType.LIMIT_MAKER ? side === Side.BUY : isStopType(type) && !waitsForRise(side, type);

/** Step 5. */
function areShapesValid(contingency: Contingency, legs: readonly NewOrderFields[]): boolean {
  if (!legs.every((leg) => isShapeValid(leg) && leg.terms?.expiresUs === 0)) return false;
  const [above, below] = partsOf(contingency, legs).pair;
  if (above !== undefined && below !== undefined) {
    const isPair = above.side === below.side && above.lots === below.lots && isAbove(above) && isBelow(below);
    if (!isPair) return false;
  }
  if (contingency === Contingency.OCO) return true;
  const [working, pending] = legs as [NewOrderFields, NewOrderFields];
  const isLimit = working.type === OrderType.LIMIT || working.type === OrderType.LIMIT_MAKER;
  return isLimit && pending.quoteAmount === 0;
}

/** Step 8. */
function pricesRefusal(contingency: Contingency, orders: readonly Order[]): Reason {
  const { working, pair } = partsOf(contingency, orders);
  const level = (order: Order): number =>
    order.type === OrderType.LIMIT_MAKER ? order.priceTicks : order.stopTicks;
  const [above, below] = pair;
  if (above !== undefined && below !== undefined) {
    const areKnown = level(above) !== 0 && level(below) !== 0;
    if (areKnown && level(above) <= level(below)) return Reason.LIST_PRICES;
  }
  for (const order of working) {
    const last = order.market.lastPriceTicks;
    if (contingency === Contingency.OCO && order.type === OrderType.LIMIT_MAKER) {
      const isBeyond = order.side === Side.SELL ? order.priceTicks > last : order.priceTicks < last;
      if (!isBeyond) return Reason.LIST_PRICES;
    }
    const refusal = placeRefusal(order);
    if (refusal !== Reason.OK) return refusal;
  }
  return Reason.OK;
}

/** ORDER_LIST. */
export function orderList(state: State, group: Group, command: CommandOf<"ORDER_LIST">): Outcome {
  const { account, contingency, legs, listClientOrderId } = command;
  const areWordsValid =
    isMember(Contingency, contingency) &&
    isWord(listClientOrderId, CLIENT_ID_BYTES_MAX) &&
    legs.every((leg) => areOrderWordsValid(leg) && leg.market === legs[0]!.market);
  if (!areWordsValid) return outcome(Reason.MALFORMED_COMMAND);
  if (!isTrader(state, account)) return outcome(Reason.UNKNOWN_ACCOUNT);
  const fingerprint = listFingerprint(contingency, legs);
  const known = forgetAndLookUp(state, account, 2, listClientOrderId, fingerprint);
  if (known !== undefined) return known;
  const ids = legs.map((leg) => leg.clientOrderId);
  const isUsed = ids.some((id, i) => ids.indexOf(id) !== i || recall(state, account, 0, id) !== undefined);
  if (isUsed) return outcome(Reason.DUPLICATE_CLIENT_ORDER_ID);
  if (isTooLate(state, command)) return outcome(Reason.DEADLINE_PASSED);

  if (state.accounts[account] === AccountStatus.FROZEN) return outcome(Reason.ACCOUNT_FROZEN);
  const market = state.markets[legs[0]!.market];
  if (market === undefined) return outcome(Reason.UNKNOWN_MARKET);
  if (market.status !== MarketStatus.TRADING) return outcome(Reason.MARKET_CLOSED);
  if (!areShapesValid(contingency, legs)) return outcome(Reason.MALFORMED_COMMAND);
  const list: OrderList = {
    id: state.sequence,
    account,
    market: legs[0]!.market,
    contingency,
    createdUs: state.nowUs,
    clientId: listClientOrderId,
    clientOrderIds: ids,
    phase: contingency === Contingency.OCO ? "pair" : "waits",
    open: [],
  };
  const orders = legs.map((leg, i) => ({ ...draft(state, account, market, leg, i), list }));
  for (const order of orders) {
    const refusal = filterRefusal(market, order);
    if (refusal !== Reason.OK) return outcome(refusal);
  }
  const refusal = countRefusal(state, orders) || pricesRefusal(contingency, orders);
  if (refusal !== Reason.OK) return outcome(refusal);
  if (!hasRoom(state, orders, orders.length + 1)) return outcome(Reason.CAPACITY_REACHED);
  const { working } = partsOf(contingency, orders);
  const need = Math.max(...working.map((order) => needOf(state, order)));
  if (freeOf(state, account, givenAsset(orders[0]!)) < need) return outcome(Reason.INSUFFICIENT_BALANCE);

  state.lists.set(list.id, list);
  group.push(listEvent(list, ListStatus.EXECUTING));
  remember(state, account, 2, listClientOrderId, orders[0]!.id, fingerprint);
  const holder = contingency === Contingency.OCO ? holderOf(orders) : orders[0]!;
  orders.forEach((order, i) => {
    list.open.push(order);
    remember(state, account, 0, order.clientOrderId, order.id, orderFingerprint(legs[i]!));
    state.orders.set(order.id, order);
    order.holds = order === holder && order.holds;
    if (!working.includes(order)) {
      order.status = OrderStatus.PENDING_NEW;
      order.workingUs = 0;
      order.trailingTicks = 0;
    }
    takeHold(state, group, order, remainingLots(order));
    group.push({ kind: "ORDER_ACCEPTED", order: orderState(order) });
  });
  if (contingency === Contingency.OCO) {
    for (const order of orders) {
      if (isStopType(order.type)) joinStops(state, order);
      else {
        joinBook(state, order);
        pushLevel(group, market, order.side, order.priceTicks);
      }
    }
  } else {
    for (const order of orders.slice(1)) joinPending(state, order);
    executeWithTriggers(state, group, orders[0]!);
  }
  return taken(orders[0]!.id);
}

/** CANCEL_LIST. */
export function cancelList(state: State, group: Group, command: CommandOf<"CANCEL_LIST">): Outcome {
  const { account, listId, listClientOrderId, cancelId } = command;
  const areWordsValid =
    (listId !== 0 || listClientOrderId !== "") &&
    listClientOrderId.length <= CLIENT_ID_BYTES_MAX &&
    (cancelId === "" || isWord(cancelId, CLIENT_ID_BYTES_MAX));
  if (!areWordsValid) return outcome(Reason.MALFORMED_COMMAND);
  if (!isTrader(state, account)) return outcome(Reason.UNKNOWN_ACCOUNT);
  if (isTooLate(state, command)) return outcome(Reason.DEADLINE_PASSED);
  if (state.markets[command.market] === undefined) return outcome(Reason.UNKNOWN_MARKET);
  const id = listId !== 0 ? listId : (recall(state, account, 2, listClientOrderId)?.orderId ?? 0) / 4;
  const list = state.lists.get(id);
  const isMeant =
    list !== undefined &&
    list.account === account &&
    list.market === command.market &&
    (listClientOrderId === "" || list.clientId === listClientOrderId);
  if (!isMeant) return outcome(Reason.UNKNOWN_ORDER);
  for (const order of [...list.open]) {
    if (order !== undefined && state.orders.has(order.id)) cancel(state, group, order, cancelId, cancelId);
  }
  return taken(list.id * 4);
}
