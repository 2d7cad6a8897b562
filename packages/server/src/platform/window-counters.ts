import type { Clock } from "./clock.js";

/** Counts per key in windows of one length, which begin at whole multiples of it. Both answer at once. */
export interface WindowCounter {
  /** Adds, and returns the count in this window. What is taken away again leaves no count below zero. */
  add(key: string, amount: number): number;
  get(key: string): number;
}

/** Where counters come from: this process's own, or those that many processes share. */
export interface WindowCounters {
  /** A name tells counters apart, and is used once. */
  counter(name: string, lengthUs: number): WindowCounter;
}

/** Counters of this process alone. */
export class LocalCounters implements WindowCounters {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  counter(_name: string, lengthUs: number): WindowCounter {
    return new LocalCounter(this.#clock, lengthUs);
  }
}

class LocalCounter implements WindowCounter {
  readonly #clock: Clock;
  readonly #lengthUs: number;
  readonly #counts = new Map<string, number>();
  #window = -1;

  constructor(clock: Clock, lengthUs: number) {
    this.#clock = clock;
    this.#lengthUs = lengthUs;
  }

  add(key: string, amount: number): number {
    const count = Math.max(0, this.get(key) + amount);
    this.#counts.set(key, count);
    return count;
  }

  get(key: string): number {
    const window = Math.floor(this.#clock.nowUs() / this.#lengthUs);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.clear();
    }
    return this.#counts.get(key) ?? 0;
  }
}
