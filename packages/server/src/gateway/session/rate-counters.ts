/** How much a client has used: request weight per address and minute, orders per account, 10 s and day. */
import type { WindowCounter, WindowCounters } from "../../platform/window-counters.js";

const US_PER_SECOND = 1_000_000;
const MINUTE_US = 60 * US_PER_SECOND;
const TEN_SECONDS_US = 10 * US_PER_SECOND;
const DAY_US = 86_400 * US_PER_SECOND;

/** The limits that clients are told. They are counted, not enforced. */
export const RATE_LIMITS = {
  weightPerMinute: 1_200_000,
  ordersPer10s: 200_000,
  ordersPerDay: 1_000_000_000,
} as const;

export class RateCounters {
  readonly #weight: WindowCounter;
  readonly #orders10s: WindowCounter;
  readonly #orders1d: WindowCounter;

  constructor(counters: WindowCounters) {
    this.#weight = counters.counter("weight", MINUTE_US);
    this.#orders10s = counters.counter("orders-10s", TEN_SECONDS_US);
    this.#orders1d = counters.counter("orders-1d", DAY_US);
  }

  /** Adds a request's weight and returns what the address has used in this minute. */
  addWeight(address: string, weight: number): number {
    return this.#weight.add(address, weight);
  }

  weight(address: string): number {
    return this.#weight.get(address);
  }

  /** Counts an order that was taken. */
  addOrder(account: number): void {
    const key = String(account);
    this.#orders10s.add(key, 1);
    this.#orders1d.add(key, 1);
  }

  orders(account: number): { readonly tenSeconds: number; readonly day: number } {
    const key = String(account);
    return { tenSeconds: this.#orders10s.get(key), day: this.#orders1d.get(key) };
  }
}
