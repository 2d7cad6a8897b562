/** What must hold after every command. Each check throws with the numbers that disagree. */
import { type Event, MarketStatus, OrderStatus, Side } from "@buttonwood/protocol";
import { balanceOf } from "./ledger.js";
import {
  givenAsset,
  holdOf,
  isMarketType,
  isSpecial,
  type Market,
  type Order,
  remainingLots,
  type State,
  shownLots,
} from "./state.js";

function fail(message: string): never {
  throw new Error(`invariant broken: ${message}`);
}

/** Free + locked of all accounts with the house = supply, and nothing is negative. */
function checkConservation(state: State): void {
  const sums = state.assets.map(() => 0);
  for (const { account, asset, free, locked } of state.balances.values()) {
    if (free < 0 || locked < 0) fail(`account ${account} asset ${asset}: free ${free}, locked ${locked}`);
    sums[asset]! += free + locked;
  }
  state.assets.forEach(({ name, supply }, asset) => {
    if (sums[asset] !== supply) fail(`${name}: balances sum to ${sums[asset]}, supply is ${supply}`);
  });
}

/** Locked = the sum of the holds of open orders. */
function checkHolds(state: State): void {
  const held = new Map<object, number>();
  for (const order of state.orders.values()) {
    const balance = balanceOf(state, order.account, givenAsset(order));
    held.set(balance, (held.get(balance) ?? 0) + holdOf(order, remainingLots(order)));
  }
  for (const balance of state.balances.values()) {
    const sum = held.get(balance) ?? 0;
    if (balance.locked !== sum) {
      fail(`account ${balance.account} asset ${balance.asset}: locked ${balance.locked}, holds ${sum}`);
    }
  }
}

/** A queue is in the order in which it is served: prices one way, ranks ascending at a price. */
function checkQueue(
  state: State,
  queue: readonly Order[],
  place: Order["place"],
  price: (order: Order) => number,
  lowestFirst: boolean,
): void {
  queue.forEach((order, i) => {
    if (order.place !== place) fail(`order ${order.id} is in the queue of ${place}, says ${order.place}`);
    if (state.orders.get(order.id) !== order) fail(`order ${order.id} waits but is not open`);
    if (i === 0) return;
    const ahead = queue[i - 1]!;
    const step = lowestFirst ? price(order) - price(ahead) : price(ahead) - price(order);
    if (step < 0) fail(`order ${order.id} is behind a worse price`);
    if (step === 0 && order.rank <= ahead.rank) fail(`order ${order.id} is behind a later one`);
  });
}

function checkMarket(state: State, market: Market): void {
  checkQueue(state, market.bids, "book", (order) => order.priceTicks, false);
  checkQueue(state, market.asks, "book", (order) => order.priceTicks, true);
  checkQueue(state, market.risingStops, "stops", (order) => order.stopTicks, true);
  checkQueue(state, market.fallingStops, "stops", (order) => order.stopTicks, false);
  checkQueue(state, market.trailingStops, "trailing", () => 0, true);
  checkQueue(state, market.pending, "pending", () => 0, true);
  if (market.triggered.length > 0) fail(`${market.fields.symbol}: orders wait for their turn`);
  const bid = market.bids[0]?.priceTicks ?? 0;
  const ask = market.asks[0]?.priceTicks ?? Number.POSITIVE_INFINITY;
  if (bid >= ask) fail(`${market.fields.symbol} is crossed: bid ${bid}, ask ${ask}`);
  if (market.status === MarketStatus.TRADING) {
    const last = market.lastPriceTicks;
    const rising = market.risingStops[0]?.stopTicks ?? Number.POSITIVE_INFINITY;
    const falling = market.fallingStops[0]?.stopTicks ?? 0;
    if (rising <= last || falling >= last) fail(`${market.fields.symbol}: a stop waits past ${last}`);
  }
}

/** Every open order waits in exactly one queue, wants something, and is where its type may be. */
function checkOrders(state: State): void {
  const waiting = state.markets.reduce(
    (sum, { bids, asks, risingStops, fallingStops, trailingStops, pending }) =>
      sum +
      bids.length +
      asks.length +
      risingStops.length +
      fallingStops.length +
      trailingStops.length +
      pending.length,
    0,
  );
  if (waiting !== state.orders.size) fail(`${state.orders.size} orders open, ${waiting} wait`);
  if (waiting > state.config.openOrdersMax) fail(`${waiting} orders open`);
  const knownOrders = new Set([...state.remembered.values()].map((entry) => entry.orderId));
  for (const order of state.orders.values()) {
    if (remainingLots(order) < 1) fail(`order ${order.id} waits with ${remainingLots(order)} lots`);
    if (order.place === "book" && isMarketType(order.type)) fail(`market order ${order.id} rests`);
    const working = order.executedLots > 0 ? OrderStatus.PARTIALLY_FILLED : OrderStatus.NEW;
    const status = order.place === "pending" ? OrderStatus.PENDING_NEW : working;
    const hidden = remainingLots(order) - shownLots(order);
    if (shownLots(order) < 1 || hidden < 0) fail(`order ${order.id} shows ${shownLots(order)} lots`);
    if (order.status !== status) fail(`order ${order.id} has status ${order.status}`);
    if (!knownOrders.has(order.id)) fail(`order ${order.id} is open but its client id is forgotten`);
  }
  if (state.remembered.size > state.config.rememberedIdsMax) fail(`${state.remembered.size} ids remembered`);
  const specials = [...state.orders.values()].filter(isSpecial).length;
  if (specials > state.config.specialOrdersMax) fail(`${specials} orders with terms are open`);
}

