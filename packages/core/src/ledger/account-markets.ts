import { hashHeads, hashPair } from "../state/hash-heads.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import { newTable } from "../state/table.js";

// Words of a row.
export const enum AccountMarket {
  ACCOUNT = 0,
  MARKET = 1,
  /** Open orders, stops included. */
  OPEN = 2,
  /** Stops not yet triggered. */
  STOPS = 3,
  /** First and last open order, in order of their ids. */
  FIRST = 4,
  LAST = 5,
  CHAIN = 6,
  /** The account's balances of the market's assets, so that settling a trade looks nothing up. */
  BASE_ROW = 7,
  QUOTE_ROW = 8,
  /** A cache line. */
  WORDS = 16,
}

/** What an account has on a market: counts, its list of open orders, its two balances. Rows stay. */
export class AccountMarkets {
  readonly words: Int32Array;
  readonly heads: Int32Array;
  readonly #scalars: Float64Array;
  readonly #max: number;

  constructor(max: number, scalars: Float64Array) {
    this.words = newTable((max + 1) * AccountMarket.WORDS).words;
    this.heads = hashHeads(max);
    this.#scalars = scalars;
    this.#max = max;
    scalars[Scalar.ACCOUNT_MARKET_TOP] = AccountMarket.WORDS;
  }

  get hasRoom(): boolean {
    return this.#scalars[Scalar.ACCOUNT_MARKET_TOP] / AccountMarket.WORDS <= this.#max;
  }

  /** The first row of the chain that a pair is in, or 0. */
  headOf(account: number, market: number): number {
    return position(this.heads[hashPair(account, market) & (this.heads.length - 1)]);
  }

  /** The row, or 0. */
  find(account: number, market: number): number {
    const w = this.words;
    let row = this.headOf(account, market);
    while (
      row !== 0 &&
      (w[row + AccountMarket.ACCOUNT] !== account || w[row + AccountMarket.MARKET] !== market)
    ) {
      row = position(w[row + AccountMarket.CHAIN]);
    }
    return row;
  }

  /** Makes the index anew from the rows. */
  rebuildIndex(): void {
    const w = this.words;
    this.heads.fill(0);
    for (
      let row = AccountMarket.WORDS;
      row < this.#scalars[Scalar.ACCOUNT_MARKET_TOP];
      row += AccountMarket.WORDS
    ) {
      const head =
        hashPair(w[row + AccountMarket.ACCOUNT], w[row + AccountMarket.MARKET]) & (this.heads.length - 1);
      w[row + AccountMarket.CHAIN] = this.heads[head];
      this.heads[head] = row;
    }
  }

  /** Takes a row that `find` did not find. There must be room. */
  take(account: number, market: number, baseRow: number, quoteRow: number): number {
    const w = this.words;
    const row = this.#scalars[Scalar.ACCOUNT_MARKET_TOP];
    this.#scalars[Scalar.ACCOUNT_MARKET_TOP] = row + AccountMarket.WORDS;
    const head = hashPair(account, market) & (this.heads.length - 1);
    w[row + AccountMarket.ACCOUNT] = account;
    w[row + AccountMarket.MARKET] = market;
    w[row + AccountMarket.BASE_ROW] = baseRow;
    w[row + AccountMarket.QUOTE_ROW] = quoteRow;
    w[row + AccountMarket.CHAIN] = this.heads[head];
    this.heads[head] = row;
    return row;
  }
}
