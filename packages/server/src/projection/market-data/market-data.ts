import type {
  DepthSnapshot,
  MarketDataMessage,
  MarketDataTopic,
  OrdersSnapshot,
  TickerState,
} from "../../feed/market-data-port.js";
import type { Clock } from "../../platform/clock.js";
import type { CandleInterval } from "../../transport/history-port.js";
import { CandleReader } from "../candle-reader.js";
import type { Fill } from "../event-scan.js";
import type { RestingOrders } from "../resting/resting-orders.js";
import type { Tables } from "../tables.js";
import { LiveCandle } from "./live-candle.js";
import { MarketSeeds } from "./market-seeds.js";
import { DAY_US, MarketState } from "./market-state.js";

export type PublishMarketData = (messages: readonly MarketDataMessage[]) => void;

export interface MarketDataParts {
  readonly tables: Tables;
  /** The orders behind the price levels; someone else keeps them up to date. */
  readonly resting: RestingOrders;
  readonly clock: Clock;
  readonly publish: PublishMarketData;
  /** Writes to the tables what has happened until now. */
  readonly flush: () => Promise<void>;
  /** The tables could not be read for what goes on by itself. */
  readonly onFailure: (error: Error) => void;
}

/** A market number that nothing was listed under. */
export class UnknownMarketError extends Error {
  override readonly name = "UnknownMarketError";
}

/**
 * Public market data of a partition. Begins from the query tables, follows the events, and says what has changed
 * to those who listen: trades and best prices at the end of each batch, the rest when its timer ticks.
 */
export class MarketData {
  readonly #clock: Clock;
  readonly #publish: PublishMarketData;
  readonly #flush: () => Promise<void>;
  readonly #onFailure: (error: Error) => void;
  readonly #resting: RestingOrders;
  readonly #seeds: MarketSeeds;
  readonly #candles: CandleReader;
  readonly #markets = new Map<number, MarketState>();
  readonly #touched = new Set<MarketState>();
  /** Topics asked for of markets that are not known yet. */
  readonly #early = new Map<number, Set<MarketDataTopic>>();
  /** The same of markets listed in this batch: a subscription may write the tables, so it waits for the batch's end. */
  readonly #listed = new Map<number, Set<MarketDataTopic>>();
  #outbox: MarketDataMessage[] = [];
  #live = false;

  /** Begins from what stands in the tables. */
  static async open(parts: MarketDataParts): Promise<MarketData> {
    const marketData = new MarketData(parts);
    const states = await marketData.#seeds.states(parts.clock.nowUs());
    for (const state of states) marketData.#markets.set(state.market, state);
    return marketData;
  }

  private constructor({ tables, resting, clock, publish, flush, onFailure }: MarketDataParts) {
    this.#clock = clock;
    this.#publish = publish;
    this.#flush = flush;
    this.#onFailure = onFailure;
    this.#resting = resting;
    this.#seeds = new MarketSeeds(tables);
    this.#candles = new CandleReader(tables);
  }

