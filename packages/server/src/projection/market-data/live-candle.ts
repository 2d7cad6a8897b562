import type { CandleInterval } from "../../transport/history-port.js";
import { addTrade, type Candle, candleOpenAfterUs, candleOpenUs, flatCandle } from "../candle.js";
import type { Fill } from "../event-scan.js";

/** After its end a candle waits this long for trades that were sequenced in time and are still being committed. */
const CLOSE_GRACE_US = 100_000;

/** A candle that is further behind than this (a stopped process) is read from the tables anew. */
const CANDLES_BEHIND_MAX = 60;

export interface LiveCandleParts {
  /** The candle that holds a time, from the tables; undefined before the first trade. */
  readonly read: (timeUs: number) => Promise<Candle | undefined>;
  readonly emit: (candle: Candle, closed: boolean) => void;
  readonly onFailure: (error: Error) => void;
}

/** The open candle of one interval, for those who listen to it. */
export class LiveCandle {
  readonly #interval: CandleInterval;
  readonly #parts: LiveCandleParts;
  #candle: Candle | undefined;
  #previous: Candle | undefined;
  #dirty = false;
  /** Trades since the candle is being read from the tables, which may hold them already. */
  #waiting: Fill[] | undefined;

  constructor(interval: CandleInterval, nowUs: number, parts: LiveCandleParts) {
    this.#interval = interval;
    this.#parts = parts;
    this.#read(nowUs);
  }

  #read(timeUs: number): void {
    this.#waiting = [];
    this.#parts.read(timeUs).then((candle) => {
      const trades = this.#waiting ?? [];
      this.#waiting = undefined;
      this.#candle = candle;
      this.#previous = undefined;
      const lastTradeId = candle?.lastTradeId ?? -1;
      for (const fill of trades) if (fill.tradeId > lastTradeId) this.trade(fill);
    }, this.#parts.onFailure);
  }

  trade(fill: Fill): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(fill);
      return;
    }
    const { timeUs, priceTicks } = fill;
    if (this.#candle === undefined) {
      const openUs = candleOpenUs(this.#interval, timeUs, 0);
      this.#candle = flatCandle(openUs, candleOpenAfterUs(this.#interval, openUs, 1, 0) - 1, priceTicks);
    }
    while (timeUs > this.#candle.closeUs) this.#close(this.#candle);
    if (timeUs >= this.#candle.openUs) {
      addTrade(this.#candle, fill);
      this.#dirty = true;
      return;
    }
    // The clock had closed the candle before this trade's commit was done: the candle is sent again, corrected.
    const previous = this.#previous;
    if (previous !== undefined && timeUs >= previous.openUs) {
      addTrade(previous, fill);
      this.#parts.emit(previous, true);
    }
    if (this.#candle.trades === 0) {
      this.#candle = flatCandle(this.#candle.openUs, this.#candle.closeUs, priceTicks);
      this.#dirty = true;
    }
  }

  /** Sends what has changed, and closes candles whose time is over. */
  tick(nowUs: number): void {
    const open = this.#candle;
    if (open === undefined || this.#waiting !== undefined) return;
    const lengthUs = open.closeUs + 1 - open.openUs;
    if (nowUs - open.closeUs > CANDLES_BEHIND_MAX * lengthUs) {
      this.#dirty = true;
      this.#read(nowUs);
      return;
    }
    while (this.#candle !== undefined && nowUs > this.#candle.closeUs + CLOSE_GRACE_US) {
      this.#close(this.#candle);
    }
    if (this.#dirty && this.#candle !== undefined) {
      this.#dirty = false;
      this.#parts.emit(this.#candle, false);
    }
  }

  #close(candle: Candle): void {
    this.#parts.emit(candle, true);
    const openUs = candle.closeUs + 1;
    this.#previous = candle;
    this.#candle = flatCandle(openUs, candleOpenAfterUs(this.#interval, openUs, 1, 0) - 1, candle.closeTicks);
    this.#dirty = true;
  }
}
