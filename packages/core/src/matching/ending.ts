import { OrderStatus } from "@buttonwood/protocol";
import type { EventWriter } from "../events/event-writer.js";
import type { Holds } from "../ledger/holds.js";
import { Hot } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import type { State } from "../state/state.js";
import type { Queues } from "./queues.js";

/**
 * Ends orders that stand in a queue: what happens to the order itself, not what its list does then. Its record stays
 * until {@link close}.
 */
export class Ending {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #holds: Holds;
  readonly #queues: Queues;

  constructor(state: State, events: EventWriter, holds: Holds, queues: Queues) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#queues = queues;
  }

  /** ORDER_CANCELED and its LEVEL. The cancel id's words stand at `idAt`; length 0: the cancel goes by no id. */
  cancel(order: number, idLength: number, ids: Int32Array, idAt: number): void {
    this.#holds.release(order, this.#state.orders.remaining(order));
    this.setStatus(order, OrderStatus.CANCELED);
    this.#events.canceled(order, idLength, ids, idAt);
    this.leaveQueue(order);
  }

  /** ORDER_EXPIRED and its LEVEL. */
  expire(order: number, reason: number): void {
    this.#holds.release(order, this.#state.orders.remaining(order));
    this.setStatus(order, OrderStatus.EXPIRED);
    this.#events.expired(order, reason);
    this.leaveQueue(order);
  }

  setStatus(order: number, status: number): void {
    const { orders } = this.#state;
    const c = orders.cold(order);
    orders.words[c + Cold.STATUS] = (orders.words[c + Cold.STATUS] & ~0xff) | status;
  }

  /** Takes an order out of its queue, with the LEVEL that leaves if it rested. */
  leaveQueue(order: number): void {
    const { orders, books, markets } = this.#state;
    if (!this.#queues.rests(order)) {
      this.#queues.leave(order);
      return;
    }
    const c = orders.cold(order);
    const level = books.words[order + Hot.LEVEL] & ~3;
    this.#queues.leave(order);
    this.#events.level(
      markets.row(orders.words[c + Cold.MARKET]),
      orders.words[c + Cold.KIND] & 1,
      orders.words[c + Cold.PRICE],
      // An empty level still says 0, even when its page has been given back.
      books.lotsAt(level),
    );
  }

  /** Gives the record of an order back that is in no queue. */
  close(order: number): void {
    const { orders, books } = this.#state;
    books.unindex(order);
    orders.close(order);
  }
}
