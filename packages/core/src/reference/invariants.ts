/** What must hold after every command. Each check throws with the numbers that disagree. */
import { type Event, MarketStatus, OrderStatus, Side } from "@buttonwood/protocol";
import { balanceOf } from "./ledger.js";
import {
  givenAsset,
  holdOf,
  isMarketType,
  type Market,
  type Order,
  remainingLots,
  type State,
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
    (sum, { bids, asks, risingStops, fallingStops }) =>
      sum + bids.length + asks.length + risingStops.length + fallingStops.length,
    0,
  );
  if (waiting !== state.orders.size) fail(`${state.orders.size} orders open, ${waiting} wait`);
  if (waiting > state.config.openOrdersMax) fail(`${waiting} orders open`);
  const knownOrders = new Set([...state.remembered.values()].map((entry) => entry.orderId));
  for (const order of state.orders.values()) {
    if (remainingLots(order) < 1) fail(`order ${order.id} waits with ${remainingLots(order)} lots`);
    if (order.place === "book" && isMarketType(order.type)) fail(`market order ${order.id} rests`);
    const status = order.executedLots > 0 ? OrderStatus.PARTIALLY_FILLED : OrderStatus.NEW;
    if (order.status !== status) fail(`order ${order.id} has status ${order.status}`);
    if (!knownOrders.has(order.id)) fail(`order ${order.id} is open but its client id is forgotten`);
  }
  if (state.remembered.size > state.config.rememberedIdsMax) fail(`${state.remembered.size} ids remembered`);
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
