import type { MarketFields, OrderState } from "@buttonwood/protocol";
import {
  CLIENT_ID_WORDS,
  EventType,
  ListMarket,
  OrderBlock,
  OrderEvent,
  PARTITIONS_MAX,
  readMarket,
  readOrderState,
  readPaddedText,
  readText,
  TermsBlock,
  WordBuffer,
  writeText,
} from "@buttonwood/protocol";
import { IdEntry, NameSpace } from "../client-ids/id-memory.js";
import { findByClientId } from "../commands/order-lookup.js";
import { AssetRow } from "../instrument/asset-table.js";
import { MarketRow } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import { Balance } from "../ledger/balances.js";
import { Outgoing } from "../ledger/channels.js";
import { Hot } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import { copy9, copy16 } from "../state/copy-words.js";
import { Scalar } from "../state/scalars.js";
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
  /** Deposits less withdrawals, and received from other partitions less sent to them; smallest units. */
  readonly supply: number;
}

/** What accounts hold of an asset, and what came in and did not go out, counted on its own; smallest units. */
export interface SupplyView {
  readonly asset: number;
  /** Free, of all accounts but the house. */
  readonly free: number;
  /** Held for open orders. */
  readonly locked: number;
  /** What the house holds: fees. */
  readonly fees: number;
  /** Deposits less withdrawals, and received from other partitions less sent to them. */
  readonly supply: number;
}

/** A transfer that another partition has not acknowledged. */
export interface OutgoingView {
  readonly toPartition: number;
  /** The channel's number, from 1, gapless. */
  readonly channelSequence: number;
  readonly account: number;
  readonly asset: number;
  /** Smallest units. */
  readonly amount: number;
}

/** How far the channels to and from another partition are: numbers of the last transfers, 0 = none. */
export interface ChannelView {
  readonly partition: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly received: number;
}