/** A list has an open order; a pair that is bound has two, untouched and of one quantity, one of which holds. */
function checkLists(state: State): void {
  for (const list of state.lists.values()) {
    const open = list.open.filter((order) => order !== undefined);
    if (open.length === 0) fail(`list ${list.id} has no open order`);
    for (const order of open) {
      if (state.orders.get(order.id) !== order || order.list !== list)
        fail(`list ${list.id}: order ${order.id}`);
      if (order.place === "pending" && order.holds) fail(`order ${order.id} is pending and holds`);
      const isPending = list.phase === "waits" && order.leg > 0;
      if ((order.place === "pending") !== isPending) fail(`order ${order.id} is in ${order.place}`);
    }
    if (list.phase === "waits" && list.open[0] === undefined) fail(`list ${list.id} waits for nothing`);
    if (list.phase === "pair") {
      const [a, b] = open;
      if (a === undefined || b === undefined || open.length > 2) fail(`list ${list.id} is no pair`);
      if (remainingLots(a) !== remainingLots(b)) fail(`list ${list.id}: quantities differ`);
      if (a.executedLots + b.executedLots + a.preventedLots + b.preventedLots > 0)
        fail(`list ${list.id} worked`);
      if (a.holds && b.holds) fail(`list ${list.id}: both hold`);
    }
    if (list.phase === "loose" && open.length > 1) fail(`list ${list.id} binds nothing and has two orders`);
  }
  for (const order of state.orders.values()) {
    if (order.list !== undefined && state.lists.get(order.list.id) !== order.list)
      fail(`order ${order.id}: no list`);
  }
}

/** An outbox holds what was sent and not acknowledged: numbers without a gap, amounts of at least a unit. */
function checkChannels(state: State): void {
  for (const [partition, { sent, acknowledged, outbox }] of state.channels) {
    if (outbox.length !== sent - acknowledged || outbox.length > state.config.outboxMax) {
      fail(
        `partition ${partition}: ${outbox.length} transfers wait, ${acknowledged} of ${sent} acknowledged`,
      );
    }
    outbox.forEach(({ channelSequence, amount }, i) => {
      if (channelSequence !== acknowledged + 1 + i) {
        fail(`partition ${partition}: transfer ${channelSequence} waits at ${acknowledged + 1 + i}`);
      }
      if (amount < 1) fail(`partition ${partition}: transfer ${channelSequence} is of ${amount}`);
    });
  }
}

/** Checks the whole state. */
export function checkState(state: State): void {
  checkConservation(state);
  checkHolds(state);
  for (const market of state.markets) checkMarket(state, market);
  checkOrders(state);
  checkLists(state);
  checkChannels(state);
}

/** Checks what one group says by itself: no empty trade, maker and taker agree, each trade within both limits. */
export function checkGroup(events: readonly Event[]): void {
  for (let i = 0; i < events.length; i++) {
    const event = events[i]!;
    if (event.kind === "ORDER_PREVENTED" && event.lots < 1) fail(`prevented ${event.lots} lots`);
    if (event.kind !== "ORDER_FILLED") continue;
    const { order, lots, priceTicks } = event;
    if (lots < 1) fail(`trade of ${lots} lots`);
    const isBeyond = order.side === Side.BUY ? priceTicks > order.priceTicks : priceTicks < order.priceTicks;
    if (order.priceTicks !== 0 && isBeyond) fail(`order ${order.orderId} traded past its limit`);
    if (event.isMaker) {
      if (priceTicks !== order.priceTicks) fail(`trade ${event.tradeId} not at the maker's price`);
      const taker = events[i + 1];
      const isPair =
        taker?.kind === "ORDER_FILLED" &&
        !taker.isMaker &&
        taker.tradeId === event.tradeId &&
        taker.lots === lots &&
        taker.priceTicks === priceTicks &&
        taker.counterOrderId === order.orderId &&
        event.counterOrderId === taker.order.orderId;
      if (!isPair) fail(`trade ${event.tradeId} has no taker behind its maker`);
    }
  }
}
