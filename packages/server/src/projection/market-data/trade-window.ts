import { addTrade, type Candle, type CandleTrade, flatCandle, saturatingAdd } from "../candle.js";

/** What a window of trades adds up to. */
export interface WindowSums {
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly lots: number;
  readonly quote: number;
  readonly trades: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
  /** Price of the last trade before the window; 0 = none. */
  readonly previousCloseTicks: number;
}

/**
 * Trades of a rolling window in buckets. The window begins at the start of a bucket, so it is up to one bucket
 * longer than asked for; within that it is exact: sums are added up anew from the buckets each time.
 */
export class TradeWindow {
  readonly #bucketUs: number;
  readonly #windowUs: number;
  /** Buckets with trades, oldest first. */
  #buckets: Candle[] = [];
  #previousCloseTicks = 0;

  constructor(bucketUs: number, windowUs: number) {
    this.#bucketUs = bucketUs;
    this.#windowUs = windowUs;
  }

  /** Puts stored buckets in, oldest first, before any trade is added. */
  seed(buckets: readonly Candle[], previousCloseTicks: number): void {
    this.#buckets = [...buckets];
    this.#previousCloseTicks = previousCloseTicks;
  }

  add(trade: CandleTrade, timeUs: number): void {
    const openUs = Math.floor(timeUs / this.#bucketUs) * this.#bucketUs;
    let last = this.#buckets.at(-1);
    if (last === undefined || last.openUs < openUs) {
      last = flatCandle(openUs, openUs + this.#bucketUs - 1, trade.priceTicks);
      this.#buckets.push(last);
      // Otherwise a long catch-up, in which nobody asks, would keep every bucket of history.
      this.prune(timeUs);
    }
    addTrade(last, trade);
  }

  /** When a window of this length that ends now begins. */
  startUs(nowUs: number, windowUs = this.#windowUs): number {
    return Math.floor((nowUs - windowUs) / this.#bucketUs) * this.#bucketUs;
  }

  /** Forgets what has left the window. Returns whether there was any. */
  prune(nowUs: number): boolean {
    const startUs = this.startUs(nowUs);
    let gone = 0;
    while (gone < this.#buckets.length && this.#buckets[gone]!.openUs < startUs) gone++;
    if (gone === 0) return false;
    this.#previousCloseTicks = this.#buckets[gone - 1]!.closeTicks;
    this.#buckets.splice(0, gone);
    return true;
  }

  /** Sums from a time on; undefined when there was no trade since. */
  sums(startUs: number): WindowSums | undefined {
    let first: Candle | undefined;
    let previousCloseTicks = this.#previousCloseTicks;
    let highTicks = 0;
    let lowTicks = Number.MAX_SAFE_INTEGER;
    let lots = 0;
    let quote = 0;
    let trades = 0;
    let lastTradeId = 0;
    for (const bucket of this.#buckets) {
      if (bucket.openUs < startUs) {
        previousCloseTicks = bucket.closeTicks;
        continue;
      }
      first ??= bucket;
      if (bucket.highTicks > highTicks) highTicks = bucket.highTicks;
      if (bucket.lowTicks < lowTicks) lowTicks = bucket.lowTicks;
      lots = saturatingAdd(lots, bucket.lots);
      quote = saturatingAdd(quote, bucket.quote);
      trades += bucket.trades;
      lastTradeId = bucket.lastTradeId;
    }
    if (first === undefined) return undefined;
    const { openTicks, firstTradeId } = first;
    return {
      openTicks,
      highTicks,
      lowTicks,
      lots,
      quote,
      trades,
      firstTradeId,
      lastTradeId,
      previousCloseTicks,
    };
  }
}
