/** How much a client has used: request weight per address and minute, orders per account, 10 s and day. */
import type { Clock } from "../../platform/clock.js";

const US_PER_SECOND = 1_000_000;
export const MINUTE_US = 60 * US_PER_SECOND;
export const TEN_SECONDS_US = 10 * US_PER_SECOND;
export const DAY_US = 86_400 * US_PER_SECOND;

/** The limits that clients are told. They are counted, not enforced. */
export const RATE_LIMITS = {
  weightPerMinute: 1_200_000,
  ordersPer10s: 200_000,
  ordersPerDay: 1_000_000_000,
} as const;

/** Counts per key in fixed windows that begin at whole multiples of their length. */
class WindowCounter<K> {
  #window = -1;
  readonly #counts = new Map<K, number>();

  constructor(readonly lengthUs: number) {}

  add(key: K, amount: number, nowUs: number): number {
    const count = this.get(key, nowUs) + amount;
    this.#counts.set(key, count);
    return count;
  }

  get(key: K, nowUs: number): number {
    const window = Math.floor(nowUs / this.lengthUs);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.clear();
    }
    return this.#counts.get(key) ?? 0;
  }
}

export class RateCounters {
  readonly #clock: Clock;
  readonly #weight = new WindowCounter<string>(MINUTE_US);
  readonly #orders10s = new WindowCounter<number>(TEN_SECONDS_US);
  readonly #orders1d = new WindowCounter<number>(DAY_US);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a request's weight and returns what the address has used in this minute. */
  addWeight(address: string, weight: number): number {
    return this.#weight.add(address, weight, this.#clock.nowUs());
  }

  weight(address: string): number {
    return this.#weight.get(address, this.#clock.nowUs());
  }

  /** Counts an order that was taken. */
  addOrder(account: number): void {
    const nowUs = this.#clock.nowUs();
    this.#orders10s.add(account, 1, nowUs);
    this.#orders1d.add(account, 1, nowUs);
  }

  orders(account: number): { readonly tenSeconds: number; readonly day: number } {
    const nowUs = this.#clock.nowUs();
    return { tenSeconds: this.#orders10s.get(account, nowUs), day: this.#orders1d.get(account, nowUs) };
  }
}
