import { Side } from "@buttonwood/protocol";
import type { RestingOrder } from "../../feed/market-data-port.js";
import { NO_SLOT, type OrderSlots } from "./order-slots.js";

/** What leads from one state of a book's orders to the next, in this order. */
export interface OrderDifference {
  /** Ids of orders that are gone, or have left their place; some may have come and gone in between. */
  readonly removed: readonly number[];
  /** Orders that have another quantity and kept their place. */
  readonly changed: readonly (readonly [orderId: number, lots: number])[];
  /** Orders that joined the end of their queue, first to join first. One that is there already leaves its place. */
  readonly bids: readonly RestingOrder[];
  readonly asks: readonly RestingOrder[];
}

/** The rank of an order that is not there. */
const ABSENT = 0;

/**
 * Which orders of a market were touched since listeners were last told. All of them are told of, also one that came and
 * went or is as it was: a listener may have begun with a snapshot from in between. Only what came and went within a
 * batch stood in no snapshot.
 */
export class OrderChanges {
  /** The rank that each had when it was last told of. */
  readonly #rankBefore = new Map<number, number>();
  /** Orders that have joined in the batch at hand. */
  readonly #fresh = new Set<number>();

  /** The order in a slot is about to change. */
  before(slots: OrderSlots, slot: number): void {
    const orderId = slots.orderIdOf(slot);
    if (!this.#rankBefore.has(orderId)) this.#rankBefore.set(orderId, slots.rankOf(slot));
  }

  /** An order that is not there is about to join. */
  beforeJoin(orderId: number): void {
    if (this.#rankBefore.has(orderId)) return;
    this.#rankBefore.set(orderId, ABSENT);
    this.#fresh.add(orderId);
  }

  /** An order is gone. */
  left(orderId: number): void {
    if (this.#fresh.delete(orderId)) this.#rankBefore.delete(orderId);
  }

  endBatch(): void {
    this.#fresh.clear();
  }

  take(slots: OrderSlots): OrderDifference {
    const removed: number[] = [];
    const changed: [number, number][] = [];
    const joined: number[] = [];
    for (const [orderId, rank] of this.#rankBefore) {
      const slot = slots.find(orderId);
      if (slot === NO_SLOT) removed.push(orderId);
      else if (slots.rankOf(slot) === rank) changed.push([orderId, slots.lotsOf(slot)]);
      else {
        if (rank !== ABSENT) removed.push(orderId);
        joined.push(slot);
      }
    }
    this.#rankBefore.clear();
    joined.sort((a, b) => slots.rankOf(a) - slots.rankOf(b));
    const bids: RestingOrder[] = [];
    const asks: RestingOrder[] = [];
    for (const slot of joined) {
      const side = slots.sideOf(slot) === Side.BUY ? bids : asks;
      side.push([slots.orderIdOf(slot), slots.priceTicksOf(slot), slots.lotsOf(slot)]);
    }
    return { removed, changed, bids, asks };
  }
}
