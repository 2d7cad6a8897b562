/** NEW_ORDER: the checks in their documented order, then the order is taken. */
import {
  AccountStatus,
  CLIENT_ID_BYTES_MAX,
  type Command,
  ICEBERG_PARTS_MAX,
  type MarketFields,
  MarketStatus,
  type NewOrderFields,
  OrderStatus,
  type OrderTerms,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
  TRAILING_BIPS_MAX,
  TRAILING_BIPS_MIN,
} from "@buttonwood/protocol";
import { forgetAndLookUp, orderFingerprint, remember } from "./client-ids.js";
import { freeOf, takeHold } from "./ledger.js";
import { executeWithTriggers } from "./matching.js";
import { type Outcome, outcome, taken } from "./outcome.js";
import { joinStops } from "./queues.js";
import { needOf, placeRefusal } from "./release.js";
import {
  type Group,
  givenAsset,
  isMarketType,
  isSpecial,
  isStopType,
  isUnpriced,
  type Market,
  type Order,
  orderState,
  remainingLots,
  type State,
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
  areTermsValid(order.terms) &&
  isWord(order.clientOrderId, CLIENT_ID_BYTES_MAX);

const areTermsValid = (terms: OrderTerms | undefined): boolean =>
  terms === undefined ||
  (terms.displayLots >= 0 &&
    terms.trailingBips >= 0 &&
    Number.isSafeInteger(terms.expiresUs) &&
    terms.expiresUs >= 0);

/** Step 2. The house sends no orders. */
export const isTrader = (state: State, account: number): boolean =>
  account >= 1 && account < state.accounts.length;

/** Step 4. */
export const isTooLate = (state: State, command: Command): boolean =>
  (command.deadlineUs ?? 0) !== 0 && state.nowUs > command.deadlineUs!;

const NO_TERMS: OrderTerms = { displayLots: 0, trailingBips: 0, expiresUs: 0 };

/** Step 8: the fields that a type has are there, the others are 0. */
export function isShapeValid(order: NewOrderFields): boolean {
  const { priceTicks, stopTicks, lots, quoteAmount, timeInForce, type } = order;
  const { displayLots, trailingBips, expiresUs } = order.terms ?? NO_TERMS;
  const mayHide = priceTicks >= 1 && displayLots <= lots && timeInForce === TimeInForce.GTC;
  if (displayLots > 0 && !mayHide) return false;
  if (expiresUs > 0 && (type === OrderType.MARKET || timeInForce !== TimeInForce.GTC)) return false;
  if (trailingBips > 0 && !isStopType(type)) return false;
  const hasStop = stopTicks >= 1 || (trailingBips > 0 && stopTicks === 0);
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
      return priceTicks === 0 && hasStop && byLots && goodTillCanceled;
    case OrderType.STOP_LOSS_LIMIT:
    case OrderType.TAKE_PROFIT_LIMIT:
      return priceTicks >= 1 && hasStop && byLots;
  }
}

export const isPriceInRange = (fields: MarketFields, priceTicks: number): boolean =>
  priceTicks >= fields.priceTicksMin && priceTicks <= fields.priceTicksMax;

/** Step 12. */
export function isInBand(market: Market, side: Side, priceTicks: number): boolean {
  const { bidDownPpm, bidUpPpm, askDownPpm, askUpPpm, referenceTicks } = market.bands;
  const reference = referenceTicks || market.lastPriceTicks;
  const [down, up] = side === Side.BUY ? [bidDownPpm, bidUpPpm] : [askDownPpm, askUpPpm];
  const scaled = priceTicks * 1_000_000;
  if (down !== 0 && scaled < reference * down) return false;
  return up === 0 || scaled <= reference * up;
}

