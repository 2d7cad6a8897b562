import type { MarketFields, OrderState } from "@buttonwood/protocol";
import {
  CLIENT_ID_WORDS,
  ListMarket,
  OrderBlock,
  readMarket,
  readOrderState,
  readPaddedText,
  readText,
  WordBuffer,
  writeText,
} from "@buttonwood/protocol";
import { findByClientId } from "../commands/order-lookup.js";
import { A_DECIMALS, A_HOUSE_ROW, A_NAME, A_SUPPLY, ASSET_WORDS } from "../instrument/asset-table.js";
import {
  M_BOOK,
  M_LAST,
  M_LOT_UNITS,
  M_STATUS,
  M_TICK_LOT_UNITS,
  M_TRADE_NEXT,
  M_UPDATE_ID,
} from "../instrument/market-table.js";
import { AM_FIRST } from "../ledger/account-markets.js";
import { BALANCE_ASSET, BALANCE_NEXT, LOCKED } from "../ledger/balances.js";
import { ACCOUNT } from "../order-book/layout.js";
import { CLIENT_ID, NEXT_OPEN } from "../orders/order-store.js";
import { copy9, copy16 } from "../state/copy-words.js";
import { ACCOUNTS, ASSETS, MARKETS } from "../state/scalars.js";
import { ACCOUNT_NAME_WORDS, type State } from "../state/state.js";

export interface BalanceView {
  readonly asset: number;
  /** Smallest units, 0…2^52. */
  readonly free: number;
  readonly locked: number;
}

export interface AssetView {
  readonly asset: number;
  readonly name: string;
  readonly decimals: number;
  /** Deposits less withdrawals, smallest units. */
  readonly supply: number;
}

export interface MarketView extends MarketFields {
  readonly status: number;
  readonly lastTicks: number;
  /** Units of base in a lot; units of quote for a lot at one tick. */
  readonly lotUnits: number;
  readonly tickLotUnits: number;
  /** Trades so far. */
  readonly trades: number;
  /** Update id of the last LEVEL. */
  readonly updateId: number;
}

export interface DepthView {
  /** Update id of the last LEVEL event that is part of these levels. */
  readonly updateId: number;
  /** [ticks, lots], best first. */
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
}

/** Reads a core's live state as objects, for gateways and tests. Costs what it returns. */
export class CoreQueries {
  readonly #state: State;
  readonly #scratch = new WordBuffer(64);

  constructor(state: State) {
    this.#state = state;
  }

  /** The open order with this id, or undefined. */
  order(orderId: number): OrderState | undefined {
    if (!Number.isSafeInteger(orderId) || orderId < 1) return undefined;
    return this.#view(this.#state.books.find(orderId | 0, (orderId / 0x1_0000_0000) | 0));
  }

  /** The open order that an account gave this client id, or undefined. */
  orderByClientId(account: number, clientOrderId: string): OrderState | undefined {
    const words = this.#scratch;
    if (clientOrderId.length > CLIENT_ID_WORDS * 4 || !/^[\x20-\x7e]+$/.test(clientOrderId)) return undefined;
    const length = writeText(words, 0, CLIENT_ID_WORDS, clientOrderId);
    return this.#view(findByClientId(this.#state, account, length, words.i32, 0));
  }

