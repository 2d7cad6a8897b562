import { CLIENT_ID_WORDS, WordBuffer } from "@buttonwood/protocol";
import { IdMemory } from "../client-ids/id-memory.js";
import type { CoreConfig } from "../config.js";
import { AssetTable } from "../instrument/asset-table.js";
import { MarketTable } from "../instrument/market-table.js";
import { AccountMarkets } from "../ledger/account-markets.js";
import { Balances } from "../ledger/balances.js";
import { Channels } from "../ledger/channels.js";
import { OrderBooks } from "../order-book/order-books.js";
import { OrderStore } from "../orders/order-store.js";
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
  readonly accountMarkets: AccountMarkets;
  readonly balances: Balances;
  readonly channels: Channels;
  readonly ids: IdMemory;
  readonly markets: MarketTable;
  readonly assets: AssetTable;
  /** Status by account. */
  readonly accountStatus: Int32Array;
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
      books: config.marketsMax * 3,
      maxOpenOrders: config.openOrdersMax,
      maxPages: config.pricePagesMax,
      // The last two bits of an order id count the orders of one command.
      idShift: 2,
    });
    this.accountMarkets = new AccountMarkets(config.accountMarketsMax, this.scalars);
    this.orders = new OrderStore(this.books, this.accountMarkets, this.digest);
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
}
