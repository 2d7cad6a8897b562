import type { RestingOrder } from "../../feed/market-data-port.js";
import type { Cell } from "../tables.js";

/** No slot, and the end of a queue. */
export const NO_SLOT = -1;

const CAPACITY_START = 1024;

interface Queue {
  first: number;
  last: number;
}

/**
 * Orders in numbered slots, linked into the queue of their price. A rank rises with each order that joins a queue, so
 * that it says who joined first, also after a restart.
 */
export class OrderSlots {
  readonly #slotOf = new Map<number, number>();
  /** Of each market, by `price × 2 + side`. */
  readonly #queues = new Map<number, Map<number, Queue>>();
  readonly #free: number[] = [];
  #orderIds = new Float64Array(CAPACITY_START);
  #ranks = new Float64Array(CAPACITY_START);
  #markets = new Int32Array(CAPACITY_START);
  /** `price × 2 + side`, which needs 28 bits. */
  #keys = new Int32Array(CAPACITY_START);
  /** 0 = the slot is free. */
  #lots = new Int32Array(CAPACITY_START);
  #next = new Int32Array(CAPACITY_START);
  #previous = new Int32Array(CAPACITY_START);
  #count = 0;
  #rank = 0;

  /** The slot of an order, or NO_SLOT. */
  find(orderId: number): number {
    return this.#slotOf.get(orderId) ?? NO_SLOT;
  }

  orderIdOf(slot: number): number {
    return this.#orderIds[slot]!;
  }

  lotsOf(slot: number): number {
    return this.#lots[slot]!;
  }

  rankOf(slot: number): number {
    return this.#ranks[slot]!;
  }

  sideOf(slot: number): number {
    return this.#keys[slot]! & 1;
  }

  priceTicksOf(slot: number): number {
    return this.#keys[slot]! >>> 1;
  }

  /** Puts a stored row back, in the order of ranks. */
  seed(
    slot: number,
    orderId: number,
    market: number,
    side: number,
    priceTicks: number,
    lots: number,
    rank: number,
  ): void {
    while (slot >= this.#orderIds.length) this.#grow();
    this.#count = Math.max(this.#count, slot + 1);
    if (lots === 0) return;
    this.#rank = rank;
    this.#put(slot, orderId, market, side, priceTicks, lots);
  }

  /** All rows are put back: the slots in between are free. */
  seeded(): void {
    for (let slot = this.#count - 1; slot >= 0; slot--) if (this.#lots[slot] === 0) this.#free.push(slot);
  }

  /** Puts an order at the end of its queue and returns its slot. */
  join(orderId: number, market: number, side: number, priceTicks: number, lots: number): number {
    const slot = this.#free.pop() ?? this.#count++;
    if (slot === this.#orderIds.length) this.#grow();
    this.#rank++;
    this.#put(slot, orderId, market, side, priceTicks, lots);
    return slot;
  }

  setLots(slot: number, lots: number): void {
    this.#lots[slot] = lots;
  }

  remove(slot: number): void {
    this.#slotOf.delete(this.#orderIds[slot]!);
    const queues = this.#queues.get(this.#markets[slot]!)!;
    const key = this.#keys[slot]!;
    const queue = queues.get(key)!;
    const previous = this.#previous[slot]!;
    const next = this.#next[slot]!;
    if (previous === NO_SLOT) queue.first = next;
    else this.#next[previous] = next;
    if (next === NO_SLOT) queue.last = previous;
    else this.#previous[next] = previous;
    if (queue.first === NO_SLOT) queues.delete(key);
    this.#lots[slot] = 0;
    this.#free.push(slot);
  }

  collect(market: number, side: number, priceTicks: number, limit: number, into: RestingOrder[]): void {
    const queue = this.#queues.get(market)?.get(priceTicks * 2 + side);
    let slot = queue === undefined ? NO_SLOT : queue.first;
    for (; slot !== NO_SLOT && into.length < limit; slot = this.#next[slot]!) {
      into.push([this.#orderIds[slot]!, priceTicks, this.#lots[slot]!]);
    }
  }

  /** Adds the slot's row, in the order of the table's columns. */
  addRow(slot: number, into: Cell[]): void {
    const isFree = this.#lots[slot] === 0;
    into.push(
      slot,
      isFree ? 0 : this.#orderIds[slot]!,
      isFree ? 0 : this.#markets[slot]!,
      isFree ? 0 : this.sideOf(slot),
      isFree ? 0 : this.priceTicksOf(slot),
      this.#lots[slot]!,
      isFree ? 0 : this.#ranks[slot]!,
    );
  }

  #put(slot: number, orderId: number, market: number, side: number, priceTicks: number, lots: number): void {
    const key = priceTicks * 2 + side;
    this.#slotOf.set(orderId, slot);
    this.#orderIds[slot] = orderId;
    this.#ranks[slot] = this.#rank;
    this.#markets[slot] = market;
    this.#keys[slot] = key;
    this.#lots[slot] = lots;
    this.#next[slot] = NO_SLOT;
    let queues = this.#queues.get(market);
    if (queues === undefined) {
      queues = new Map();
      this.#queues.set(market, queues);
    }
    const queue = queues.get(key);
    if (queue === undefined) {
      this.#previous[slot] = NO_SLOT;
      queues.set(key, { first: slot, last: slot });
      return;
    }
    this.#previous[slot] = queue.last;
    this.#next[queue.last] = slot;
    queue.last = slot;
  }

  #grow(): void {
    const capacity = this.#orderIds.length * 2;
    const grown = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#orderIds = grown(this.#orderIds, new Float64Array(capacity));
    this.#ranks = grown(this.#ranks, new Float64Array(capacity));
    this.#markets = grown(this.#markets, new Int32Array(capacity));
    this.#keys = grown(this.#keys, new Int32Array(capacity));
    this.#lots = grown(this.#lots, new Int32Array(capacity));
    this.#next = grown(this.#next, new Int32Array(capacity));
    this.#previous = grown(this.#previous, new Int32Array(capacity));
  }
}
