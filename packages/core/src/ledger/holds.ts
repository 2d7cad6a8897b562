import { M_LOT_UNITS, M_TICK_LOT_UNITS } from "../instrument/market-table.js";
import { ACCOUNT_MARKET, KIND, MARKET, PRICE, STOP } from "../orders/order-store.js";
import type { State } from "../state/state.js";
import { AM_BASE_ROW, AM_QUOTE_ROW } from "./account-markets.js";
import { LOCKED } from "./balances.js";

/**
 * What open orders keep locked: a buy its price (or its stop, without a price) × lots in quote, a sell its
 * lots in base.
 */
export class Holds {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /** Moves the hold of `lots` of an order from free to locked. */
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
    const market = markets.row(w[c + MARKET]);
    const am = w[c + ACCOUNT_MARKET];
    const buys = (w[c + KIND] & 1) === 0;
    const row = accountMarkets.words[am + (buys ? AM_QUOTE_ROW : AM_BASE_ROW)];
    const price = w[c + PRICE] === 0 ? w[c + STOP] : w[c + PRICE];
    const amount =
      sign *
      lots *
      (buys
        ? price * markets.doubles[(market + M_TICK_LOT_UNITS) >> 1]
        : markets.doubles[(market + M_LOT_UNITS) >> 1]);
    balances.touch(row);
    balances.doubles[row >> 1] -= amount;
    balances.doubles[(row + LOCKED) >> 1] += amount;
  }
}
