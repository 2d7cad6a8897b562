import { CLIENT_ID_WORDS, WordBuffer } from "@buttonwood/protocol";
import { IdMemory } from "../client-ids/id-memory.js";
import type { CoreConfig } from "../config.js";
import { AssetTable } from "../instrument/asset-table.js";
import { BOOKS_PER_MARKET, MarketTable } from "../instrument/market-table.js";
import { AccountMarkets } from "../ledger/account-markets.js";
import { Balances } from "../ledger/balances.js";
import { Channels } from "../ledger/channels.js";
import { OrderBooks } from "../order-book/order-books.js";
import { ListTable } from "../orders/list-table.js";
import { Cold, OrderStore } from "../orders/order-store.js";
import { Terms, TermsTable } from "../orders/terms-table.js";
import { Deadlines } from "./deadlines.js";
import { DigestSum } from "./digest-sum.js";
import { Scalar } from "./scalars.js";

/** Words of an account's row in `accountNames`. */
export const ACCOUNT_NAME_WORDS = 1 + CLIENT_ID_WORDS;

/** Everything a core knows, in flat typed arrays, and the buffer its events go to. */
export class State {
  readonly config: CoreConfig;
  /** Single numbers, see scalars.ts. */
  readonly scalars = new Float64Array(Scalar.COUNT);
  readonly digest = new DigestSum();
  readonly books: OrderBooks;
  readonly orders: OrderStore;
  readonly terms: TermsTable;
  readonly lists: ListTable;
  /** By order id: orders that are good till a date. Follows from the orders. */
  readonly goodTill: Deadlines;
  /** By account: when its orders will all be canceled. Follows from {@link countdownsUs}. */
  readonly countdowns: Deadlines;
  readonly accountMarkets: AccountMarkets;
  readonly balances: Balances;
  readonly channels: Channels;
  readonly ids: IdMemory;
  readonly markets: MarketTable;
  readonly assets: AssetTable;
  /** Status by account. */
  readonly accountStatus: Int32Array;
  /** When all orders of an account will be canceled, µs, by account; 0: never. */
  readonly countdownsUs: Float64Array;
  /** The first balance row of each account. */
  readonly accountBalances: Int32Array;
  /** Name by account: its length in bytes, then its text. */
  readonly accountNames: Int32Array;
  readonly out = new WordBuffer(1 << 16);
  /** Where the RESULT of the command at hand stands in `out`. */
  resultAt = 0;

  constructor(config: CoreConfig) {
    this.config = config;
    this.books = new OrderBooks({
      books: config.marketsMax * BOOKS_PER_MARKET,
      maxOpenOrders: config.openOrdersMax,
      maxPages: config.pricePagesMax,
      // The last two bits of an order id count the orders of one command.
      idShift: 2,
    });
    this.accountMarkets = new AccountMarkets(config.accountMarketsMax, this.scalars);
    this.terms = new TermsTable(config.specialOrdersMax, this.scalars, this.digest);
    this.lists = new ListTable(config.specialOrdersMax, this.scalars, this.digest);
    this.orders = new OrderStore(this.books, this.accountMarkets, this.terms, this.digest);
    this.goodTill = new Deadlines((timeUs, id) => this.#isGoodTill(timeUs, id));
    this.countdownsUs = new Float64Array(config.accountsMax);
    this.countdowns = new Deadlines((timeUs, account) => this.countdownsUs[account] === timeUs);
    this.balances = new Balances(config.balancesMax, this.scalars, this.digest);
    this.channels = new Channels(config.outboxMax, this.scalars, this.digest);
    this.ids = new IdMemory(config.rememberedIdsMax, this.scalars, this.digest, this.books);
    this.markets = new MarketTable(config.marketsMax, this.books);
    this.assets = new AssetTable(config.assetsMax);
    this.accountStatus = new Int32Array(config.accountsMax);
    this.accountBalances = new Int32Array(config.accountsMax);
    this.accountNames = new Int32Array(config.accountsMax * ACCOUNT_NAME_WORDS);
    // The house is there from the start.
    this.scalars[Scalar.ACCOUNTS] = 1;
  }

  /** Whether the order with an id is open and good till a time. */
  #isGoodTill(timeUs: number, id: number): boolean {
    const { books, orders, terms } = this;
    const order = books.find(id | 0, (id / 0x1_0000_0000) | 0);
    const row = order === 0 ? 0 : orders.words[orders.cold(order) + Cold.TERMS];
    return row !== 0 && terms.doubles[(row + Terms.EXPIRES_US) >> 1] === timeUs;
  }
}
