import { EventType, OrderBlock, OrderStatus, TimeInForce, type WordBuffer } from "@buttonwood/protocol";
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
 */
export class RestingOrders {
  readonly #slots = new OrderSlots();
  /** Slots whose rows have changed. */
  readonly #dirty = new Set<number>();
  /** What listeners of a market have not been told yet. */
  readonly #watched = new Map<number, OrderChanges>();

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
    const begins = type === EventType.ORDER_ACCEPTED || type === EventType.ORDER_TRIGGERED || moves;
    const slot = this.#slots.find(orderId);
    if (slot === NO_SLOT) {
      if (begins && mayRest(buffer, at)) this.#join(orderId, buffer, at);
      return;
    }
    const market = i32[at + OrderBlock.MARKET]!;
    const changes = this.#watched.get(market);
    changes?.before(this.#slots, slot);
    this.#dirty.add(slot);
    const lots = shownLots(buffer, at);
    if (begins || lots === 0) this.#slots.remove(slot);
    else this.#slots.setLots(slot, lots);
    if (begins) this.#join(orderId, buffer, at);
    else if (lots === 0) changes?.left(orderId);
  }

  #join(orderId: number, buffer: WordBuffer, at: number): void {
    const { i32 } = buffer;
    const lots = shownLots(buffer, at);
    if (lots === 0) return;
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

/** What the book shows of an order; 0 = it has ended. */
function shownLots({ i32 }: WordBuffer, at: number): number {
  const status = i32[at + OrderBlock.STATUS]! & 0xff;
  if (status !== OrderStatus.NEW && status !== OrderStatus.PARTIALLY_FILLED) return 0;
  return (
    i32[at + OrderBlock.LOTS]! - i32[at + OrderBlock.EXECUTED_LOTS]! - i32[at + OrderBlock.PREVENTED_LOTS]!
  );
}
