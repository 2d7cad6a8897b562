import { hashHeads, hashPair } from "../state/hash-heads.js";
import { ACCOUNT_MARKET_TOP } from "../state/scalars.js";
import { newTable } from "../state/table.js";

// Words of a row.
export const AM_ACCOUNT = 0;
export const AM_MARKET = 1;
/** Open orders, stops included. */
export const AM_OPEN = 2;
/** Stops not yet triggered. */
export const AM_STOPS = 3;
/** First and last open order, in order of their ids. */
export const AM_FIRST = 4;
export const AM_LAST = 5;
const AM_CHAIN = 6;
/** The account's balances of the market's assets, so that settling a trade looks nothing up. */
export const AM_BASE_ROW = 7;
export const AM_QUOTE_ROW = 8;
/** A cache line. */
export const ACCOUNT_MARKET_WORDS = 16;

/** What an account has on a market: counts, its list of open orders, its two balances. Rows stay. */
export class AccountMarkets {
  readonly words: Int32Array;
  readonly heads: Int32Array;
  readonly #scalars: Float64Array;
  readonly #max: number;

  constructor(max: number, scalars: Float64Array) {
    this.words = newTable((max + 1) * ACCOUNT_MARKET_WORDS).words;
    this.heads = hashHeads(max);
    this.#scalars = scalars;
    this.#max = max;
    scalars[ACCOUNT_MARKET_TOP] = ACCOUNT_MARKET_WORDS;
  }

  get hasRoom(): boolean {
    return this.#scalars[ACCOUNT_MARKET_TOP] / ACCOUNT_MARKET_WORDS <= this.#max;
  }

  /** The row, or 0. */
  find(account: number, market: number): number {
    const w = this.words;
    let row = this.heads[hashPair(account, market) & (this.heads.length - 1)];
    while (row !== 0 && (w[row + AM_ACCOUNT] !== account || w[row + AM_MARKET] !== market)) {
      row = w[row + AM_CHAIN];
    }
    return row;
  }

  /** Makes the index anew from the rows. */
  rebuildIndex(): void {
    const w = this.words;
    this.heads.fill(0);
    for (
      let row = ACCOUNT_MARKET_WORDS;
      row < this.#scalars[ACCOUNT_MARKET_TOP];
      row += ACCOUNT_MARKET_WORDS
    ) {
      const head = hashPair(w[row + AM_ACCOUNT], w[row + AM_MARKET]) & (this.heads.length - 1);
      w[row + AM_CHAIN] = this.heads[head];
      this.heads[head] = row;
    }
  }

  /** Takes a row that `find` did not find. There must be room. */
  take(account: number, market: number, baseRow: number, quoteRow: number): number {
    const w = this.words;
    const row = this.#scalars[ACCOUNT_MARKET_TOP];
    this.#scalars[ACCOUNT_MARKET_TOP] = row + ACCOUNT_MARKET_WORDS;
    const head = hashPair(account, market) & (this.heads.length - 1);
    w[row + AM_ACCOUNT] = account;
    w[row + AM_MARKET] = market;
    w[row + AM_BASE_ROW] = baseRow;
    w[row + AM_QUOTE_ROW] = quoteRow;
    w[row + AM_CHAIN] = this.heads[head];
    this.heads[head] = row;
    return row;
  }
}
