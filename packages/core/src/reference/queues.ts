/** Where orders wait: the book's two sides and the two queues of stops of a market. */
import { Side } from "@buttonwood/protocol";
import {
  type Group,
  type Market,
  type Order,
  remainingLots,
  type State,
  shownLots,
  waitsForRise,
} from "./state.js";

function queueOf(order: Order): Order[] {
  const { market, side } = order;
  if (order.place === "book") return side === Side.BUY ? market.bids : market.asks;
  if (order.place === "trailing") return market.trailingStops;
  if (order.place === "pending") return market.pending;
  return waitsForRise(side, order.type) ? market.risingStops : market.fallingStops;
}

/** Puts an order behind all orders that are met before it or at the same price. */
function join(state: State, order: Order, price: (order: Order) => number, lowestFirst: boolean): void {
  const queue = queueOf(order);
  state.rankCounter++;
  order.rank = state.rankCounter;
  let at = queue.length;
  while (at > 0) {
    const ahead = queue[at - 1]!;
    if (lowestFirst ? price(ahead) <= price(order) : price(ahead) >= price(order)) break;
    at--;
  }
  queue.splice(at, 0, order);
}

export function joinBook(state: State, order: Order): void {
  order.place = "book";
  order.shownLots = Math.min(order.displayLots, remainingLots(order));
  join(state, order, (other) => other.priceTicks, order.side === Side.SELL);
}

const IN_ORDER_OF_ARRIVAL = (): number => 0;

export function joinPending(state: State, order: Order): void {
  order.place = "pending";
  join(state, order, IN_ORDER_OF_ARRIVAL, true);
}

export function joinStops(state: State, order: Order): void {
  if (order.trailingBips > 0) {
    order.place = "trailing";
    join(state, order, IN_ORDER_OF_ARRIVAL, true);
    return;
  }
  order.place = "stops";
  join(state, order, (other) => other.stopTicks, waitsForRise(order.side, order.type));
}

/** Takes an order out of whichever queue it waits in. */
export function leaveQueue(order: Order): void {
  if (order.place === "none") return;
  const queue = queueOf(order);
  queue.splice(queue.indexOf(order), 1);
  order.place = "none";
}

/** LEVEL: what rests at a price now. */
export function pushLevel(group: Group, market: Market, side: Side, priceTicks: number): void {
  let lots = 0;
  for (const order of side === Side.BUY ? market.bids : market.asks) {
    if (order.priceTicks === priceTicks) lots += shownLots(order);
  }
  market.updateId++;
  group.push({
    kind: "LEVEL",
    market: market.fields.market,
    side,
    priceTicks,
    lots,
    updateId: market.updateId,
  });
}
