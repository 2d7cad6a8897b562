import { MarketRow, QUEUE_PRICE } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import { Hot } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";
import { isTrailing, waitsForRise } from "./stops.js";

/** Where orders wait: the book, the stops, the trailing stops, and what is pending. */
export class Queues {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /** Puts an order into the book, behind all others at its price, an iceberg with its first part. False: no page left. */
  rest(reference: number, row: number): boolean {
    const order = position(reference);
    const { orders, books, markets, terms } = this.#state;
    const c = orders.cold(order);
    const special = orders.words[c + Cold.TERMS];
    if (special !== 0 && terms.words[special + Terms.DISPLAY] !== 0) this.#showPart(order, special);
    const side = orders.words[c + Cold.KIND] & 1;
    const book = markets.words[row + MarketRow.BOOK];
    if (!books.attach(book, side, orders.words[c + Cold.PRICE], order)) {
      books.words[order + Hot.LOTS] = special === 0 ? books.words[order + Hot.LOTS] : orders.remaining(order);
      if (special !== 0) terms.words[special + Terms.HIDDEN] = 0;
      return false;
    }
    if (special !== 0) books.hideMore(order, terms.words[special + Terms.HIDDEN] > 0);
    this.#rank(order);
    return true;
  }

  /** Shows the next part of an iceberg whose part was used up; it has left the book and, if `isIndexed`, not the index. */
  showNext(order: number, row: number, isIndexed: boolean): void {
    if (!isIndexed) this.#state.books.index(order);
    if (!this.rest(order, row)) throw new Error("the page that the order stood on is gone");
  }

  /** Puts a stop behind all others at its price, a trailing one behind all others. False: no page left. */
  waitForTrigger(order: number, row: number): boolean {
    const { orders, books, markets, accountMarkets } = this.#state;
    const c = orders.cold(order);
    const kind = orders.words[c + Cold.KIND];
    const rises = waitsForRise(kind & 1, (kind >>> 8) & 0xff);
    const trails = isTrailing(this.#state, order);
    const queue = trails ? MarketRow.TRAILING : rises ? MarketRow.RISING : MarketRow.FALLING;
    const side = rises && !trails ? 1 : 0;
    const price = trails ? QUEUE_PRICE : orders.words[c + Cold.STOP];
    if (!books.attach(markets.words[row + queue], side, price, order)) return false;
    accountMarkets.words[orders.words[c + Cold.ACCOUNT_MARKET] + AccountMarket.STOPS]++;
    this.#rank(order);
    return true;
  }

  /** Puts a pending order of a list behind all others. There is a page for it. */
  pend(order: number, row: number): void {
    const { books, markets } = this.#state;
    if (!books.attach(markets.words[row + MarketRow.PENDING], 0, QUEUE_PRICE, order)) {
      throw new Error("a page was promised");
    }
    this.#rank(order);
  }

  /** Takes an order out of its queue, and leaves it in the index. Of an iceberg all that remains is then in sight. */
  leave(order: number): void {
    const { orders, books, markets, terms, accountMarkets } = this.#state;
    const c = orders.cold(order);
    const row = markets.row(orders.words[c + Cold.MARKET]);
    const book = books.bookOf(order);
    const mw = markets.words;
    if (book !== mw[row + MarketRow.BOOK] && book !== mw[row + MarketRow.PENDING]) {
      accountMarkets.words[orders.words[c + Cold.ACCOUNT_MARKET] + AccountMarket.STOPS]--;
    }
    books.detach(order);
    const special = orders.words[c + Cold.TERMS];
    if (special === 0) return;
    terms.words[special + Terms.HIDDEN] = 0;
    books.words[order + Hot.LOTS] = orders.remaining(order);
  }

  /** Whether an order that stands in a queue stands in the book. */
  rests(order: number): boolean {
    const { orders, books, markets } = this.#state;
    const row = markets.row(orders.words[orders.cold(order) + Cold.MARKET]);
    return books.bookOf(order) === markets.words[row + MarketRow.BOOK];
  }

  /** Takes lots off an order in a queue, fewer than remain, of an iceberg first those that it does not show. */
  takeOff(order: number, lots: number): void {
    const { orders, books, terms } = this.#state;
    const special = orders.words[orders.cold(order) + Cold.TERMS];
    const hidden = special === 0 ? 0 : terms.words[special + Terms.HIDDEN];
    if (hidden === 0) {
      books.reduce(order, lots);
      return;
    }
    const unseen = Math.min(hidden, lots);
    terms.words[special + Terms.HIDDEN] = hidden - unseen;
    if (hidden === unseen) books.hideMore(order, false);
    if (lots > unseen) books.reduce(order, lots - unseen);
  }

  /** Of all that remains, an iceberg shows a part. */
  #showPart(order: number, special: number): void {
    const { orders, books, terms } = this.#state;
    const remaining = orders.remaining(order);
    const shown = Math.min(terms.words[special + Terms.DISPLAY], remaining);
    books.words[order + Hot.LOTS] = shown;
    terms.words[special + Terms.HIDDEN] = remaining - shown;
  }

  /** Gives an order the next rank, as it joins a queue. */
  #rank(order: number): void {
    const { orders, scalars } = this.#state;
    scalars[Scalar.RANK] += 1;
    orders.doubles[(orders.cold(order) + Cold.RANK) >> 1] = scalars[Scalar.RANK];
    orders.rehash(order);
  }
}
