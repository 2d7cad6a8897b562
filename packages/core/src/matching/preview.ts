import { LOTS_MAX, PRICE_TICKS_MAX, SelfTradePrevention } from "@buttonwood/protocol";
import { MarketRow } from "../instrument/market-table.js";
import { Hot, LevelBits } from "../order-book/layout.js";
import { FILLS_MAX } from "../order-book/order-books.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import type { State } from "../state/state.js";

/** The price that bounds an order without a price. */
export const boundOf = (side: number): number => (side === 0 ? PRICE_TICKS_MAX : 1);

/** Walks the book as matching would, without effect: what would an order get? */
export class Preview {
  /** Lots that would be filled. */
  lots = 0;
  /** Quote that would be traded; exact up to 2^53, beyond that more than anyone has. */
  quote = 0;
  readonly #state: State;
  /** Icebergs of the level at hand that would join the end of its queue again, and the lots that they would then have. */
  readonly #again = new Int32Array(FILLS_MAX);
  readonly #againLots = new Int32Array(FILLS_MAX);
  #agains = 0;

  constructor(state: State) {
    this.#state = state;
  }

  /** `lots` 0: an order by `quoteAmount`. `market` is the market's row. */
  walk(
    market: number,
    side: number,
    limit: number,
    lots: number,
    quoteAmount: number,
    prevention: number,
    account: number,
  ): void {
    const { books, markets, config } = this.#state;
    const hot = books.words;
    const unit = markets.doubles[(market + MarketRow.TICK_LOT_UNITS) >> 1];
    const book = markets.words[market + MarketRow.BOOK];
    const byQuote = lots === 0;
    let wanted = lots;
    let rest = quoteAmount;
    let dealt = 0;
    let met = 0;
    this.lots = 0;
    this.quote = 0;
    for (
      let level = books.bestLevel(book, side ^ 1);
      level !== 0;
      level = books.nextLevel(book, side ^ 1, level)
    ) {
      const price = books.directory.priceOf(level);
      if (side === 0 ? price > limit : price < limit) return;
      this.#agains = 0;
      let again = 0;
      let order = books.firstOrder(level);
      while (order !== 0) {
        const isAgain = again > 0;
        const lotsHere = isAgain ? this.#shownAgain(order, again - 1) : hot[order + Hot.LOTS];
        if (byQuote) wanted = Math.min(Math.floor(rest / (price * unit)), LOTS_MAX - dealt);
        if (wanted <= 0 || met === config.fillsMax) return;
        met++;
        const isSelf = prevention !== SelfTradePrevention.NONE && hot[order + Hot.ACCOUNT] === account;
        if (!isSelf || prevention !== SelfTradePrevention.EXPIRE_MAKER) {
          if (isSelf && prevention !== SelfTradePrevention.DECREMENT) return;
          const n = Math.min(wanted, lotsHere);
          if (!isSelf) {
            this.lots += n;
            this.quote += price * n * unit;
          }
          if (n === wanted) return;
          wanted -= n;
          dealt += n;
          rest -= n * price * unit;
          if ((hot[order + Hot.LEVEL] & LevelBits.HIDES_MORE) !== 0)
            this.#join(order, isAgain ? again - 1 : -1, n);
        }
        const next = isAgain ? 0 : books.after(order);
        if (next !== 0) order = next;
        else if (again < this.#agains) order = this.#again[again++];
        else order = 0;
      }
    }
  }

  /** What an iceberg shows that stands at a place among those that joined the queue again. */
  #shownAgain(order: number, at: number): number {
    const { orders, terms } = this.#state;
    const display = terms.words[orders.words[orders.cold(order) + Cold.TERMS] + Terms.DISPLAY];
    return Math.min(display, this.#againLots[at]);
  }

  /** An iceberg whose part of `lots` is used up joins the queue again when it has more. `at` −1: its first time. */
  #join(order: number, at: number, lots: number): void {
    const { orders, terms } = this.#state;
    const hidden = terms.words[orders.words[orders.cold(order) + Cold.TERMS] + Terms.HIDDEN];
    const left = at < 0 ? hidden : this.#againLots[at] - lots;
    if (left === 0) return;
    this.#again[this.#agains] = order;
    this.#againLots[this.#agains] = left;
    this.#agains++;
  }
}