export interface MarketView extends MarketFields {
  readonly status: number;
  readonly lastTicks: number;
  /** The price that its bands are around, 0: that of the last trade. */
  readonly bandReferenceTicks: number;
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
    const last = market ?? scalars[Scalar.MARKETS] - 1;
    for (let m = first; m <= last; m++) {
      const row = accountMarkets.find(account, m);
      for (
        let order = accountMarkets.words[row + AccountMarket.FIRST];
        order !== 0;
        order = orders.nextOpen(order)
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
    if (!(account >= 0 && account < scalars[Scalar.ACCOUNTS])) return found;
    for (let row = accountBalances[account]; row !== 0; row = balances.words[row + Balance.NEXT]) {
      found.push({
        asset: balances.words[row + Balance.ASSET],
        free: balances.doubles[row >> 1],
        locked: balances.doubles[(row + Balance.LOCKED) >> 1],
      });
    }
    return found.sort((a, b) => a.asset - b.asset);
  }

  /** What an account can spend of an asset, smallest units. */
  free(account: number, asset: number): number {
    const { balances } = this.#state;
    return balances.doubles[balances.find(account, asset) >> 1];
  }

  /** The channels that were used, by the other partition. */
  channels(): ChannelView[] {
    const { channels } = this.#state;
    return Array.from({ length: channels.count }, (_, partition) => ({
      partition,
      sent: channels.sent(partition),
      acknowledged: channels.acknowledged(partition),
      received: channels.received(partition),
    })).filter(({ sent, received }) => sent > 0 || received > 0);
  }

  /** Number of the last transfer that came in from another partition, 0 = none. */
  received(partition: number): number {
    return partition >= 0 && partition < PARTITIONS_MAX ? this.#state.channels.received(partition) : 0;
  }

  /** Transfers that no partition has acknowledged, by partition and number. */
  outbox(): OutgoingView[] {
    const { channels } = this.#state;
    const found: OutgoingView[] = [];
    for (const { partition, sent, acknowledged } of this.channels()) {
      for (let channelSequence = acknowledged + 1; channelSequence <= sent; channelSequence++) {
        const row = channels.outgoing(partition, channelSequence);
        found.push({
          toPartition: partition,
          channelSequence,
          account: channels.outboxWords[row + Outgoing.ACCOUNT],
          asset: channels.outboxWords[row + Outgoing.ASSET],
          amount: channels.outboxDoubles[(row + Outgoing.AMOUNT) >> 1],
        });
      }
    }
    return found;
  }

  /** Number of accounts, the house included; their numbers are 0…accounts − 1. */
  get accounts(): number {
    return this.#state.scalars[Scalar.ACCOUNTS];
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

  /**
   * Age of the oldest client id of an order or a list that is remembered, by the last command's time, in µs; 0 when
   * there is none.
   */
  get oldestIdAgeUs(): number {
    const { ids, scalars } = this.#state;
    // In a crowded memory, payments stand in the way that are older than any order's.
    let entry = ids.oldest;
    while (entry !== 0 && ids.words[entry + IdEntry.SPACE] === NameSpace.PAYMENTS) entry = ids.younger(entry);
    return entry === 0 ? 0 : scalars[Scalar.NOW] - ids.doubles[(entry + IdEntry.TIME) >> 1];
  }

  assets(): AssetView[] {
    const { assets, scalars } = this.#state;
    const words = wordsOf(assets.words);
    return Array.from({ length: scalars[Scalar.ASSETS] }, (_, asset) => {
      const row = assets.row(asset);
      return {
        asset,
        name: readPaddedText(words, row + AssetRow.NAME, AssetRow.WORDS - AssetRow.NAME),
        decimals: assets.words[row + AssetRow.DECIMALS],
        supply: assets.doubles[(row + AssetRow.SUPPLY) >> 1],
      };
    });
  }

  /**
   * By how much all balances of each asset together differ from its supply, summed over the assets in smallest units:
   * 0, or funds were made or lost. Reads every balance.
   */
  supplyDifference(): number {
    const { assets, balances, scalars } = this.#state;
    const differences = Float64Array.from(
      { length: scalars[Scalar.ASSETS] },
      (_, asset) => -assets.doubles[(assets.row(asset) + AssetRow.SUPPLY) >> 1],
    );
    const { words, doubles } = balances;
    for (let row = Balance.WORDS; row < scalars[Scalar.BALANCE_TOP]; row += Balance.WORDS) {
      differences[words[row + Balance.ASSET]] += doubles[row >> 1] + doubles[(row + Balance.LOCKED) >> 1];
    }
    return differences.reduce((sum, difference) => sum + Math.abs(difference), 0);
  }

  /** All balances of each asset together beside its supply: they are equal, or funds were made or lost. Reads every balance. */
  supplies(): SupplyView[] {
    const { assets, balances, scalars } = this.#state;
    const free = new Float64Array(scalars[Scalar.ASSETS]);
    const locked = new Float64Array(scalars[Scalar.ASSETS]);
    const { words, doubles } = balances;
    for (let row = Balance.WORDS; row < scalars[Scalar.BALANCE_TOP]; row += Balance.WORDS) {
      free[words[row + Balance.ASSET]] += doubles[row >> 1];
      locked[words[row + Balance.ASSET]] += doubles[(row + Balance.LOCKED) >> 1];
    }
    return Array.from(free, (sum, asset) => {
      const fees = this.houseBalance(asset);
      const supply = assets.doubles[(assets.row(asset) + AssetRow.SUPPLY) >> 1];
      return { asset, free: sum - fees, locked: locked[asset], fees, supply };
    });
  }

  /** What the house has earned in an asset: its balance row. */
  houseBalance(asset: number): number {
    const { assets, balances } = this.#state;
    return balances.doubles[assets.words[assets.row(asset) + AssetRow.HOUSE_ROW] >> 1];
  }

  markets(): MarketView[] {
    return Array.from({ length: this.#state.scalars[Scalar.MARKETS] }, (_, market) => this.market(market)!);
  }

  market(market: number): MarketView | undefined {
    const { markets, scalars } = this.#state;
    if (!(market >= 0 && market < scalars[Scalar.MARKETS])) return undefined;
    const row = markets.row(market);
    const w = markets.words;
    const f = markets.doubles;
    return {
      ...readMarket(wordsOf(w), row - ListMarket.MARKET),
      status: w[row + MarketRow.STATUS],
      lastTicks: w[row + MarketRow.LAST],
      bandReferenceTicks: w[row + MarketRow.BAND_REFERENCE],
      lotUnits: f[(row + MarketRow.LOT_UNITS) >> 1],
      tickLotUnits: f[(row + MarketRow.TICK_LOT_UNITS) >> 1],
      trades: f[(row + MarketRow.TRADE_NEXT) >> 1] - 1,
      updateId: f[(row + MarketRow.UPDATE_ID) >> 1],
    };
  }

  /** The best `limit` levels of both sides. */
  depth(market: number, limit: number): DepthView {
    const { markets } = this.#state;
    const row = markets.row(market);
    return {
      updateId: markets.doubles[(row + MarketRow.UPDATE_ID) >> 1],
      bids: this.#levels(markets.words[row + MarketRow.BOOK], 0, limit),
      asks: this.#levels(markets.words[row + MarketRow.BOOK], 1, limit),
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
    const { orders, books, terms } = this.#state;
    const { i32, f64 } = this.#scratch;
    const c = orders.cold(order);
    const row = orders.words[c + Cold.TERMS];
    const words = OrderEvent.WORDS + (row === 0 ? 0 : TermsBlock.WORDS);
    i32[0] = EventType.ORDER_ACCEPTED | (words << 8);
    if (row !== 0) terms.write(row, this.#scratch, OrderEvent.WORDS);
    i32[1] = books.words[order + Hot.ACCOUNT];
    f64[OrderBlock.ORDER_ID >> 1] = orders.idOf(order);
    copy16(i32, OrderBlock.MARKET, orders.words, c);
    copy9(i32, OrderBlock.ID, orders.words, c + Cold.CLIENT_ID);
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
