/** CANCEL_ORDER, CANCEL_ALL, CANCEL_REPLACE, MOVE_ORDER and REDUCE_ORDER. */
import {
  AccountStatus,
  type CancelFields,
  CancelReplaceMode,
  CancelRestriction,
  CLIENT_ID_BYTES_MAX,
  type Command,
  MarketStatus,
  type OrderReference,
  OrderType,
  Reason,
  Side,
} from "@buttonwood/protocol";
import { forgetAndLookUp, orderFingerprint, recall } from "./client-ids.js";
import { change, freeOf, releaseHold } from "./ledger.js";
import { partnerOf } from "./lists.js";
import { cancel, executeWithTriggers } from "./matching.js";
import {
  areOrderWordsValid,
  isInBand,
  isMember,
  isPriceInRange,
  isTooLate,
  isTrader,
  placeOrder,
} from "./new-order.js";
import { type Outcome, outcome, taken } from "./outcome.js";
import { leaveQueue, pushLevel } from "./queues.js";
import { wouldMatch } from "./release.js";
import {
  type Group,
  givenAsset,
  holdOf,
  isSpecial,
  type Order,
  orderState,
  remainingLots,
  type State,
} from "./state.js";
import { isWord } from "./text-rules.js";

type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** At least one id, none too long. What it holds is not inspected: it is found or not. */
const isReferenceValid = (reference: OrderReference): boolean =>
  (reference.orderId !== 0 || reference.clientOrderId !== "") &&
  reference.clientOrderId.length <= CLIENT_ID_BYTES_MAX;

const areCancelWordsValid = (fields: CancelFields): boolean =>
  isReferenceValid(fields) &&
  isMember(CancelRestriction, fields.restriction) &&
  (fields.cancelId === "" || isWord(fields.cancelId, CLIENT_ID_BYTES_MAX));

/** The open order that both given ids name, if it is the account's and on the market. */
function find(state: State, account: number, reference: OrderReference): Order | undefined {
  const { orderId, clientOrderId } = reference;
  const id = orderId !== 0 ? orderId : recall(state, account, 0, clientOrderId)?.orderId;
  const order = id === undefined ? undefined : state.orders.get(id);
  if (order === undefined || order.account !== account) return undefined;
  if (order.market.fields.market !== reference.market) return undefined;
  return clientOrderId === "" || clientOrderId === order.clientOrderId ? order : undefined;
}

/** Finds an order and checks the restriction. Returns the reason when it can't be canceled. */
function findToCancel(state: State, account: number, fields: CancelFields): Order | Outcome {
  if (state.markets[fields.market] === undefined) return outcome(Reason.UNKNOWN_MARKET);
  const order = find(state, account, fields);
  if (order === undefined) return outcome(Reason.UNKNOWN_ORDER);
  const restricted =
    (fields.restriction === CancelRestriction.ONLY_NEW && order.executedLots > 0) ||
    (fields.restriction === CancelRestriction.ONLY_PARTIALLY_FILLED && order.executedLots === 0);
  return restricted ? outcome(Reason.CANCEL_RESTRICTED, order.id) : order;
}

export function cancelOrder(state: State, group: Group, command: CommandOf<"CANCEL_ORDER">): Outcome {
  if (!areCancelWordsValid(command)) return outcome(Reason.MALFORMED_COMMAND);
  if (!isTrader(state, command.account)) return outcome(Reason.UNKNOWN_ACCOUNT);
  if (isTooLate(state, command)) return outcome(Reason.DEADLINE_PASSED);
  const order = findToCancel(state, command.account, command);
  if ("reason" in order) return order;
  cancel(state, group, order, command.cancelId);
  return taken(order.id);
}