  /** An account's open orders, of one market or of all, by market and order id. */
  openOrders(account: number, market?: number): OrderState[] {
    const { accountMarkets, orders, scalars } = this.#state;
    const found: OrderState[] = [];
    const first = market ?? 0;
    const last = market ?? scalars[MARKETS] - 1;
    for (let m = first; m <= last; m++) {
      const row = accountMarkets.find(account, m);
      for (
        let order = accountMarkets.words[row + AM_FIRST];
        order !== 0;
        order = orders.words[orders.cold(order) + NEXT_OPEN]
      ) {
        found.push(this.#view(order)!);
      }
    }
    return found;
  }

  /** An account's balances, by asset. Those that never were are not listed. */
  balances(account: number): BalanceView[] {
    const { balances, accountBalances, scalars } = this.#state;
    const found: BalanceView[] = [];
    if (!(account >= 0 && account < scalars[ACCOUNTS])) return found;
    for (let row = accountBalances[account]; row !== 0; row = balances.words[row + BALANCE_NEXT]) {
      found.push({
        asset: balances.words[row + BALANCE_ASSET],
        free: balances.doubles[row >> 1],
        locked: balances.doubles[(row + LOCKED) >> 1],
      });
    }
    return found.sort((a, b) => a.asset - b.asset);
  }

  /** Number of accounts, the house included; their numbers are 0…accounts − 1. */
  get accounts(): number {
    return this.#state.scalars[ACCOUNTS];
  }

  /** Whether an account is frozen; undefined if there is no such account. */
  accountStatus(account: number): number | undefined {
    return account >= 0 && account < this.accounts ? this.#state.accountStatus[account] : undefined;
  }

  /** An account's name; "" for the house. */
  accountName(account: number): string {
    const { accountNames } = this.#state;
    const row = account * ACCOUNT_NAME_WORDS;
    return readText(wordsOf(accountNames), row + 1, accountNames[row]);
  }

  get openOrderCount(): number {
    return this.#state.books.orderCount;
  }

  assets(): AssetView[] {
    const { assets, scalars } = this.#state;
    const words = wordsOf(assets.words);
    return Array.from({ length: scalars[ASSETS] }, (_, asset) => {
      const row = assets.row(asset);
      return {
        asset,
        name: readPaddedText(words, row + A_NAME, ASSET_WORDS - A_NAME),
        decimals: assets.words[row + A_DECIMALS],
        supply: assets.doubles[(row + A_SUPPLY) >> 1],
      };
    });
  }

  /** What the house has earned in an asset: its balance row. */
  houseBalance(asset: number): number {
    const { assets, balances } = this.#state;
    return balances.doubles[assets.words[assets.row(asset) + A_HOUSE_ROW] >> 1];
  }

  markets(): MarketView[] {
    return Array.from({ length: this.#state.scalars[MARKETS] }, (_, market) => this.market(market)!);
  }

  market(market: number): MarketView | undefined {
    const { markets, scalars } = this.#state;
    if (!(market >= 0 && market < scalars[MARKETS])) return undefined;
    const row = markets.row(market);
    const w = markets.words;
    const f = markets.doubles;
    return {
      ...readMarket(wordsOf(w), row - ListMarket.MARKET),
      status: w[row + M_STATUS],
      lastTicks: w[row + M_LAST],
      lotUnits: f[(row + M_LOT_UNITS) >> 1],
      tickLotUnits: f[(row + M_TICK_LOT_UNITS) >> 1],
      trades: f[(row + M_TRADE_NEXT) >> 1] - 1,
      updateId: f[(row + M_UPDATE_ID) >> 1],
    };
  }

  /** The best `limit` levels of both sides. */
  depth(market: number, limit: number): DepthView {
    const { markets } = this.#state;
    const row = markets.row(market);
    return {
      updateId: markets.doubles[(row + M_UPDATE_ID) >> 1],
      bids: this.#levels(markets.words[row + M_BOOK], 0, limit),
      asks: this.#levels(markets.words[row + M_BOOK], 1, limit),
    };
  }

  #levels(book: number, side: number, limit: number): [number, number][] {
    const { books } = this.#state;
    const levels: [number, number][] = [];
    let level = books.bestLevel(book, side);
    while (level !== 0 && levels.length < limit) {
      levels.push([books.directory.priceOf(level), books.lotsAt(level)]);
      level = books.nextLevel(book, side, level);
    }
    return levels;
  }

  #view(order: number): OrderState | undefined {
    if (order === 0) return undefined;
    const { orders, books } = this.#state;
    const { i32, f64 } = this.#scratch;
    const c = orders.cold(order);
    i32[1] = books.words[order + ACCOUNT];
    f64[OrderBlock.ORDER_ID >> 1] = orders.idOf(order);
    copy16(i32, OrderBlock.MARKET, orders.words, c);
    copy9(i32, OrderBlock.ID, orders.words, c + CLIENT_ID);
    return readOrderState(this.#scratch, 0);
  }
}

/** Lets the protocol's readers read a table in place. */
function wordsOf(table: Int32Array): WordBuffer {
  const words = new WordBuffer(2);
  words.i32 = table;
  words.f64 = new Float64Array(table.buffer, table.byteOffset, table.length >> 1);
  words.u8 = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
  return words;
}
