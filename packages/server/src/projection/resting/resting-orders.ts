import {
  EventType,
  OrderBlock,
  OrderFilled,
  OrderPrevented,
  OrderStatus,
  TermsBlock,
  TimeInForce,
  termsAt,
  type WordBuffer,
} from "@buttonwood/protocol";
import type { RestingOrder } from "../../feed/market-data-port.js";
import type { Cell, Tables } from "../tables.js";
import { OrderChanges, type OrderDifference } from "./order-changes.js";
import { NO_SLOT, OrderSlots } from "./order-slots.js";

/** An order of the query tables; 0 lots = its slot is free. */
interface RestingRow {
  readonly slot: number;
  readonly orderId: number;
  readonly market: number;
  readonly side: number;
  readonly priceTicks: number;
  readonly lots: number;
  readonly queueRank: number;
}

/**
 * Every order that rests in a book, in the order in which it will trade: price by price, at a price the one that joined
 * its queue first. What is not shown of an order is not in here.
 *
 * An order is taken in as soon as it begins to match, and out again when it trades away: what stands here is right
 * whenever a command's group is complete. Orders live in numbered slots that are used again, so that the table of them
 * is no longer than the most that ever rested at a time.
 *
 * Of an iceberg the part that it shows stands here. When that is used up, the order shows its next part from the end of
 * its queue.
 */
export class RestingOrders {
  readonly #slots = new OrderSlots();
  /** Slots whose rows have changed. */
  readonly #dirty = new Set<number>();
  /** What listeners of a market have not been told yet. */
  readonly #watched = new Map<number, OrderChanges>();
  /** The order that began to match last: what takes lots off it is not its part as a maker. */
  #taker = 0;

  /** Begins where the tables stand. */
  static async open(tables: Tables): Promise<RestingOrders> {
    const rows = tables.query<RestingRow>(
      `select slot, order_id as "orderId", market, side, price_ticks as "priceTicks", lots,
        queue_rank as "queueRank" from resting_order order by queue_rank`,
    );
    const resting = new RestingOrders();
    for (const { slot, orderId, market, side, priceTicks, lots, queueRank } of await rows()) {
      resting.#slots.seed(slot, orderId, market, side, priceTicks, lots, queueRank);
    }
    resting.#slots.seeded();
    return resting;
  }

