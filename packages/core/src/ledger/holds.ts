import { MarketRow } from "../instrument/market-table.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import { position } from "../state/position.js";
import type { State } from "../state/state.js";
import { AccountMarket } from "./account-markets.js";
import { Balance } from "./balances.js";

/**
 * What open orders keep locked: a buy its price (or its stop, without a price) × lots in quote, a sell its
 * lots in base.
 */
export class Holds {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /** Moves the hold of `lots` of an order from free to locked. Nothing, as below, for one whose terms say it has none. */
  take(order: number, lots: number): void {
    this.#shift(order, lots, 1);
  }

  /** Moves it back. */
  release(order: number, lots: number): void {
    this.#shift(order, lots, -1);
  }

  #shift(order: number, lots: number, sign: number): void {
    const { orders, markets, accountMarkets, balances } = this.#state;
    const w = orders.words;
    const c = orders.cold(order);
    const row = w[c + Cold.TERMS];
    if (row !== 0 && this.#state.terms.words[row + Terms.HELD] === 0) return;
    const market = markets.row(w[c + Cold.MARKET]);
    const am = position(w[c + Cold.ACCOUNT_MARKET]);
    const buys = (w[c + Cold.KIND] & 1) === 0;
    const balance = position(
      accountMarkets.words[am + (buys ? AccountMarket.QUOTE_ROW : AccountMarket.BASE_ROW)],
    );
    const price = w[c + Cold.PRICE] === 0 ? w[c + Cold.STOP] : w[c + Cold.PRICE];
    const amount =
      sign *
      lots *
      (buys
        ? price * markets.doubles[(market + MarketRow.TICK_LOT_UNITS) >> 1]
        : markets.doubles[(market + MarketRow.LOT_UNITS) >> 1]);
    balances.touch(balance);
    balances.doubles[balance >> 1] -= amount;
    balances.doubles[(balance + Balance.LOCKED) >> 1] += amount;
  }
}