  /** The tables have caught up: from now on what happens is news. */
  goLive(): void {
    if (this.#live) return;
    this.#live = true;
    for (const state of this.#markets.values()) {
      for (const topic of state.topics) this.#begin(state, topic);
    }
  }

  listed(market: number, tickLotUnits: number, referenceTicks: number): void {
    if (this.#markets.has(market)) return;
    this.#markets.set(market, new MarketState(market, tickLotUnits, referenceTicks));
    const early = this.#early.get(market);
    if (early !== undefined) this.#listed.set(market, early);
    this.#early.delete(market);
  }

  trade(fill: Fill): void {
    const state = this.#state(fill.market);
    state.trade(fill);
    if (state.topics.size > 0) this.#touched.add(state);
  }

  level(
    market: number,
    side: number,
    priceTicks: number,
    lots: number,
    updateId: number,
    timeUs: number,
  ): void {
    const state = this.#state(market);
    state.level(side, priceTicks, lots, updateId, timeUs);
    if (state.topics.size > 0) this.#touched.add(state);
  }

  /** A batch of events is complete: sends the trades and the best prices. */
  endBatch(): void {
    for (const [market, topics] of this.#listed) {
      for (const topic of topics) this.subscribe(market, topic);
    }
    this.#listed.clear();
    this.#resting.endBatch();
    for (const state of this.#touched) {
      if (!this.#live) continue;
      if (state.topics.has("trade")) this.#send(state.tradeMessage());
      if (state.topics.has("bookTicker")) this.#send(state.bookTicker());
    }
    this.#touched.clear();
    this.#sendOutbox();
  }

  /** Every 100 ms. */
  tickDepth(): void {
    if (!this.#live) return;
    for (const state of this.#markets.values()) {
      if (state.topics.has("depth")) this.#send(state.depthMessage());
      if (state.topics.has("depthOrders")) this.#send(state.ordersMessage(this.#resting));
    }
    this.#sendOutbox();
  }

  /** Every 250 ms. */
  tickCandles(): void {
    if (!this.#live) return;
    const nowUs = this.#clock.nowUs();
    for (const state of this.#markets.values())
      for (const candle of state.candles.values()) candle.tick(nowUs);
    this.#sendOutbox();
  }

  /** Every second. */
  tickTickers(): void {
    if (!this.#live) return;
    const nowUs = this.#clock.nowUs();
    for (const state of this.#markets.values()) {
      state.average.prune(nowUs);
      if (state.day.prune(nowUs)) state.tickerDirty = true;
      // Best prices stand in the ticker too; who listens to them alone has the flag set there.
      if (!state.topics.has("ticker")) continue;
      if (!state.topics.has("bookTicker")) state.bookTicker();
      if (!state.tickerDirty) continue;
      state.tickerDirty = false;
      this.#send({
        kind: "ticker",
        market: state.market,
        timeUs: nowUs,
        ticker: this.#memoryTicker(state, DAY_US),
      });
    }
    this.#sendOutbox();
  }

  /** A market that is not listed yet is listened to once it is: a listing may still be on its way here. */
  subscribe(market: number, topic: MarketDataTopic): void {
    const state = this.#markets.get(market);
    if (state === undefined) {
      const early = this.#early.get(market) ?? new Set();
      this.#early.set(market, early.add(topic));
      return;
    }
    if (state.topics.has(topic)) return;
    this.#begin(state, topic);
    if (!topic.startsWith("kline_")) return;
    const interval = topic.slice("kline_".length) as CandleInterval;
    const candle = new LiveCandle(interval, this.#nowUs(state), {
      read: async (timeUs) => {
        await this.#flush();
        return this.#candles.at(market, interval, timeUs);
      },
      emit: (open, closed) => {
        if (!this.#live) return;
        const timeUs = this.#nowUs(state);
        this.#send({ kind: "kline", market, interval, timeUs, candle: { ...open }, closed });
      },
      onFailure: this.#onFailure,
    });
    state.candles.set(interval, candle);
  }

  unsubscribe(market: number, topic: MarketDataTopic): void {
    this.#early.get(market)?.delete(topic);
    const state = this.#markets.get(market);
    if (state === undefined) return;
    state.topics.delete(topic);
    if (topic === "depthOrders") this.#resting.unwatch(market);
    if (topic.startsWith("kline_")) state.candles.delete(topic.slice("kline_".length) as CandleInterval);
  }

  /** Throws {@link UnknownMarketError}; so do the other questions. */
  depth(market: number, limit: number): DepthSnapshot {
    return this.#state(market).depth(limit);
  }

  depthOrders(market: number, limit: number): OrdersSnapshot {
    return this.#state(market).orders(this.#resting, limit);
  }

  /** The last 24 hours; see `TICKER_BUCKET_US` for where they begin. */
  ticker(market: number): TickerState {
    return this.#memoryTicker(this.#state(market), DAY_US);
  }

  async windowTicker(market: number, windowUs: number): Promise<TickerState> {
    const state = this.#state(market);
    if (windowUs <= DAY_US) return this.#memoryTicker(state, windowUs);
    const nowUs = this.#nowUs(state);
    const startUs = state.day.startUs(nowUs, windowUs);
    await this.#flush();
    const sums = await this.#seeds.sums(market, startUs);
    return state.ticker(sums, startUs, nowUs);
  }

  #begin(state: MarketState, topic: MarketDataTopic): void {
    state.begin(topic);
    if (topic === "depthOrders") this.#resting.watch(state.market);
  }

  #memoryTicker(state: MarketState, windowUs: number): TickerState {
    const nowUs = this.#nowUs(state);
    const startUs = state.day.startUs(nowUs, windowUs);
    state.day.prune(nowUs);
    return state.ticker(state.day.sums(startUs), startUs, nowUs);
  }

  averagePrice(market: number): { readonly priceTicks: number; readonly closeUs: number } {
    const state = this.#state(market);
    const nowUs = this.#nowUs(state);
    const sums = state.average.sums(state.average.startUs(nowUs));
    const closeUs = state.lastTradeUs;
    if (sums === undefined || sums.lots === 0) return { priceTicks: state.lastTicks, closeUs };
    return { priceTicks: sums.quote / state.tickLotUnits / sums.lots, closeUs };
  }

  /** Sequenced time can be ahead of this thread's clock for a moment: nothing may lie in the future. */
  #nowUs(state: MarketState): number {
    return Math.max(this.#clock.nowUs(), state.timeUs);
  }

  #state(market: number): MarketState {
    const state = this.#markets.get(market);
    if (state === undefined) throw new UnknownMarketError(`no market has the number ${market}`);
    return state;
  }

  #send(message: MarketDataMessage | undefined): void {
    if (message !== undefined) this.#outbox.push(message);
  }

  #sendOutbox(): void {
    if (this.#outbox.length === 0) return;
    const messages = this.#outbox;
    this.#outbox = [];
    this.#publish(messages);
  }
}