export function cancelAll(state: State, group: Group, command: CommandOf<"CANCEL_ALL">): Outcome {
  const { account, market, side } = command;
  if (side !== -1 && !isMember(Side, side)) return outcome(Reason.MALFORMED_COMMAND);
  if (!isTrader(state, account)) return outcome(Reason.UNKNOWN_ACCOUNT);
  if (isTooLate(state, command)) return outcome(Reason.DEADLINE_PASSED);
  if (market !== -1 && state.markets[market] === undefined) return outcome(Reason.UNKNOWN_MARKET);
  const meant = ordersInTurn(state, account, market, side);
  if (meant.length === 0) return outcome(Reason.UNKNOWN_ORDER);
  // Some end with an order of their list before their turn.
  for (const order of meant) if (state.orders.has(order.id)) cancel(state, group, order, "");
  return taken();
}

/** An account's open orders, market by market, within a market by their ids. */
export function ordersInTurn(state: State, account: number, market: number, side: Side | -1): Order[] {
  const meant = [...state.orders.values()].filter(
    (order) =>
      order.account === account &&
      (market === -1 || order.market.fields.market === market) &&
      (side === -1 || order.side === side),
  );
  return meant.sort((a, b) => a.market.fields.market - b.market.fields.market || a.id - b.id);
}

export function cancelReplace(state: State, group: Group, command: CommandOf<"CANCEL_REPLACE">): Outcome {
  const { account, order: fields } = command;
  const areWordsValid =
    areCancelWordsValid(command) &&
    isMember(CancelReplaceMode, command.mode) &&
    areOrderWordsValid(fields) &&
    fields.market === command.market;
  if (!areWordsValid) return outcome(Reason.MALFORMED_COMMAND);
  if (!isTrader(state, account)) return outcome(Reason.UNKNOWN_ACCOUNT);
  const known = forgetAndLookUp(state, account, 0, fields.clientOrderId, orderFingerprint(fields));
  if (known !== undefined) return known;
  if (isTooLate(state, command)) return outcome(Reason.DEADLINE_PASSED);

  const found = findToCancel(state, account, command);
  const cancelReason = "reason" in found ? found.reason : Reason.OK;
  if (!("reason" in found)) cancel(state, group, found, command.cancelId);
  if (cancelReason !== Reason.OK && command.mode === CancelReplaceMode.STOP_ON_FAILURE) {
    return { ...outcome(Reason.CANCEL_REPLACE_BOTH_FAILED), cancelReason };
  }
  const placed = placeOrder(state, group, account, fields);
  const both = { orderId: placed.orderId, cancelReason, newOrderReason: placed.reason };
  if (cancelReason === Reason.OK) {
    return { reason: placed.reason === Reason.OK ? Reason.OK : Reason.CANCEL_REPLACE_NEW_FAILED, ...both };
  }
  return {
    reason:
      placed.reason === Reason.OK ? Reason.CANCEL_REPLACE_CANCEL_FAILED : Reason.CANCEL_REPLACE_BOTH_FAILED,
    ...both,
  };
}

/** Why an order can't move to a price with a remaining quantity; OK when it can. */
function moveRefusal(state: State, order: Order, priceTicks: number, remaining: number): Reason {
  const { market } = order;
  const { fields } = market;
  if (!isPriceInRange(fields, priceTicks)) return Reason.PRICE_FILTER;
  if (remaining + order.executedLots + order.preventedLots > fields.lotsMax) return Reason.LOT_SIZE;
  if (remaining < fields.lotsMin && remaining !== remainingLots(order)) return Reason.LOT_SIZE;
  if (priceTicks * remaining * market.tickLotUnits > fields.notionalMax) return Reason.NOTIONAL;
  if (!isInBand(market, order.side, priceTicks)) return Reason.PERCENT_PRICE_BY_SIDE;
  const moved: Order = { ...order, priceTicks };
  const more = holdOf(moved, remaining) - holdOf(order, remainingLots(order));
  if (more > freeOf(state, order.account, givenAsset(order))) return Reason.INSUFFICIENT_BALANCE;
  if (order.type === OrderType.LIMIT_MAKER && wouldMatch(moved)) return Reason.WOULD_MATCH_IMMEDIATELY;
  return Reason.OK;
}

