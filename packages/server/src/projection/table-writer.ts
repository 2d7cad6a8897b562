import { type Event, OrderBlock, readText, WordBuffer } from "@buttonwood/protocol";
import type Database from "libsql";
import { BulkInsert } from "./bulk-insert.js";
import { addTrade, BASE_LENGTHS_S, type Candle, flatCandle } from "./candle.js";
import { clientHashAt } from "./client-hash.js";
import type { Fill } from "./event-scan.js";

const US_PER_SECOND = 1_000_000;
const US_PER_MINUTE = 60 * US_PER_SECOND;

/** An order that waits to be written: the words of its last event, then doubles of our own. */
const Pending = { UPDATED_US: 30, FIRST_TRADE_ID: 32, LAST_TRADE_ID: 34, WORDS: 36 } as const;

const ORDER_COLUMNS = [
  "order_id",
  "account",
  "market",
  "kind",
  "price_ticks",
  "stop_ticks",
  "lots",
  "executed_lots",
  "executed_quote",
  "quote_amount",
  "created_us",
  "working_us",
  "updated_us",
  "status",
  "prevented_lots",
  "first_trade_id",
  "last_trade_id",
  "client_order_id",
  "client_hash",
] as const;

const CANDLE_COLUMNS = [
  "market",
  "length_s",
  "open_s",
  "open_ticks",
  "high_ticks",
  "low_ticks",
  "close_ticks",
  "lots",
  "quote",
  "trades",
  "taker_buy_lots",
  "taker_buy_quote",
  "first_trade_id",
  "last_trade_id",
] as const;

/** What the tables know of a market. */
export interface MarketRow {
  readonly market: number;
  readonly symbol: string;
  readonly referenceTicks: number;
  readonly tickLotUnits: number;
  updateId: number;
}

/**
 * Gathers what events say and writes it in one transaction with the position. An order that changes several times
 * between two flushes is written once.
 */
