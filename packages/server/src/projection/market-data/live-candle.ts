import type { CandleInterval } from "../../transport/history-port.js";
import { addTrade, type Candle, candleOpenAfterUs, candleOpenUs, flatCandle } from "../candle.js";
import type { Fill } from "../event-scan.js";

/** After its end a candle waits this long for trades that were sequenced in time and are still being committed. */
const CLOSE_GRACE_US = 100_000;

/** A candle that is further behind than this (a stopped process) is read from the tables anew. */
const CANDLES_BEHIND_MAX = 60;

type EmitCandle = (candle: Candle, closed: boolean) => void;

/** The open candle of one interval, for those who listen to it. */
export class LiveCandle {
  readonly #interval: CandleInterval;
  readonly #emit: EmitCandle;
  /** The candle that holds a time, from the tables; undefined before the first trade. */
  readonly #read: (timeUs: number) => Candle | undefined;
  #candle: Candle | undefined;
  #previous: Candle | undefined;
  #dirty = false;

  constructor(
    interval: CandleInterval,
    nowUs: number,
    read: (timeUs: number) => Candle | undefined,
    emit: EmitCandle,
  ) {
    this.#interval = interval;
    this.#emit = emit;
    this.#read = read;
    this.#candle = read(nowUs);
  }

  trade(fill: Fill): void {
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
      this.#emit(previous, true);
    }
    if (this.#candle.trades === 0) {
      this.#candle = flatCandle(this.#candle.openUs, this.#candle.closeUs, priceTicks);
      this.#dirty = true;
    }
  }

  /** Sends what has changed, and closes candles whose time is over. */
  tick(nowUs: number): void {
    const open = this.#candle;
    if (open === undefined) return;
    const lengthUs = open.closeUs + 1 - open.openUs;
    if (nowUs - open.closeUs > CANDLES_BEHIND_MAX * lengthUs) {
      this.#candle = this.#read(nowUs);
      this.#previous = undefined;
      this.#dirty = true;
    }
    while (this.#candle !== undefined && nowUs > this.#candle.closeUs + CLOSE_GRACE_US) {
      this.#close(this.#candle);
    }
    if (this.#dirty && this.#candle !== undefined) {
      this.#dirty = false;
      this.#emit(this.#candle, false);
    }
  }

  #close(candle: Candle): void {
    this.#emit(candle, true);
    const openUs = candle.closeUs + 1;
    this.#previous = candle;
    this.#candle = flatCandle(openUs, candleOpenAfterUs(this.#interval, openUs, 1, 0) - 1, candle.closeTicks);
    this.#dirty = true;
  }
}