export function moveOrder(state: State, group: Group, command: CommandOf<"MOVE_ORDER">): Outcome {
  const { account, priceTicks } = command;
  const areWordsValid = isReferenceValid(command) && priceTicks >= 1 && command.lots >= 0;
  if (!areWordsValid) return outcome(Reason.MALFORMED_COMMAND);
  if (!isTrader(state, account)) return outcome(Reason.UNKNOWN_ACCOUNT);
  if (isTooLate(state, command)) return outcome(Reason.DEADLINE_PASSED);
  if (state.accounts[account] === AccountStatus.FROZEN) return outcome(Reason.ACCOUNT_FROZEN);
  const market = state.markets[command.market];
  if (market === undefined) return outcome(Reason.UNKNOWN_MARKET);
  if (market.status !== MarketStatus.TRADING) return outcome(Reason.MARKET_CLOSED);
  const order = find(state, account, command);
  if (order === undefined) return outcome(Reason.UNKNOWN_ORDER);
  if (isSpecial(order)) return outcome(Reason.ORDER_NOT_MOVABLE, order.id);
  if (order.place !== "book") return outcome(Reason.UNKNOWN_ORDER);
  const remaining = command.lots || remainingLots(order);
  const refusal = moveRefusal(state, order, priceTicks, remaining);
  if (refusal !== Reason.OK) return outcome(refusal, order.id);

  leaveQueue(order);
  pushLevel(group, market, order.side, order.priceTicks);
  const holdBefore = holdOf(order, remainingLots(order));
  order.priceTicks = priceTicks;
  order.lots = order.executedLots + order.preventedLots + remaining;
  const more = holdOf(order, remaining) - holdBefore;
  change(state, group, account, givenAsset(order), -more, more);
  order.workingUs = state.nowUs;
  group.push({ kind: "ORDER_AMENDED", order: orderState(order), reason: Reason.OK });
  executeWithTriggers(state, group, order);
  return taken(order.id);
}

export function reduceOrder(state: State, group: Group, command: CommandOf<"REDUCE_ORDER">): Outcome {
  const { account, reduceLots, newLots } = command;
  const isOneQuantity = (reduceLots >= 1 && newLots === 0) || (newLots >= 1 && reduceLots === 0);
  if (!isReferenceValid(command) || !isOneQuantity) return outcome(Reason.MALFORMED_COMMAND);
  if (!isTrader(state, account)) return outcome(Reason.UNKNOWN_ACCOUNT);
  if (isTooLate(state, command)) return outcome(Reason.DEADLINE_PASSED);
  if (state.markets[command.market] === undefined) return outcome(Reason.UNKNOWN_MARKET);
  const order = find(state, account, command);
  if (order === undefined) return outcome(Reason.UNKNOWN_ORDER);

  if (reduceLots >= remainingLots(order)) {
    cancel(state, group, order, "");
    return taken(order.id);
  }
  if (newLots !== 0) {
    const gone = order.executedLots + order.preventedLots;
    if (newLots <= gone || newLots >= order.lots) return outcome(Reason.QUANTITY_NOT_REDUCED, order.id);
  }
  const takenOff = reduceLots || order.lots - newLots;
  if (remainingLots(order) - takenOff < order.market.fields.lotsMin) {
    return outcome(Reason.LOT_SIZE, order.id);
  }
  const other = partnerOf(order);
  takeOff(state, group, order, takenOff);
  if (other !== undefined) takeOff(state, group, other, takenOff);
  return taken(order.id);
}

/** Takes lots off an order, of an iceberg first those that it does not show. */
function takeOff(state: State, group: Group, order: Order, lots: number): void {
  releaseHold(state, group, order, lots);
  order.lots -= lots;
  order.shownLots = Math.min(order.shownLots, remainingLots(order));
  group.push({ kind: "ORDER_AMENDED", order: orderState(order), reason: Reason.OK });
  if (order.place === "book") pushLevel(group, order.market, order.side, order.priceTicks);
}