export class TableWriter {
  readonly #db: Database.Database;
  readonly #orderIds = new Map<number, number>();
  readonly #pending = new WordBuffer(1 << 16);
  readonly #levels = new Map<number, Map<number, number>>();
  readonly #markets = new Map<number, MarketRow>();
  readonly #assetDecimals = new Map<number, number>();
  readonly #marketsDirty = new Set<MarketRow>();
  /** Open candle of each market and base length. */
  readonly #candles = new Map<number, Candle[]>();
  readonly #candlesDirty = new Map<Candle, { market: number; lengthS: number }>();
  readonly #insertOrders: BulkInsert;
  readonly #insertTrades: BulkInsert;
  readonly #insertAccountTrades: BulkInsert;
  readonly #insertLevels: BulkInsert;
  readonly #insertCandles: BulkInsert;
  readonly #insertMinutes: BulkInsert;
  readonly #setUpdateId: Database.Statement;
  readonly #setProgress: Database.Statement;
  #listings: [sql: string, cells: (number | string)[]][] = [];
  #minuteEndUs = 0;
  #sequence: number;
  #timeUs: number;
  #flushedSequence: number;
  #rowsWritten = 0;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#insertOrders = new BulkInsert(
      db,
      "orders",
      ORDER_COLUMNS,
      `on conflict (order_id) do update set
        price_ticks = excluded.price_ticks, stop_ticks = excluded.stop_ticks, lots = excluded.lots,
        executed_lots = excluded.executed_lots, executed_quote = excluded.executed_quote,
        working_us = excluded.working_us, updated_us = excluded.updated_us, status = excluded.status,
        prevented_lots = excluded.prevented_lots,
        first_trade_id = case when first_trade_id = 0 then excluded.first_trade_id else first_trade_id end,
        last_trade_id = max(last_trade_id, excluded.last_trade_id)`,
    );
    this.#insertTrades = new BulkInsert(
      db,
      "trade",
      [
        "market",
        "trade_id",
        "price_ticks",
        "lots",
        "quote",
        "time_us",
        "buy_order_id",
        "sell_order_id",
        "buyer_is_maker",
      ],
      "",
    );
    this.#insertAccountTrades = new BulkInsert(
      db,
      "account_trade",
      ["account", "market", "trade_id", "order_id", "side", "is_maker", "fee", "fee_asset"],
      "",
    );
    this.#insertLevels = new BulkInsert(
      db,
      "level",
      ["market", "side", "price_ticks", "lots"],
      "on conflict do update set lots = excluded.lots",
    );
    this.#insertCandles = new BulkInsert(
      db,
      "candle",
      CANDLE_COLUMNS,
      `on conflict do update set ${CANDLE_COLUMNS.slice(3)
        .map((column) => `${column} = excluded.${column}`)
        .join(", ")}`,
    );
    this.#insertMinutes = new BulkInsert(
      db,
      "minute",
      ["minute", "first_order_id"],
      "on conflict (minute) do nothing",
    );
    this.#setUpdateId = db.prepare("update market set update_id = ? where market = ?");
    this.#setProgress = db.prepare(
      "insert into progress (id, sequence, time_us, journal) values (1, ?, ?, '') on conflict (id) do update set sequence = excluded.sequence, time_us = excluded.time_us",
    );
    const progress = db.prepare("select sequence, time_us from progress").get() as
      | { sequence: number; time_us: number }
      | undefined;
    this.#sequence = progress?.sequence ?? 0;
    this.#timeUs = progress?.time_us ?? 0;
    this.#flushedSequence = this.#sequence;
    this.#load();
  }

  /** Last sequence taken in, written or not. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Commands taken in and not yet written. */
  get unwritten(): number {
    return this.#sequence - this.#flushedSequence;
  }

  /** Time of the last command taken in. */
  get timeUs(): number {
    return this.#timeUs;
  }

  /** Rows written since the start. */
  get rowsWritten(): number {
    return this.#rowsWritten;
  }

  markets(): Iterable<MarketRow> {
    return this.#markets.values();
  }

  market(market: number): MarketRow | undefined {
    return this.#markets.get(market);
  }

  /** A command's group begins. */
  group(sequence: number, timeUs: number): void {
    this.#sequence = sequence;
    this.#timeUs = timeUs;
    if (timeUs >= this.#minuteEndUs) {
      const minute = Math.floor(timeUs / US_PER_MINUTE);
      this.#minuteEndUs = (minute + 1) * US_PER_MINUTE;
      this.#insertMinutes.add(minute, sequence * 4);
    }
  }

  order(buffer: WordBuffer, at: number, tradeId: number): void {
    const orderId = buffer.f64[(at + OrderBlock.ORDER_ID) >> 1]!;
    const pending = this.#pending;
    let slot = this.#orderIds.get(orderId);
    if (slot === undefined) {
      slot = pending.reserve(Pending.WORDS);
      pending.f64[(slot + Pending.FIRST_TRADE_ID) >> 1] = tradeId;
      pending.f64[(slot + Pending.LAST_TRADE_ID) >> 1] = tradeId;
      this.#orderIds.set(orderId, slot);
    } else if (tradeId !== 0) {
      if (pending.f64[(slot + Pending.FIRST_TRADE_ID) >> 1] === 0) {
        pending.f64[(slot + Pending.FIRST_TRADE_ID) >> 1] = tradeId;
      }
      pending.f64[(slot + Pending.LAST_TRADE_ID) >> 1] = tradeId;
    }
    const words = pending.i32;
    const source = buffer.i32;
    for (let i = 0; i < OrderBlock.END; i++) words[slot + i] = source[at + i]!;
    pending.f64[(slot + Pending.UPDATED_US) >> 1] = this.#timeUs;
  }

  trade(fill: Fill): void {
    const { market, tradeId, buyOrderId, sellOrderId, buyerIsMaker } = fill;
    const isMaker = buyerIsMaker ? 1 : 0;
    this.#insertTrades.add(
      market,
      tradeId,
      fill.priceTicks,
      fill.lots,
      fill.quote,
      fill.timeUs,
      buyOrderId,
      sellOrderId,
      isMaker,
    );
    const rows = this.#insertAccountTrades;
    rows.add(fill.buyAccount, market, tradeId, buyOrderId, 0, isMaker, fill.buyFee, fill.buyFeeAsset);
    rows.add(fill.sellAccount, market, tradeId, sellOrderId, 1, 1 - isMaker, fill.sellFee, fill.sellFeeAsset);
    this.#addToCandles(fill);
  }

  level(market: number, side: number, priceTicks: number, lots: number, updateId: number): void {
    let levels = this.#levels.get(market);
    if (levels === undefined) {
      levels = new Map();
      this.#levels.set(market, levels);
    }
    levels.set(priceTicks * 2 + side, lots);
    const row = this.#markets.get(market)!;
    row.updateId = updateId;
    this.#marketsDirty.add(row);
  }

  /** ASSET_LISTED or MARKET_LISTED: rare, so without a bulk statement. */
  listed(event: Event & { kind: "ASSET_LISTED" | "MARKET_LISTED" }): void {
    if (event.kind === "ASSET_LISTED") {
      this.#assetDecimals.set(event.asset, event.decimals);
      this.#listings.push([
        "insert or replace into asset (asset, name, decimals) values (?, ?, ?)",
        [event.asset, event.name, event.decimals],
      ]);
      return;
    }
    const decimals = this.#assetDecimals.get(event.quoteAsset)!;
    const exponent = decimals - event.tickDecimals - event.lotDecimals;
    const mantissa = BigInt(event.tickMantissa) * BigInt(event.lotMantissa);
    const scale = 10n ** BigInt(Math.abs(exponent));
    const tickLotUnits = Number(exponent >= 0 ? mantissa * scale : mantissa / scale);
    const { market, symbol, referenceTicks } = event;
    this.#markets.set(market, { market, symbol, referenceTicks, tickLotUnits, updateId: 0 });
    this.#listings.push([
      "insert or replace into market (market, symbol, base_asset, quote_asset, reference_ticks, tick_lot_units, update_id) values (?, ?, ?, ?, ?, ?, 0)",
      [market, symbol, event.baseAsset, event.quoteAsset, referenceTicks, tickLotUnits],
    ]);
  }

  /** Writes all that was gathered, with the position, in one transaction. Throws when the store fails. */
  flush(): void {
    if (this.#sequence === this.#flushedSequence) return;
    const db = this.#db;
    db.exec("begin");
    try {
      for (const [sql, cells] of this.#listings) db.prepare(sql).run(cells);
      this.#addOrders();
      for (const [market, levels] of this.#levels) {
        for (const [key, lots] of levels) {
          this.#insertLevels.add(market, key % 2, Math.floor(key / 2), lots);
        }
      }
      for (const [candle, { market, lengthS }] of this.#candlesDirty)
        this.#addCandle(market, lengthS, candle);
      for (const row of this.#marketsDirty) this.#setUpdateId.run([row.updateId, row.market]);
      this.#rowsWritten +=
        this.#insertOrders.write() +
        this.#insertTrades.write() +
        this.#insertAccountTrades.write() +
        this.#insertLevels.write() +
        this.#insertCandles.write() +
        this.#insertMinutes.write();
      this.#setProgress.run([this.#sequence, this.#timeUs]);
      db.exec("commit");
    } catch (error) {
      if (db.inTransaction) db.exec("rollback");
      throw error;
    }
    this.#flushedSequence = this.#sequence;
    this.#listings = [];
    this.#orderIds.clear();
    this.#pending.clear();
    this.#levels.clear();
    this.#candlesDirty.clear();
    this.#marketsDirty.clear();
  }

  #addOrders(): void {
    const { i32, f64 } = this.#pending;
    for (const [orderId, slot] of this.#orderIds) {
      const status = i32[slot + OrderBlock.STATUS]!;
      const account = i32[slot + 1]!;
      this.#insertOrders.add(
        orderId,
        account,
        i32[slot + OrderBlock.MARKET]!,
        i32[slot + OrderBlock.KIND]!,
        i32[slot + OrderBlock.PRICE_TICKS]!,
        i32[slot + OrderBlock.STOP_TICKS]!,
        i32[slot + OrderBlock.LOTS]!,
        i32[slot + OrderBlock.EXECUTED_LOTS]!,
        f64[(slot + OrderBlock.EXECUTED_QUOTE) >> 1]!,
        f64[(slot + OrderBlock.QUOTE_AMOUNT) >> 1]!,
        f64[(slot + OrderBlock.CREATED_US) >> 1]!,
        f64[(slot + OrderBlock.WORKING_US) >> 1]!,
        f64[(slot + Pending.UPDATED_US) >> 1]!,
        status & 0xff,
        i32[slot + OrderBlock.PREVENTED_LOTS]!,
        f64[(slot + Pending.FIRST_TRADE_ID) >> 1]!,
        f64[(slot + Pending.LAST_TRADE_ID) >> 1]!,
        readText(this.#pending, slot + OrderBlock.ID, (status >> 8) & 0xff),
        clientHashAt(this.#pending, slot, account),
      );
    }
  }

  #addToCandles(fill: Fill): void {
    const { market } = fill;
    const second = Math.floor(fill.timeUs / US_PER_SECOND);
    let candles = this.#candles.get(market);
    if (candles === undefined) {
      candles = [];
      this.#candles.set(market, candles);
    }
    for (let i = 0; i < BASE_LENGTHS_S.length; i++) {
      const lengthS = BASE_LENGTHS_S[i]!;
      const openUs = Math.floor(second / lengthS) * lengthS * US_PER_SECOND;
      let candle = candles[i];
      if (candle === undefined || candle.openUs !== openUs) {
        candle = flatCandle(openUs, openUs + lengthS * US_PER_SECOND - 1, fill.priceTicks);
        candles[i] = candle;
      }
      addTrade(candle, fill);
      if (!this.#candlesDirty.has(candle)) this.#candlesDirty.set(candle, { market, lengthS });
    }
  }

  #addCandle(market: number, lengthS: number, candle: Candle): void {
    this.#insertCandles.add(
      market,
      lengthS,
      candle.openUs / US_PER_SECOND,
      candle.openTicks,
      candle.highTicks,
      candle.lowTicks,
      candle.closeTicks,
      candle.lots,
      candle.quote,
      candle.trades,
      candle.takerBuyLots,
      candle.takerBuyQuote,
      candle.firstTradeId,
      candle.lastTradeId,
    );
  }

  #load(): void {
    const db = this.#db;
    this.#minuteEndUs = (Math.floor(this.#timeUs / US_PER_MINUTE) + 1) * US_PER_MINUTE;
    if (this.#sequence === 0) this.#minuteEndUs = 0;
    for (const row of db.prepare("select asset, decimals from asset").all() as {
      asset: number;
      decimals: number;
    }[]) {
      this.#assetDecimals.set(row.asset, row.decimals);
    }
    const markets = db.prepare(
      `select market, symbol, reference_ticks as referenceTicks, tick_lot_units as tickLotUnits,
        update_id as updateId from market order by market`,
    );
    const lastCandle = db.prepare(
      `select open_s as openUs, open_ticks as openTicks, high_ticks as highTicks, low_ticks as lowTicks,
        close_ticks as closeTicks, lots, quote, trades, taker_buy_lots as takerBuyLots,
        taker_buy_quote as takerBuyQuote, first_trade_id as firstTradeId, last_trade_id as lastTradeId
        from candle where market = ? and length_s = ? order by open_s desc limit 1`,
    );
    for (const { market, symbol, referenceTicks, tickLotUnits, updateId } of markets.all() as MarketRow[]) {
      this.#markets.set(market, { market, symbol, referenceTicks, tickLotUnits, updateId });
      const candles: Candle[] = [];
      for (const [i, lengthS] of BASE_LENGTHS_S.entries()) {
        const last = lastCandle.get([market, lengthS]) as Candle | undefined;
        if (last === undefined) continue;
        const openUs = last.openUs * US_PER_SECOND;
        candles[i] = { ...last, openUs, closeUs: openUs + lengthS * US_PER_SECOND - 1 };
      }
      this.#candles.set(market, candles);
    }
    // Levels that are gone stay as rows until here, where nobody waits: deleting them at each flush costs more.
    db.exec("delete from level where lots = 0");
  }
}
