import { OrderType } from "@buttonwood/protocol";
import { MarketRow } from "../instrument/market-table.js";
import { isUnpriced, isUnpricedKind } from "../matching/list-effects.js";
import { boundOf, type Preview } from "../matching/preview.js";
import { Hot } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import type { State } from "../state/state.js";

/** Step 17: what must be free for an order, in units of the asset that it gives. */
export class Needs {
  readonly #state: State;
  readonly #preview: Preview;

  constructor(state: State, preview: Preview) {
    this.#state = state;
    this.#preview = preview;
  }

  /** Of an order given by its words; `row` is the market's, `lots` 0 of an order by quote amount. */
  of(
    row: number,
    account: number,
    kind: number,
    priceTicks: number,
    stopTicks: number,
    lots: number,
    quoteAmount: number,
    trailingBips: number,
  ): number {
    const { markets } = this.#state;
    const side = kind & 1;
    const lotUnits = markets.doubles[(row + MarketRow.LOT_UNITS) >> 1];
    if (((kind >>> 8) & 0xff) === OrderType.MARKET) {
      if (side === 1 && lots > 0) return lots * lotUnits;
      this.#preview.walk(row, side, boundOf(side), lots, quoteAmount, kind >>> 24, account);
      return side === 0 ? this.#preview.quote : this.#preview.lots * lotUnits;
    }
    if (side === 1) return lots * lotUnits;
    const unit = markets.doubles[(row + MarketRow.TICK_LOT_UNITS) >> 1];
    if (!isUnpricedKind(kind, priceTicks, trailingBips)) return (priceTicks || stopTicks) * lots * unit;
    return (stopTicks || markets.words[row + MarketRow.LAST]) * lots * unit;
  }

  /** Of an order that exists, for all that remains of it. */
  ofOrder(order: number): number {
    const { orders, books, markets, terms } = this.#state;
    const w = orders.words;
    const c = orders.cold(order);
    const row = w[c + Cold.TERMS];
    return this.of(
      markets.row(w[c + Cold.MARKET]),
      books.words[order + Hot.ACCOUNT],
      w[c + Cold.KIND],
      w[c + Cold.PRICE],
      w[c + Cold.STOP],
      orders.remaining(order),
      orders.doubles[(c + Cold.QUOTE_AMOUNT) >> 1],
      row === 0 ? 0 : terms.words[row + Terms.TRAILING_BIPS],
    );
  }

  /** What an order, no MARKET order, would lock. */
  hold(order: number): number {
    return isUnpriced(this.#state, order) ? 0 : this.ofOrder(order);
  }
}