/** Steps 9–12: the market's filters on the order itself. */
export function filterRefusal(market: Market, order: Order): Reason {
  const { fields } = market;
  const { priceTicks, stopTicks, lots, quoteAmount, displayLots, trailingBips } = order;
  if (priceTicks !== 0 && !isPriceInRange(fields, priceTicks)) return Reason.PRICE_FILTER;
  if (stopTicks !== 0 && !isPriceInRange(fields, stopTicks)) return Reason.PRICE_FILTER;
  if (quoteAmount === 0) {
    if (lots < fields.lotsMin || lots > fields.lotsMax) return Reason.LOT_SIZE;
    if (isMarketType(order.type) && lots > fields.marketLotsMax) return Reason.MARKET_LOT_SIZE;
  }
  if (displayLots !== 0) {
    if (displayLots < fields.lotsMin) return Reason.LOT_SIZE;
    if (lots > displayLots * ICEBERG_PARTS_MAX) return Reason.ICEBERG_PARTS;
  }
  if (trailingBips !== 0 && (trailingBips < TRAILING_BIPS_MIN || trailingBips > TRAILING_BIPS_MAX)) {
    return Reason.TRAILING_DELTA;
  }
  const notionalPrice = priceTicks || stopTicks || market.lastPriceTicks;
  const notional = quoteAmount || notionalPrice * lots * market.tickLotUnits;
  if (notional < fields.notionalMin || notional > fields.notionalMax) return Reason.NOTIONAL;
  if (priceTicks !== 0 && !isInBand(market, order.side, priceTicks)) return Reason.PERCENT_PRICE_BY_SIDE;
  return Reason.OK;
}

/** Step 13: how many orders the account has open on this market. `orders`: those that would join them. */
export function countRefusal(state: State, orders: readonly Order[]): Reason {
  const { market, account } = orders[0]!;
  let open = orders.length;
  let stops = orders.filter((order) => isStopType(order.type)).length;
  const hasNewStop = stops > 0;
  for (const other of state.orders.values()) {
    if (other.account !== account || other.market !== market) continue;
    open++;
    if (other.place === "stops" || other.place === "trailing") stops++;
  }
  if (open > market.fields.openOrdersMax) return Reason.MAX_NUM_ORDERS;
  return hasNewStop && stops > market.fields.stopOrdersMax ? Reason.MAX_NUM_ALGO_ORDERS : Reason.OK;
}

/** Step 16. `ids`: as many client ids would be remembered. */
export function hasRoom(state: State, orders: readonly Order[], ids: number): boolean {
  const { openOrdersMax, rememberedIdsMax, specialOrdersMax } = state.config;
  const specials = [...state.orders.values()].filter(isSpecial).length;
  return (
    state.orders.size + orders.length <= openOrdersMax &&
    state.remembered.size + ids <= rememberedIdsMax &&
    specials + orders.filter(isSpecial).length <= specialOrdersMax
  );
}

/** An order as it would be if it were taken now. */
export function draft(state: State, account: number, market: Market, fields: NewOrderFields, leg = 0): Order {
  const { displayLots, trailingBips, expiresUs } = fields.terms ?? NO_TERMS;
  const order: Order = {
    id: state.sequence * 4 + leg,
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
    displayLots,
    shownLots: 0,
    trailingBips,
    trailingTicks: trailingBips > 0 && fields.stopTicks === 0 ? market.lastPriceTicks : 0,
    expiresUs,
    list: undefined,
    leg,
  };
  return isUnpriced(order) ? { ...order, holds: false } : order;
}

/** Steps 5–17. Returns the order when nothing refuses it, the reason otherwise. */
function admit(state: State, account: number, fields: NewOrderFields): Order | Reason {
  if (state.accounts[account] === AccountStatus.FROZEN) return Reason.ACCOUNT_FROZEN;
  const market = state.markets[fields.market];
  if (market === undefined) return Reason.UNKNOWN_MARKET;
  if (market.status !== MarketStatus.TRADING) return Reason.MARKET_CLOSED;
  if (!isShapeValid(fields)) return Reason.MALFORMED_COMMAND;
  const order = draft(state, account, market, fields);
  if (order.expiresUs !== 0 && order.expiresUs <= state.nowUs) return Reason.DEADLINE_PASSED;
  const refusal = filterRefusal(market, order) || countRefusal(state, [order]) || placeRefusal(order);
  if (refusal !== Reason.OK) return refusal;
  if (!hasRoom(state, [order], 1)) return Reason.CAPACITY_REACHED;
  if (freeOf(state, account, givenAsset(order)) < needOf(state, order)) return Reason.INSUFFICIENT_BALANCE;
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
