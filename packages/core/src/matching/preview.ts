import { LOTS_MAX, PRICE_TICKS_MAX, SelfTradePrevention } from "@buttonwood/protocol";
import { MarketRow } from "../instrument/market-table.js";
import { Hot } from "../order-book/layout.js";
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
      for (let order = books.firstOrder(level); order !== 0; order = books.after(order)) {
        if (byQuote) wanted = Math.min(Math.floor(rest / (price * unit)), LOTS_MAX - dealt);
        if (wanted <= 0 || met === config.fillsMax) return;
        met++;
        const isSelf = prevention !== SelfTradePrevention.NONE && hot[order + Hot.ACCOUNT] === account;
        if (isSelf && prevention === SelfTradePrevention.EXPIRE_MAKER) continue;
        if (isSelf && prevention !== SelfTradePrevention.DECREMENT) return;
        const n = Math.min(wanted, hot[order + Hot.LOTS]);
        if (!isSelf) {
          this.lots += n;
          this.quote += price * n * unit;
        }
        if (n === wanted) return;
        wanted -= n;
        dealt += n;
        rest -= n * price * unit;
      }
    }
  }
}
