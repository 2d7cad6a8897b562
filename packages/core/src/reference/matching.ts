/** Matching, its preview, and the triggers that follow a match. */
import {
  LOTS_MAX,
  MarketStatus,
  OrderStatus,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import { change, freeOf, releaseHold } from "./ledger.js";
import { claimHold, endOther, followEnd } from "./lists.js";
import { joinBook, leaveQueue, pushLevel } from "./queues.js";
import { release } from "./release.js";
import {
  acceptsPrice,
  type Group,
  givenAsset,
  holdOf,
  isMarketType,
  type Market,
  type Order,
  oppositeQueue,
  orderState,
  receivedAsset,
  remainingLots,
  type State,
  shownLots,
  waitsForRise,
} from "./state.js";

/** Lots that the rest of a quote amount buys or sells at a price, given lots already dealt with. */
function lotsForQuote(market: Market, rest: number, priceTicks: number, lotsSoFar: number): number {
  const lotPrice = BigInt(priceTicks) * BigInt(market.tickLotUnits);
  return Math.min(Number(BigInt(rest) / lotPrice), LOTS_MAX - lotsSoFar);
}

/** Lots that a taker still wants at a price. */
function wantedLots(taker: Order, priceTicks: number): number {
  if (taker.quoteAmount === 0) return remainingLots(taker);
  const rest = taker.quoteAmount - taker.executedQuote - taker.preventedQuote;
  return lotsForQuote(taker.market, rest, priceTicks, taker.executedLots + taker.preventedLots);
}

/** The fee on what a side receives, rounded down. */
const feeOn = (received: number, feePpm: number): number =>
  Number((BigInt(received) * BigInt(feePpm)) / 1_000_000n);

/** Removes an order that has reached its last status. */
function end(state: State, order: Order, status: OrderStatus): void {
  leaveQueue(order);
  order.status = status;
  state.orders.delete(order.id);
}

/** ORDER_EXPIRED, and LEVEL if it rested: the hold of what remains is released first. Its list follows. */
export function expire(state: State, group: Group, order: Order, reason: Reason): void {
  releaseHold(state, group, order, remainingLots(order));
  const rested = order.place === "book";
  end(state, order, OrderStatus.EXPIRED);
  group.push({ kind: "ORDER_EXPIRED", order: orderState(order), reason });
  if (rested) pushLevel(group, order.market, order.side, order.priceTicks);
  followEnd(state, group, order, { kind: "expired" });
}

/** ORDER_CANCELED, and LEVEL if it rested. Its list follows, under another cancel id. */
export function cancel(
  state: State,
  group: Group,
  order: Order,
  cancelId: string,
  cancelIdOfOthers = "",
): void {
  releaseHold(state, group, order, remainingLots(order));
  const rested = order.place === "book";
  end(state, order, OrderStatus.CANCELED);
  group.push({ kind: "ORDER_CANCELED", order: orderState(order), cancelId });
  if (rested) pushLevel(group, order.market, order.side, order.priceTicks);
  followEnd(state, group, order, { kind: "canceled", cancelId: cancelIdOfOthers });
}

/** After an event has taken lots off a maker: what its list does, and an iceberg shows its next part. */
function afterMaker(state: State, group: Group, maker: Order): void {
  endOther(state, group, maker);
  if (remainingLots(maker) === 0) {
    followEnd(state, group, maker, { kind: maker.status === OrderStatus.FILLED ? "filled" : "expired" });
  } else if (shownLots(maker) === 0) {
    leaveQueue(maker);
    joinBook(state, maker);
  }
}

/** Takes lots off an order because it met one of its own account. */
function prevent(
  state: State,
  group: Group,
  order: Order,
  counter: Order,
  priceTicks: number,
  lots: number,
  ends: boolean,
): void {
  releaseHold(state, group, order, lots);
  order.preventedLots += lots;
  if (order.quoteAmount > 0) order.preventedQuote += priceTicks * lots * order.market.tickLotUnits;
  if (ends) end(state, order, OrderStatus.EXPIRED_IN_MATCH);
  group.push({
    kind: "ORDER_PREVENTED",
    order: orderState(order),
    counterOrderId: counter.id,
    priceTicks,
    lots,
  });
}

/** Deals with a maker of the taker's own account. Returns true when the taker stops. */
function preventSelfTrade(state: State, group: Group, maker: Order, taker: Order): boolean {
  const price = maker.priceTicks;
  const wanted = wantedLots(taker, price);
  if (taker.selfTradePrevention === SelfTradePrevention.EXPIRE_TAKER) {
    prevent(state, group, taker, maker, price, wanted, true);
    return true;
  }
  claimHold(state, group, maker);
  const stops = preventMaker(state, group, maker, taker, wanted);
  afterMaker(state, group, maker);
  return stops;
}

/** Prevents lots of a maker, and of its taker if that is what the taker wants. Returns true when the taker stops. */
function preventMaker(state: State, group: Group, maker: Order, taker: Order, wanted: number): boolean {
  const price = maker.priceTicks;
  switch (taker.selfTradePrevention) {
    case SelfTradePrevention.EXPIRE_MAKER:
      prevent(state, group, maker, taker, price, remainingLots(maker), true);
      return false;
    case SelfTradePrevention.EXPIRE_BOTH:
      prevent(state, group, maker, taker, price, remainingLots(maker), true);
      prevent(state, group, taker, maker, price, wanted, true);
      return true;
    case SelfTradePrevention.DECREMENT: {
      const lots = Math.min(wanted, shownLots(maker));
      // What it shows shrinks here, not to what remains: the next part is shown after the events.
      const shown = maker.shownLots - lots;
      prevent(state, group, maker, taker, price, lots, lots === remainingLots(maker));
      if (maker.displayLots > 0) maker.shownLots = shown;
      prevent(state, group, taker, maker, price, lots, lots === wanted);
      return lots === wanted;
    }
    case SelfTradePrevention.EXPIRE_TAKER:
    case SelfTradePrevention.NONE:
      throw new Error("the maker stays as it is");
  }
}

/** Moves what one side of a trade gives and receives. */
function settle(
  state: State,
  group: Group,
  order: Order,
  lots: number,
  quote: number,
  base: number,
  fee: number,
): void {
  const given = order.side === Side.BUY ? quote : base;
  const received = order.side === Side.BUY ? base : quote;
  const hold = holdOf(order, lots);
  // What was locked beyond the price paid becomes free; an order without a hold pays all out of free.
  change(state, group, order.account, givenAsset(order), hold - given, -hold);
  change(state, group, order.account, receivedAsset(order), received - fee, 0);
}

/** Trades lots at the maker's price. Returns true when the taker is filled. */
function trade(state: State, group: Group, maker: Order, taker: Order, lots: number): boolean {
  const { market } = maker;
  const price = maker.priceTicks;
  const quote = price * lots * market.tickLotUnits;
  const base = lots * market.lotUnits;
  const makerFee = feeOn(maker.side === Side.BUY ? base : quote, market.makerFeePpm);
  const takerFee = feeOn(taker.side === Side.BUY ? base : quote, market.takerFeePpm);
  claimHold(state, group, maker);
  settle(state, group, maker, lots, quote, base, makerFee);
  settle(state, group, taker, lots, quote, base, takerFee);
  if (makerFee > 0) change(state, group, 0, receivedAsset(maker), makerFee, 0);
  if (takerFee > 0) change(state, group, 0, receivedAsset(taker), takerFee, 0);

  const tradeId = market.nextTradeId++;
  market.lastPriceTicks = price;
  const fill = (order: Order, counter: Order, fee: number): boolean => {
    order.executedLots += lots;
    order.executedQuote += quote;
    const filled = wantedLots(order, price) === 0;
    if (filled) end(state, order, OrderStatus.FILLED);
    else order.status = OrderStatus.PARTIALLY_FILLED;
    group.push({
      kind: "ORDER_FILLED",
      order: orderState(order),
      tradeId,
      counterOrderId: counter.id,
      fee,
      feeAsset: receivedAsset(order),
      priceTicks: price,
      lots,
      isMaker: order === maker,
    });
    return filled;
  };
  maker.shownLots -= lots;
  fill(maker, taker, makerFee);
  const isTakerFilled = fill(taker, maker, takerFee);
  afterMaker(state, group, maker);
  return isTakerFilled;
}

/** Matches a taker; what remains of it then rests or expires. Does not look at triggers. */
function match(state: State, group: Group, taker: Order): void {
  const { market } = taker;
  const makers = oppositeQueue(taker);
  const makerSide = taker.side === Side.BUY ? Side.SELL : Side.BUY;
  /** The price level being worked on, if lots changed there; its LEVEL is still to come. */
  let openLevel = 0;
  let dealtWith = 0;
  let stopped = false;
  let swept = false;
  while (!stopped) {
    const maker = makers[0];
    if (maker === undefined || !acceptsPrice(taker, maker.priceTicks)) break;
    const price = maker.priceTicks;
    const wanted = wantedLots(taker, price);
    if (wanted === 0) break;
    if (dealtWith === state.config.fillsMax) {
      swept = true;
      break;
    }
    dealtWith++;
    if (openLevel !== 0 && openLevel !== price) {
      pushLevel(group, market, makerSide, openLevel);
      openLevel = 0;
    }
    const ownOrder = maker.account === taker.account;
    if (ownOrder && taker.selfTradePrevention !== SelfTradePrevention.NONE) {
      if (taker.selfTradePrevention !== SelfTradePrevention.EXPIRE_TAKER) openLevel = price;
      stopped = preventSelfTrade(state, group, maker, taker);
    } else {
      openLevel = price;
      stopped = trade(state, group, maker, taker, Math.min(wanted, shownLots(maker)));
    }
  }
  if (openLevel !== 0) pushLevel(group, market, makerSide, openLevel);
  if (stopped) {
    followEnd(state, group, taker, { kind: taker.status === OrderStatus.FILLED ? "filled" : "expired" });
    return;
  }
  if (swept) expire(state, group, taker, Reason.SWEEP_LIMIT);
  else if (isMarketType(taker.type)) expire(state, group, taker, Reason.NO_LIQUIDITY);
  else if (taker.timeInForce !== TimeInForce.GTC) expire(state, group, taker, Reason.IMMEDIATE_REMAINDER);
  else {
    joinBook(state, taker);
    pushLevel(group, market, taker.side, taker.priceTicks);
  }
}

/** What a match would do, without doing it. */
export function preview(state: State, taker: Order): { readonly lots: number; readonly quote: number } {
  const { market } = taker;
  let lots = 0;
  let quote = 0;
  /** Lots filled or prevented, and the quote they are worth. */
  let lotsOff = taker.executedLots + taker.preventedLots;
  let quoteOff = taker.executedQuote + taker.preventedQuote;
  const wantedAt = (price: number): number =>
    taker.quoteAmount === 0
      ? taker.lots - lotsOff
      : lotsForQuote(market, taker.quoteAmount - quoteOff, price, lotsOff);
  let dealtWith = 0;
  const makers = oppositeQueue(taker).map((maker) => ({
    maker,
    shown: shownLots(maker),
    hidden: remainingLots(maker) - shownLots(maker),
  }));
  for (let next = makers.shift(); next !== undefined; next = makers.shift()) {
    const { maker, shown, hidden } = next;
    const price = maker.priceTicks;
    if (!acceptsPrice(taker, price) || wantedAt(price) === 0 || dealtWith === state.config.fillsMax) break;
    dealtWith++;
    const n = Math.min(wantedAt(price), shown);
    const value = price * n * market.tickLotUnits;
    const mode = maker.account === taker.account ? taker.selfTradePrevention : SelfTradePrevention.NONE;
    if (mode === SelfTradePrevention.EXPIRE_TAKER || mode === SelfTradePrevention.EXPIRE_BOTH) break;
    if (mode === SelfTradePrevention.EXPIRE_MAKER) continue;
    if (n === shown && hidden > 0) {
      const part = Math.min(maker.displayLots, hidden);
      const behind = makers.findIndex((other) => other.maker.priceTicks !== price);
      makers.splice(behind < 0 ? makers.length : behind, 0, { maker, shown: part, hidden: hidden - part });
    }
    lotsOff += n;
    quoteOff += value;
    if (mode === SelfTradePrevention.NONE) {
      lots += n;
      quote += value;
    }
    // Here matching ends the taker, even if a lower price further on would let its rest sell another lot.
    if (wantedAt(price) === 0) break;
  }
  return { lots, quote };
}

/** Units of the given asset that a MARKET order needs free, by the preview. */
export function marketNeed(state: State, order: Order): number {
  const seen = preview(state, order);
  if (order.side === Side.BUY) return seen.quote;
  return (order.quoteAmount > 0 ? seen.lots : order.lots) * order.market.lotUnits;
}

/** A taken or triggered order meets the book: FOK by preview, all others directly. */
export function execute(state: State, group: Group, taker: Order): void {
  if (taker.timeInForce === TimeInForce.FOK && preview(state, taker).lots < remainingLots(taker)) {
    expire(state, group, taker, Reason.FILL_OR_KILL_UNFILLED);
  } else {
    match(state, group, taker);
  }
}

/** Whether the last price has come to an order's stop. */
export function isStopReached(order: Order): boolean {
  const last = order.market.lastPriceTicks;
  return waitsForRise(order.side, order.type) ? last >= order.stopTicks : last <= order.stopTicks;
}

/** A trailing stop sees the last price. Returns whether that triggers it. */
export function trail(order: Order): boolean {
  const last = order.market.lastPriceTicks;
  if (order.trailingTicks === 0) {
    if (order.stopTicks === 0 || isStopReached(order)) order.trailingTicks = last;
    return false;
  }
  if (order.side === Side.BUY) {
    order.trailingTicks = Math.min(order.trailingTicks, last);
    return last * 10_000 >= order.trailingTicks * (10_000 + order.trailingBips);
  }
  order.trailingTicks = Math.max(order.trailingTicks, last);
  return last * 10_000 <= order.trailingTicks * (10_000 - order.trailingBips);
}

/** Takes an order whose turn will come out of its queue; of a pair, the other order ends. */
function trigger(state: State, group: Group, order: Order): void {
  leaveQueue(order);
  order.market.triggered.push(order);
  claimHold(state, group, order);
  endOther(state, group, order);
}

/** Takes every stop that the last price has reached out of its queue, in the order of activation. */
function triggerAll(state: State, group: Group, market: Market): void {
  if (market.status !== MarketStatus.TRADING) return;
  const last = market.lastPriceTicks;
  const reached = [
    ...market.risingStops.filter((order) => order.stopTicks <= last),
    ...market.fallingStops.filter((order) => order.stopTicks >= last),
  ];
  for (const order of reached) if (order.place === "stops") trigger(state, group, order);
  for (const order of [...market.trailingStops]) {
    // It may have ended with an order of its list that was triggered before it.
    if (order.place === "trailing" && trail(order)) trigger(state, group, order);
  }
}

/** ORDER_TRIGGERED and what follows for that order alone. */
function activate(state: State, group: Group, order: Order): void {
  order.workingUs = state.nowUs;
  group.push({ kind: "ORDER_TRIGGERED", order: orderState(order) });
  if (order.type === OrderType.STOP_LOSS || order.type === OrderType.TAKE_PROFIT) {
    releaseHold(state, group, order, remainingLots(order));
    order.holds = false;
    if (freeOf(state, order.account, givenAsset(order)) < marketNeed(state, order)) {
      expire(state, group, order, Reason.INSUFFICIENT_BALANCE);
      return;
    }
  }
  execute(state, group, order);
}

/** Executes a taker, then every order whose turn comes by that, one after the other. */
export function executeWithTriggers(state: State, group: Group, taker: Order): void {
  const { market } = taker;
  execute(state, group, taker);
  triggerAll(state, group, market);
  for (let order = market.triggered.shift(); order !== undefined; order = market.triggered.shift()) {
    if (order.status === OrderStatus.PENDING_NEW) release(state, group, order);
    else activate(state, group, order);
    triggerAll(state, group, market);
  }
}
