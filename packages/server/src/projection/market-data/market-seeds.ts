import type Database from "libsql";
import type { Candle } from "../candle.js";
import {
  AVERAGE_BUCKET_US,
  AVERAGE_WINDOW_US,
  DAY_US,
  MarketState,
  TICKER_BUCKET_US,
} from "./market-state.js";
import type { TradeWindow, WindowSums } from "./trade-window.js";

const US_PER_SECOND = 1_000_000;

interface BucketRow extends Omit<Candle, "openUs" | "closeUs"> {
  openS: number;
}

/** Reads from the query tables what market data begins from. */
export class MarketSeeds {
  readonly #markets: Database.Statement;
  readonly #market: Database.Statement;
  readonly #levels: Database.Statement;
  readonly #lastTrade: Database.Statement;
  readonly #buckets: Database.Statement;
  readonly #closeBefore: Database.Statement;

  constructor(db: Database.Database) {
    this.#markets = db.prepare("select market from market order by market");
    this.#market = db.prepare(
      "select update_id as updateId, tick_lot_units as tickLotUnits, reference_ticks as referenceTicks from market where market = ?",
    );
    this.#levels = db.prepare(
      "select side, price_ticks as priceTicks, lots from level where market = ? and lots > 0 order by side, price_ticks",
    );
    this.#lastTrade = db.prepare(
      `select price_ticks as priceTicks, lots, time_us as timeUs from trade where market = ?
        order by trade_id desc limit 1`,
    );
    this.#buckets = db.prepare(
      `select open_s as openS, open_ticks as openTicks, high_ticks as highTicks, low_ticks as lowTicks,
        close_ticks as closeTicks, lots, quote, trades, taker_buy_lots as takerBuyLots,
        taker_buy_quote as takerBuyQuote, first_trade_id as firstTradeId, last_trade_id as lastTradeId
        from candle where market = ? and length_s = ? and open_s >= ? order by open_s`,
    );
    this.#closeBefore = db.prepare(
      `select close_ticks as closeTicks from candle where market = ? and length_s = ? and open_s < ?
        order by open_s desc limit 1`,
    );
  }

  markets(): readonly number[] {
    return (this.#markets.all([]) as { market: number }[]).map((row) => row.market);
  }

  seed(market: number, nowUs: number): MarketState {
    const row = this.#market.get([market]) as {
      updateId: number;
      tickLotUnits: number;
      referenceTicks: number;
    };
    const state = new MarketState(market, row.tickLotUnits, row.referenceTicks);
    state.lastUpdateId = row.updateId;
    for (const level of this.#levels.all([market]) as { side: number; priceTicks: number; lots: number }[]) {
      (level.side === 0 ? state.bids : state.asks).set(level.priceTicks, level.lots);
    }
    const last = this.#lastTrade.get([market]) as
      | { priceTicks: number; lots: number; timeUs: number }
      | undefined;
    if (last !== undefined) {
      state.lastTicks = last.priceTicks;
      state.lastLots = last.lots;
      state.lastTradeUs = last.timeUs;
      state.timeUs = last.timeUs;
    }
    this.#seedWindow(state.day, market, TICKER_BUCKET_US, nowUs - DAY_US);
    this.#seedWindow(state.average, market, AVERAGE_BUCKET_US, nowUs - AVERAGE_WINDOW_US);
    return state;
  }

  /** Sums of the minutes from a time on, for windows longer than a day; undefined without trades. */
  sums(market: number, startUs: number): WindowSums | undefined {
    const rows = this.#buckets.all([market, 60, startUs / US_PER_SECOND]) as BucketRow[];
    const first = rows[0];
    const last = rows.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const sum = (amount: (row: BucketRow) => number): number =>
      Math.min(
        rows.reduce((total, row) => total + amount(row), 0),
        Number.MAX_SAFE_INTEGER,
      );
    return {
      openTicks: first.openTicks,
      highTicks: rows.reduce((high, row) => Math.max(high, row.highTicks), 0),
      lowTicks: rows.reduce((low, row) => Math.min(low, row.lowTicks), first.lowTicks),
      lots: sum((row) => row.lots),
      quote: sum((row) => row.quote),
      trades: sum((row) => row.trades),
      firstTradeId: first.firstTradeId,
      lastTradeId: last.lastTradeId,
      previousCloseTicks: this.#closeTicksBefore(market, 60, startUs / US_PER_SECOND),
    };
  }

  #seedWindow(window: TradeWindow, market: number, bucketUs: number, sinceUs: number): void {
    const lengthS = bucketUs / US_PER_SECOND;
    const startS = Math.floor(sinceUs / bucketUs) * lengthS;
    const rows = this.#buckets.all([market, lengthS, startS]) as BucketRow[];
    window.seed(
      rows.map(({ openS, ...sums }) => {
        const openUs = openS * US_PER_SECOND;
        return { ...sums, openUs, closeUs: openUs + bucketUs - 1 };
      }),
      this.#closeTicksBefore(market, lengthS, startS),
    );
  }

  #closeTicksBefore(market: number, lengthS: number, openS: number): number {
    const row = this.#closeBefore.get([market, lengthS, openS]) as { closeTicks: number } | undefined;
    return row?.closeTicks ?? 0;
  }
}
