import { ASSET_WORDS } from "../instrument/asset-table.js";
import { MARKET_WORDS } from "../instrument/market-table.js";
import {
  NODE_TOP,
  ORDER_TOP,
  ORDER_WORDS,
  PAGE_HEADER_WORDS,
  PAGE_TOP,
  PAGE_WORDS,
} from "../order-book/layout.js";
import { COLD_WORDS } from "../orders/order-store.js";
import { ACCOUNT_MARKET_TOP, ACCOUNTS, ASSETS, BALANCE_TOP, ID_TOP, MARKETS } from "../state/scalars.js";
import { ACCOUNT_NAME_WORDS, type State } from "../state/state.js";

/** A run of words that a snapshot holds: the used part of a table. */
export interface Segment {
  readonly name: string;
  readonly words: Int32Array;
  readonly start: number;
  /** First word behind the used part. */
  readonly end: number;
}

/** The small tables that say how much of the others is in use. They lead, so that a reader has them first. */
export function leadingSegments(state: State): Segment[] {
  const { books, scalars } = state;
  const scalarWords = new Int32Array(scalars.buffer);
  return [
    whole("scalars", scalarWords),
    { name: "globals and books", words: books.words, start: 0, end: books.regions.heads },
  ];
}

/** All other tables, each up to where it is in use. Hash heads are left out: restoring builds them anew. */
export function tableSegments(state: State): Segment[] {
  const { books, scalars, orders, accountMarkets, balances, ids, markets, assets } = state;
  const m = books.words;
  const at = books.regions;
  const part = (name: string, words: Int32Array, start: number, end: number): Segment => ({
    name,
    words,
    start,
    end,
  });
  const pages = (m[PAGE_TOP] - at.pages) / PAGE_WORDS;
  const usedOrders = (m[ORDER_TOP] - at.orders) / ORDER_WORDS;
  return [
    part("directory nodes", m, at.nodes, m[NODE_TOP]),
    part("page headers", m, at.headers, at.headers + pages * PAGE_HEADER_WORDS),
    part("levels", m, at.pages, m[PAGE_TOP]),
    part("orders", m, at.orders, m[ORDER_TOP]),
    part("order records", orders.words, 0, usedOrders * COLD_WORDS),
    part("assets", assets.words, 0, scalars[ASSETS] * ASSET_WORDS),
    part("markets", markets.words, 0, scalars[MARKETS] * MARKET_WORDS),
    part("accounts", state.accountStatus, 0, scalars[ACCOUNTS]),
    part("account balances", state.accountBalances, 0, scalars[ACCOUNTS]),
    part("account names", state.accountNames, 0, scalars[ACCOUNTS] * ACCOUNT_NAME_WORDS),
    part("balances", balances.words, 0, scalars[BALANCE_TOP]),
    part("account markets", accountMarkets.words, 0, scalars[ACCOUNT_MARKET_TOP]),
    part("remembered ids", ids.words, 0, scalars[ID_TOP]),
  ];
}

const whole = (name: string, words: Int32Array): Segment => ({ name, words, start: 0, end: words.length });
