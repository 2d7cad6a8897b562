import { AssetRow } from "../instrument/asset-table.js";
import { MarketRow } from "../instrument/market-table.js";
import { Channel } from "../ledger/channels.js";
import { Global, Hot, Page, PageHeader } from "../order-book/layout.js";
import { Cold, Link } from "../orders/order-store.js";
import { Scalar } from "../state/scalars.js";
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
  const { books, scalars, orders, terms, lists, accountMarkets, balances, channels, ids, markets, assets } =
    state;
  const countdownWords = new Int32Array(state.countdownsUs.buffer);
  const m = books.words;
  const at = books.regions;
  const part = (name: string, words: Int32Array, start: number, end: number): Segment => ({
    name,
    words,
    start,
    end,
  });
  const pages = (m[Global.PAGE_TOP] - at.pages) / Page.WORDS;
  const usedOrders = (m[Global.ORDER_TOP] - at.orders) / Hot.WORDS;
  return [
    part("directory nodes", m, at.nodes, m[Global.NODE_TOP]),
    part("page headers", m, at.headers, at.headers + pages * PageHeader.WORDS),
    part("levels", m, at.pages, m[Global.PAGE_TOP]),
    part("orders", m, at.orders, m[Global.ORDER_TOP]),
    part("order records", orders.words, 0, usedOrders * Cold.WORDS),
    part("order links", orders.links, 0, usedOrders * Link.WORDS),
    part("order terms", terms.words, 0, scalars[Scalar.TERMS_TOP]),
    part("order lists", lists.words, 0, scalars[Scalar.LIST_TOP]),
    part("assets", assets.words, 0, scalars[Scalar.ASSETS] * AssetRow.WORDS),
    part("markets", markets.words, 0, scalars[Scalar.MARKETS] * MarketRow.WORDS),
    part("accounts", state.accountStatus, 0, scalars[Scalar.ACCOUNTS]),
    part("countdowns", countdownWords, 0, 2 * scalars[Scalar.ACCOUNTS]),
    part("account balances", state.accountBalances, 0, scalars[Scalar.ACCOUNTS]),
    part("account names", state.accountNames, 0, scalars[Scalar.ACCOUNTS] * ACCOUNT_NAME_WORDS),
    part("balances", balances.words, 0, scalars[Scalar.BALANCE_TOP]),
    part("channels", channels.words, 0, channels.count * Channel.WORDS),
    part("outboxes", channels.outboxWords, 0, channels.outboxWordsUsed),
    part("account markets", accountMarkets.words, 0, scalars[Scalar.ACCOUNT_MARKET_TOP]),
    part("remembered ids", ids.words, 0, scalars[Scalar.ID_TOP]),
  ];
}

const whole = (name: string, words: Int32Array): Segment => ({ name, words, start: 0, end: words.length });
