/** Candles of one symbol and interval: those there are, then each change of the last one. */
import type { Kline, KlineEvent, KlineInterval, Subscription } from "@buttonwood/client";
import { onNextFrame } from "../signal.js";
import type { ExchangeLink } from "./exchange-link.js";

export interface Candle {
  /** When it opens, in s since 1970. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export interface CandleFeedOptions {
  readonly link: ExchangeLink;
  readonly symbol: string;
  readonly interval: KlineInterval;
  /** Told of all candles, oldest first, at the start and after a gap. */
  readonly onAll: (candles: readonly Candle[]) => void;
  /** Told of the candles that changed, in a frame, oldest first. None is older than the last one told before. */
  readonly onSome: (candles: readonly Candle[]) => void;
  /** Told of candles before a time, oldest first, after {@link CandleFeed.readOlder} of it. */
  readonly onOlder: (candles: readonly Candle[], before: number) => void;
}

const CANDLES_MAX = 500;
const AGAIN_MS = 2_000;

export class CandleFeed {
  readonly #options: CandleFeedOptions;
  #subscription: Subscription<KlineEvent> | undefined;
  /** Changed since the last frame, by time. */
  readonly #changed = new Map<number, Candle>();
  #lastTime = 0;
  #isLoaded = false;
  #isReadingOlder = false;
  /** When the market's first candle opens, in s, once it has been reached. */
  #startTime: number | undefined;
  #isClosed = false;

  constructor(options: CandleFeedOptions) {
    this.#options = options;
    void this.#start();
  }

  close(): void {
    this.#isClosed = true;
    this.#subscription?.close();
  }

  /** Reads the candles before one that opens at a time, in s, unless that is under way or there are none. */
  async readOlder(before: number): Promise<void> {
    if (!this.#isLoaded || this.#isReadingOlder || this.#isClosed || before === this.#startTime) return;
    const { link, symbol, interval, onOlder } = this.#options;
    this.#isReadingOlder = true;
    try {
      const endTime = before * 1000 - 1;
      const rows = await link.rest.klines({ symbol, interval, endTime, limit: CANDLES_MAX });
      if (this.#isClosed) return;
      const candles = rows.map(candleOfRow).filter(({ time }) => time < before);
      // Fewer than were asked for: there are no others.
      if (candles.length < CANDLES_MAX) this.#startTime = candles[0]?.time ?? before;
      if (candles.length > 0) onOlder(candles, before);
    } catch (error) {
      console.warn(`older candles of ${symbol} could not be read`, error);
    } finally {
      this.#isReadingOlder = false;
    }
  }

  async #start(): Promise<void> {
    const { link, symbol, interval } = this.#options;
    const streams = await link.streams;
    if (this.#isClosed) return;
    const subscription = streams.klines(symbol, interval);
    this.#subscription = subscription;
    subscription.onMessage(({ k }) => {
      this.#changed.set(k.t, candle(k.t, k.o, k.h, k.l, k.c, k.v));
      onNextFrame(this.#publish);
    });
    subscription.onGap((gap) => {
      if (gap.kind === "repaired") void this.#load();
    });
    await this.#load();
  }

  async #load(): Promise<void> {
    const { link, symbol, interval, onAll } = this.#options;
    try {
      const rows = await link.rest.klines({ symbol, interval, limit: CANDLES_MAX });
      if (this.#isClosed) return;
      const candles = rows.map(candleOfRow);
      this.#lastTime = candles.at(-1)?.time ?? 0;
      if (candles.length > 0 && candles.length < CANDLES_MAX) this.#startTime = candles[0]!.time;
      this.#isLoaded = true;
      onAll(candles);
      onNextFrame(this.#publish);
    } catch (error) {
      console.warn(`candles of ${symbol} could not be read; trying again`, error);
      if (!this.#isClosed) setTimeout(() => void this.#load(), AGAIN_MS);
    }
  }

  readonly #publish = (): void => {
    if (this.#isClosed || !this.#isLoaded) return;
    const candles = [...this.#changed.values()]
      .filter(({ time }) => time >= this.#lastTime)
      .sort((a, b) => a.time - b.time);
    this.#changed.clear();
    if (candles.length === 0) return;
    this.#lastTime = candles.at(-1)!.time;
    this.#options.onSome(candles);
  };
}

/** Of texts: a chart draws doubles, which are exact enough for its pixels. */
function candle(ms: number, open: string, high: string, low: string, close: string, volume: string): Candle {
  return {
    time: ms / 1000,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume),
  };
}

function candleOfRow({ openTime, open, high, low, close, volume }: Kline): Candle {
  return candle(openTime, open, high, low, close, volume);
}
