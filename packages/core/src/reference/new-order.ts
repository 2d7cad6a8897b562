/** NEW_ORDER: the checks in their documented order, then the order is taken. */
import {
  AccountStatus,
  CLIENT_ID_BYTES_MAX,
  type Command,
  type MarketFields,
  MarketStatus,
  type NewOrderFields,
  OrderStatus,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import { forgetAndLookUp, isMemoryFull, orderFingerprint, remember } from "./client-ids.js";
import { freeOf, takeHold } from "./ledger.js";
import { executeWithTriggers, marketNeed } from "./matching.js";
import { type Outcome, outcome, taken } from "./outcome.js";
import { joinStops } from "./queues.js";
import {
  acceptsPrice,
  type Group,
  givenAsset,
  holdOf,
  isMarketType,
  isStopType,
  type Market,
  type Order,
  oppositeQueue,
  orderState,
  remainingLots,
  type State,
  waitsForRise,
} from "./state.js";
import { isWord } from "./text-rules.js";

export const isMember = (set: Record<string, number>, value: number): boolean =>
  Object.values(set).includes(value);

/** Step 1: every word in its set. */
export const areOrderWordsValid = (order: NewOrderFields): boolean =>
  isMember(Side, order.side) &&
  isMember(OrderType, order.type) &&
  isMember(TimeInForce, order.timeInForce) &&
  isMember(SelfTradePrevention, order.selfTradePrevention) &&
  isWord(order.clientOrderId, CLIENT_ID_BYTES_MAX);

/** Step 2. The house sends no orders. */
export const isTrader = (state: State, account: number): boolean =>
  account >= 1 && account < state.accounts.length;

/** Step 4. */
export const isTooLate = (state: State, command: Command): boolean =>
  (command.deadlineUs ?? 0) !== 0 && state.nowUs > command.deadlineUs!;

/** Step 8: the fields that a type has are there, the others are 0. */
function isShapeValid(order: NewOrderFields): boolean {
  const { priceTicks, stopTicks, lots, quoteAmount } = order;
  const byLots = lots >= 1 && quoteAmount === 0;
  const byQuote = lots === 0 && Number.isInteger(quoteAmount) && quoteAmount >= 1;
  const goodTillCanceled = order.timeInForce === TimeInForce.GTC;
  switch (order.type) {
    case OrderType.LIMIT:
      return priceTicks >= 1 && stopTicks === 0 && byLots;
    case OrderType.LIMIT_MAKER:
      return priceTicks >= 1 && stopTicks === 0 && byLots && goodTillCanceled;
    case OrderType.MARKET:
      return priceTicks === 0 && stopTicks === 0 && (byLots || byQuote) && goodTillCanceled;
    case OrderType.STOP_LOSS:
    case OrderType.TAKE_PROFIT:
      return priceTicks === 0 && stopTicks >= 1 && byLots && goodTillCanceled;
    case OrderType.STOP_LOSS_LIMIT:
    case OrderType.TAKE_PROFIT_LIMIT:
      return priceTicks >= 1 && stopTicks >= 1 && byLots;
  }
}

export const isPriceInRange = (fields: MarketFields, priceTicks: number): boolean =>
  priceTicks >= fields.priceTicksMin && priceTicks <= fields.priceTicksMax;

/** Step 12. */
export function isInBand(market: Market, side: Side, priceTicks: number): boolean {
  const { bidDownPpm, bidUpPpm, askDownPpm, askUpPpm } = market.fields;
  const [down, up] = side === Side.BUY ? [bidDownPpm, bidUpPpm] : [askDownPpm, askUpPpm];
  const scaled = priceTicks * 1_000_000;
  if (down !== 0 && scaled < market.lastPriceTicks * down) return false;
  return up === 0 || scaled <= market.lastPriceTicks * up;
}

/** Steps 9–12: the market's filters on the order itself. */
function filterRefusal(market: Market, order: Order): Reason {
  const { fields } = market;
  const { priceTicks, stopTicks, lots, quoteAmount } = order;
  if (priceTicks !== 0 && !isPriceInRange(fields, priceTicks)) return Reason.PRICE_FILTER;
  if (stopTicks !== 0 && !isPriceInRange(fields, stopTicks)) return Reason.PRICE_FILTER;
  if (quoteAmount === 0) {
    if (lots < fields.lotsMin || lots > fields.lotsMax) return Reason.LOT_SIZE;
    if (isMarketType(order.type) && lots > fields.marketLotsMax) return Reason.MARKET_LOT_SIZE;
  }
  const notionalPrice = priceTicks || stopTicks || market.lastPriceTicks;
  const notional = quoteAmount || notionalPrice * lots * market.tickLotUnits;
  if (notional < fields.notionalMin || notional > fields.notionalMax) return Reason.NOTIONAL;
  if (priceTicks !== 0 && !isInBand(market, order.side, priceTicks)) return Reason.PERCENT_PRICE_BY_SIDE;
  return Reason.OK;
}

/** Step 13: how many orders the account has open on this market. */
function countRefusal(state: State, order: Order): Reason {
  const { fields } = order.market;
  let open = 0;
  let stops = 0;
  for (const other of state.orders.values()) {
    if (other.account !== order.account || other.market !== order.market) continue;
    open++;
    if (other.place === "stops") stops++;
  }
  if (open >= fields.openOrdersMax) return Reason.MAX_NUM_ORDERS;
  if (isStopType(order.type) && stops >= fields.stopOrdersMax) return Reason.MAX_NUM_ALGO_ORDERS;
  return Reason.OK;
}

/** Step 14. */
function wouldTrigger(order: Order): boolean {
  if (!isStopType(order.type)) return false;
  const last = order.market.lastPriceTicks;
  return waitsForRise(order.side, order.type) ? last >= order.stopTicks : last <= order.stopTicks;
}

/** Step 15: whether the best opposite order is within the order's price. */
export function wouldMatch(order: Order): boolean {
  const best = oppositeQueue(order)[0];
  return best !== undefined && acceptsPrice(order, best.priceTicks);
}

/** An order as it would be if it were taken now. */
function draft(state: State, account: number, market: Market, fields: NewOrderFields): Order {
  return {
    id: state.sequence * 4,
    account,
    market,
    side: fields.side,
    type: fields.type,
    timeInForce: fields.timeInForce,
    selfTradePrevention: fields.selfTradePrevention,
    priceTicks: fields.priceTicks,
    stopTicks: fields.stopTicks,
    lots: fields.lots,
    quoteAmount: fields.quoteAmount,
    clientOrderId: fields.clientOrderId,
    createdUs: state.nowUs,
    workingUs: isStopType(fields.type) ? 0 : state.nowUs,
    executedLots: 0,
    executedQuote: 0,
    preventedLots: 0,
    preventedQuote: 0,
    status: OrderStatus.NEW,
    rank: 0,
    place: "none",
    holds: fields.type !== OrderType.MARKET,
  };
}

/** Steps 5–17. Returns the order when nothing refuses it, the reason otherwise. */
function admit(state: State, account: number, fields: NewOrderFields): Order | Reason {
  if (state.accounts[account] === AccountStatus.FROZEN) return Reason.ACCOUNT_FROZEN;
  const market = state.markets[fields.market];
  if (market === undefined) return Reason.UNKNOWN_MARKET;
  if (market.status !== MarketStatus.TRADING) return Reason.MARKET_CLOSED;
  if (!isShapeValid(fields)) return Reason.MALFORMED_COMMAND;
  const order = draft(state, account, market, fields);
  const refusal = filterRefusal(market, order) || countRefusal(state, order);
  if (refusal !== Reason.OK) return refusal;
  if (wouldTrigger(order)) return Reason.WOULD_TRIGGER_IMMEDIATELY;
  if (order.type === OrderType.LIMIT_MAKER && wouldMatch(order)) return Reason.WOULD_MATCH_IMMEDIATELY;
  if (state.orders.size >= state.config.openOrdersMax || isMemoryFull(state)) return Reason.CAPACITY_REACHED;
  const need = order.holds ? holdOf(order, order.lots) : marketNeed(state, order);
  if (freeOf(state, account, givenAsset(order)) < need) return Reason.INSUFFICIENT_BALANCE;
  return order;
}

/** Steps 5–17, and, when none refuses, the order with all its effects. Returns why it was refused, or its id. */
export function placeOrder(
  state: State,
  group: Group,
  account: number,
  fields: NewOrderFields,
): { readonly reason: Reason; readonly orderId: number } {
  const order = admit(state, account, fields);
  if (typeof order === "number") return { reason: order, orderId: 0 };
  takeHold(state, group, order, remainingLots(order));
  state.orders.set(order.id, order);
  group.push({ kind: "ORDER_ACCEPTED", order: orderState(order) });
  remember(state, account, 0, order.clientOrderId, order.id, orderFingerprint(fields));
  if (isStopType(order.type)) joinStops(state, order);
  else executeWithTriggers(state, group, order);
  return { reason: Reason.OK, orderId: order.id };
}

/** NEW_ORDER. */
export function newOrder(
  state: State,
  group: Group,
  command: Extract<Command, { kind: "NEW_ORDER" }>,
): Outcome {
  const { account, order } = command;
  if (!areOrderWordsValid(order)) return outcome(Reason.MALFORMED_COMMAND);
  if (!isTrader(state, account)) return outcome(Reason.UNKNOWN_ACCOUNT);
  const known = forgetAndLookUp(state, account, 0, order.clientOrderId, orderFingerprint(order));
  if (known !== undefined) return known;
  if (isTooLate(state, command)) return outcome(Reason.DEADLINE_PASSED);
  const placed = placeOrder(state, group, account, order);
  return placed.reason === Reason.OK ? taken(placed.orderId) : outcome(placed.reason);
}
