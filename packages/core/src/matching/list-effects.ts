import { LIST_LEGS_MAX, ListStatus, OrderType, Reason } from "@buttonwood/protocol";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import type { Holds } from "../ledger/holds.js";
import { Hot } from "../order-book/layout.js";
import { List, ListPhase } from "../orders/list-table.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import type { State } from "../state/state.js";
import type { Ending } from "./ending.js";
import type { Queues } from "./queues.js";

/** How an order of a list ended. */
export const enum ListEnd {
  FILLED = 0,
  CANCELED = 1,
  EXPIRED = 2,
}

const NO_ID = new Int32Array(0);

/** What an order list does when one of its orders works or ends. Orders of no list are left alone. */
export class ListEffects {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #holds: Holds;
  readonly #queues: Queues;
  readonly #ending: Ending;

  constructor(state: State, events: EventWriter, holds: Holds, queues: Queues, ending: Ending) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#queues = queues;
    this.#ending = ending;
  }

  /** Before an order of a pair works: the hold of the pair becomes its own. */
  claimHold(order: number): void {
    const other = this.#otherOfPair(order);
    if (other === 0) return;
    const { orders, terms } = this.#state;
    const own = orders.words[orders.cold(order) + Cold.TERMS];
    if (terms.words[own + Terms.HELD] === 1) return;
    this.#holds.release(other, orders.remaining(other));
    terms.words[orders.words[orders.cold(other) + Cold.TERMS] + Terms.HELD] = 0;
    if (isUnpriced(this.#state, order)) return;
    terms.words[own + Terms.HELD] = 1;
    this.#holds.take(order, orders.remaining(order));
  }

  /** After an order of a pair has worked: the other one ends. */
  endOther(order: number): void {
    const other = this.#otherOfPair(order);
    if (other === 0) return;
    const { lists } = this.#state;
    const row = this.listOf(order);
    lists.words[row + List.PHASE] = ListPhase.LOOSE;
    this.#close(row, other);
    this.#ending.expire(other, Reason.LIST_OTHER_WORKED);
    this.#ending.close(other);
  }

  /**
   * Cancels an order that stands in a queue, and with it what its list binds to it, under the same cancel id when
   * `isWhole`, else under none.
   */
  cancel(order: number, idLength: number, ids: Int32Array, idAt: number, isWhole: boolean): void {
    this.#ending.cancel(order, idLength, ids, idAt);
    this.followEnd(order, ListEnd.CANCELED, isWhole ? idLength : 0, ids, idAt);
    this.#ending.close(order);
  }

  /** Ends an order that stands in a queue. */
  expire(order: number, reason: number): void {
    this.#ending.expire(order, reason);
    this.followEnd(order, ListEnd.EXPIRED);
    this.#ending.close(order);
  }

  /**
   * After the events of an order's end, while its record still stands: what its list does then. `cancelId` of the
   * others as in `Ending.cancel`.
   */
  followEnd(order: number, end: number, idLength = 0, ids: Int32Array = NO_ID, idAt = 0): void {
    const row = this.listOf(order);
    if (row !== 0) this.#follow(row, order, end, idLength, ids, idAt);
  }

  /** The row of an order's list, 0: it is of none. */
  listOf(order: number): number {
    const { orders, terms } = this.#state;
    const row = orders.words[orders.cold(order) + Cold.TERMS];
    return row === 0 ? 0 : terms.words[row + Terms.LIST];
  }

  /** The order of the same quantity in the same pair, bound or still pending, or 0. */
  partnerOf(order: number): number {
    const row = this.listOf(order);
    if (row === 0) return 0;
    const { lists } = this.#state;
    switch (lists.words[row + List.PHASE]) {
      case ListPhase.PAIR:
        return this.#otherFrom(row, order, 0);
      case ListPhase.WAITS:
        return lists.order(row, 0) === order ? 0 : this.#otherFrom(row, order, 1);
      default:
        return 0;
    }
  }

  #otherOfPair(order: number): number {
    const row = this.listOf(order);
    if (row === 0 || this.#state.lists.words[row + List.PHASE] !== ListPhase.PAIR) return 0;
    return this.#otherFrom(row, order, 0);
  }

  /** The first open order of a list, from a place on, that is not `order`; or 0. */
  #otherFrom(row: number, order: number, from: number): number {
    const { lists } = this.#state;
    for (let leg = from; leg < LIST_LEGS_MAX; leg++) {
      const other = lists.order(row, leg);
      if (other !== 0 && other !== order) return other;
    }
    return 0;
  }

  #follow(row: number, order: number, end: number, idLength: number, ids: Int32Array, idAt: number): void {
    const { lists } = this.#state;
    const phase = lists.words[row + List.PHASE];
    this.#close(row, order);
    if (phase === ListPhase.WAITS && end === ListEnd.FILLED) {
      this.#comeToTurn(this.#otherFrom(row, order, 1));
    } else if (phase !== ListPhase.LOOSE) {
      lists.words[row + List.PHASE] = ListPhase.LOOSE;
      for (let other = this.#otherFrom(row, order, 0); other !== 0; other = this.#otherFrom(row, order, 0)) {
        this.#close(row, other);
        if (end === ListEnd.CANCELED) this.#ending.cancel(other, idLength, ids, idAt);
        else this.#ending.expire(other, Reason.LIST_WORKING_ENDED);
        this.#ending.close(other);
      }
    }
    if (lists.words[row + List.OPEN] !== 0) {
      lists.rehash(row);
      return;
    }
    this.#events.list(row, ListStatus.ALL_DONE);
    lists.free(row);
  }

  /** The first pending order of a list joins the triggered orders of its market. */
  #comeToTurn(order: number): void {
    const { orders, markets } = this.#state;
    this.#queues.leave(order);
    this.joinTriggered(order, markets.row(orders.words[orders.cold(order) + Cold.MARKET]));
  }

  /** Puts an order that is in no queue behind all others whose turn comes in this command. */
  joinTriggered(order: number, market: number): void {
    const { markets, books } = this.#state;
    const mw = markets.words;
    // Out of its queue, the order's link is free to carry this list.
    books.words[order + Hot.NEXT] = 0;
    if (mw[market + MarketRow.TRIGGERED_FIRST] === 0) mw[market + MarketRow.TRIGGERED_FIRST] = order;
    else books.words[mw[market + MarketRow.TRIGGERED_LAST] + Hot.NEXT] = order;
    mw[market + MarketRow.TRIGGERED_LAST] = order;
  }

  /** Says that an order of a list is no longer open. */
  #close(row: number, order: number): void {
    const { orders, terms, lists } = this.#state;
    const leg = terms.words[orders.words[orders.cold(order) + Cold.TERMS] + Terms.LEG] >>> 8;
    lists.words[row + List.OPEN] &= ~(1 << leg);
    lists.rehash(row);
  }
}

/** A trailing buy without a price: what it will pay is not known, so nothing is locked. */
export function isUnpriced(state: State, order: number): boolean {
  const { orders, terms } = state;
  const c = orders.cold(order);
  const row = orders.words[c + Cold.TERMS];
  return isUnpricedKind(
    orders.words[c + Cold.KIND],
    orders.words[c + Cold.PRICE],
    row === 0 ? 0 : terms.words[row + Terms.TRAILING_BIPS],
  );
}

/** The same by the words of an order. */
export const isUnpricedKind = (kind: number, priceTicks: number, trailingBips: number): boolean =>
  trailingBips !== 0 && priceTicks === 0 && (kind & 1) === 0 && ((kind >>> 8) & 0xff) !== OrderType.MARKET;