  /** An order as it now is: its event stands at `at`. `moves`: it joins the end of its queue again. */
  order(buffer: WordBuffer, at: number, moves: boolean): void {
    const { i32, f64 } = buffer;
    const orderId = f64[(at + OrderBlock.ORDER_ID) >> 1]!;
    const type = i32[at]! & 0xff;
    const begins =
      moves ||
      type === EventType.ORDER_TRIGGERED ||
      type === EventType.ORDER_RELEASED ||
      (type === EventType.ORDER_ACCEPTED && !isPending(buffer, at));
    if (begins) this.#taker = orderId;
    const slot = this.#slots.find(orderId);
    if (slot === NO_SLOT) {
      if (begins && mayRest(buffer, at)) this.#join(orderId, buffer, at);
      return;
    }
    const market = i32[at + OrderBlock.MARKET]!;
    const changes = this.#watched.get(market);
    changes?.before(this.#slots, slot);
    this.#dirty.add(slot);
    const remaining = remainingLots(buffer, at);
    const display = displayLots(buffer, at);
    const isWhole = display === 0 || remaining === 0;
    const lots = isWhole ? remaining : this.#shownLots(orderId, slot, remaining, display, buffer, at);
    const rejoins = begins || (lots === 0 && remaining > 0);
    if (rejoins || lots === 0) this.#slots.remove(slot);
    else this.#slots.setLots(slot, lots);
    if (rejoins) this.#join(orderId, buffer, at);
    else if (lots === 0) changes?.left(orderId);
  }

  /** What an iceberg in a slot shows after an event; 0 although some remains: its next part, from the queue's end. */
  #shownLots(
    orderId: number,
    slot: number,
    remaining: number,
    display: number,
    buffer: WordBuffer,
    at: number,
  ): number {
    const { i32 } = buffer;
    switch (i32[at]! & 0xff) {
      case EventType.ORDER_FILLED:
        if (i32[at + OrderFilled.IS_MAKER] !== 1) return Math.min(display, remaining);
        return Math.min(this.#slots.lotsOf(slot) - i32[at + OrderFilled.LOTS]!, remaining);
      case EventType.ORDER_PREVENTED:
        if (orderId === this.#taker) return Math.min(display, remaining);
        return Math.min(this.#slots.lotsOf(slot) - i32[at + OrderPrevented.LOTS]!, remaining);
      default:
        // Reduced or ended: what it does not show is taken off first.
        return Math.min(this.#slots.lotsOf(slot), remaining);
    }
  }

  #join(orderId: number, buffer: WordBuffer, at: number): void {
    const { i32 } = buffer;
    const remaining = remainingLots(buffer, at);
    if (remaining === 0) return;
    const display = displayLots(buffer, at);
    const lots = display === 0 ? remaining : Math.min(display, remaining);
    const market = i32[at + OrderBlock.MARKET]!;
    const side = i32[at + OrderBlock.KIND]! & 0xff;
    this.#watched.get(market)?.beforeJoin(orderId);
    this.#dirty.add(this.#slots.join(orderId, market, side, i32[at + OrderBlock.PRICE_TICKS]!, lots));
  }

  /** A price level's orders, first to trade first, onto the end of a list; up to `limit` in it. */
  collect(market: number, side: number, priceTicks: number, limit: number, into: RestingOrder[]): void {
    this.#slots.collect(market, side, priceTicks, limit, into);
  }

  /** Begins to note what changes in a market, for {@link difference}. */
  watch(market: number): void {
    this.#watched.set(market, new OrderChanges());
  }

  unwatch(market: number): void {
    this.#watched.delete(market);
  }

  /** A batch of events is complete: what stands here may be asked for. */
  endBatch(): void {
    for (const changes of this.#watched.values()) changes.endBatch();
  }

  /** What has changed in a watched market since it is watched, or since the last call. */
  difference(market: number): OrderDifference {
    return this.#watched.get(market)!.take(this.#slots);
  }

  /** Adds the rows that have changed since the last call. */
  takeRows(into: Cell[]): void {
    for (const slot of this.#dirty) this.#slots.addRow(slot, into);
    this.#dirty.clear();
  }
}

/** Whether an order that begins to match can rest with what does not trade. */
function mayRest({ i32, f64 }: WordBuffer, at: number): boolean {
  return (
    i32[at + OrderBlock.PRICE_TICKS]! > 0 &&
    f64[(at + OrderBlock.WORKING_US) >> 1]! > 0 &&
    ((i32[at + OrderBlock.KIND]! >> 16) & 0xff) === TimeInForce.GTC
  );
}

/** Lots of an iceberg that are shown at a time; 0 = all. */
function displayLots(buffer: WordBuffer, at: number): number {
  const terms = termsAt(buffer, at);
  return terms === 0 ? 0 : buffer.i32[terms + TermsBlock.DISPLAY_LOTS]!;
}

/** Whether an order waits for another one of its list. */
function isPending({ i32 }: WordBuffer, at: number): boolean {
  return (i32[at + OrderBlock.STATUS]! & 0xff) === OrderStatus.PENDING_NEW;
}

/** What can still trade of an order; 0 = it has ended. */
function remainingLots({ i32 }: WordBuffer, at: number): number {
  const status = i32[at + OrderBlock.STATUS]! & 0xff;
  if (status !== OrderStatus.NEW && status !== OrderStatus.PARTIALLY_FILLED) return 0;
  return (
    i32[at + OrderBlock.LOTS]! - i32[at + OrderBlock.EXECUTED_LOTS]! - i32[at + OrderBlock.PREVENTED_LOTS]!
  );
}
