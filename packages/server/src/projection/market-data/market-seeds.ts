import type { Candle } from "../candle.js";
import type { TableQuery, Tables } from "../tables.js";
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

interface MarketSeed {
  readonly market: number;
  readonly updateId: number;
  readonly tickLotUnits: number;
  readonly referenceTicks: number;
}

/** Reads from the query tables what market data begins from. */
export class MarketSeeds {
  readonly #markets: TableQuery<MarketSeed>;
  readonly #levels: TableQuery<{ side: number; priceTicks: number; lots: number }>;
  readonly #lastTrade: TableQuery<{ priceTicks: number; lots: number; timeUs: number }>;
  readonly #buckets: TableQuery<BucketRow>;
  readonly #closeBefore: TableQuery<{ closeTicks: number }>;

  constructor(tables: Tables) {
    this.#markets = tables.query(
      `select market, update_id as "updateId", tick_lot_units as "tickLotUnits",
        reference_ticks as "referenceTicks" from market order by market`,
    );
    this.#levels = tables.query(
      `select side, price_ticks as "priceTicks", lots from level where market = ?1 and lots > 0
        order by side, price_ticks`,
    );
    this.#lastTrade = tables.query(
      `select price_ticks as "priceTicks", lots, time_us as "timeUs" from trade where market = ?1
        order by trade_id desc limit 1`,
    );
    this.#buckets = tables.query(
      `select open_s as "openS", open_ticks as "openTicks", high_ticks as "highTicks",
        low_ticks as "lowTicks", close_ticks as "closeTicks", lots, quote, trades,
        taker_buy_lots as "takerBuyLots", taker_buy_quote as "takerBuyQuote",
        first_trade_id as "firstTradeId", last_trade_id as "lastTradeId"
        from candle where market = ?1 and length_s = ?2 and open_s >= ?3 order by open_s`,
    );
    this.#closeBefore = tables.query(
      `select close_ticks as "closeTicks" from candle where market = ?1 and length_s = ?2 and open_s < ?3
        order by open_s desc limit 1`,
    );
  }

  /** Every market as the tables have it. */
  async states(nowUs: number): Promise<readonly MarketState[]> {
    const states: MarketState[] = [];
    for (const seed of await this.#markets()) states.push(await this.#state(seed, nowUs));
    return states;
  }

  async #state(seed: MarketSeed, nowUs: number): Promise<MarketState> {
    const { market } = seed;
    const state = new MarketState(market, seed.tickLotUnits, seed.referenceTicks);
    state.lastUpdateId = seed.updateId;
    for (const level of await this.#levels(market)) {
      (level.side === 0 ? state.bids : state.asks).set(level.priceTicks, level.lots);
    }
    const [last] = await this.#lastTrade(market);
    if (last !== undefined) {
      state.lastTicks = last.priceTicks;
      state.lastLots = last.lots;
      state.lastTradeUs = last.timeUs;
      state.timeUs = last.timeUs;
    }
    await this.#seedWindow(state.day, market, TICKER_BUCKET_US, nowUs - DAY_US);
    await this.#seedWindow(state.average, market, AVERAGE_BUCKET_US, nowUs - AVERAGE_WINDOW_US);
    return state;
  }

  /** Sums of the minutes from a time on, for windows longer than a day; undefined without trades. */
  async sums(market: number, startUs: number): Promise<WindowSums | undefined> {
    const rows = await this.#buckets(market, 60, startUs / US_PER_SECOND);
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
      previousCloseTicks: await this.#closeTicksBefore(market, 60, startUs / US_PER_SECOND),
    };
  }

  async #seedWindow(window: TradeWindow, market: number, bucketUs: number, sinceUs: number): Promise<void> {
    const lengthS = bucketUs / US_PER_SECOND;
    const startS = Math.floor(sinceUs / bucketUs) * lengthS;
    const rows = await this.#buckets(market, lengthS, startS);
    window.seed(
      rows.map(({ openS, ...sums }) => {
        const openUs = openS * US_PER_SECOND;
        return { ...sums, openUs, closeUs: openUs + bucketUs - 1 };
      }),
      await this.#closeTicksBefore(market, lengthS, startS),
    );
  }

  async #closeTicksBefore(market: number, lengthS: number, openS: number): Promise<number> {
    const [row] = await this.#closeBefore(market, lengthS, openS);
    return row?.closeTicks ?? 0;
  }
}
