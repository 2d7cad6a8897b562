/** What is asked for, one request after the other; how it is written is the transports' affair. */
import type { LoadPlan } from "./plan.js";

/** The middle wanders this far up and down, in ticks, so that old orders are met again. */
const WANDER_TICKS = 40;
/** Orders of one market until the middle has gone up and down once. */
const WANDER_ORDERS = 2_000;
/**
 * Within this share of the way to the lowest middle only sells are sent, to the highest only buys. They take what
 * has gathered at the end of the range, so that books stay small however long it runs.
 */
const SWEEP_SHARE = 0.8;
/** An order's price lies up to this far on its passive side of the middle, and CROSS_TICKS on the other. */
const PASSIVE_TICKS = 10;
const CROSS_TICKS = 4;
/** Quantities are 1…LOTS_FACTOR times the market's smallest. */
export const LOTS_FACTOR = 5;

/** Shares of the mixed flow, as in the recorded flows: the rest are limit orders. */
const CANCEL_SHARE = 0.4;
const MARKET_SHARE = 0.1;
/** Orders of one key that the mixed flow remembers, to cancel them: the oldest is forgotten, and left to be filled. */
const REMEMBERED_MAX = 256;

export type FlowRequest =
  | {
      readonly kind: "limit";
      readonly market: number;
      readonly number: number;
      readonly side: 0 | 1;
      readonly priceTicks: number;
      /** Times the market's smallest quantity, less one. */
      readonly size: number;
    }
  | {
      readonly kind: "market";
      readonly market: number;
      readonly number: number;
      readonly side: 0 | 1;
      readonly size: number;
    }
  /** Of the order that has this number; it may be gone already. */
  | { readonly kind: "cancel"; readonly market: number; readonly number: number };

interface Remembered {
  readonly market: number;
  readonly number: number;
}

/**
 * Draws requests around the middles of the markets: the same seed draws the same ones. With the flow `limits` every
 * one is a limit order, and each for the next market. `mixed` is what venues see (docs/reference/order-flow.md):
 * limits, cancels and market orders, on markets whose activity falls off as 1/rank (Zipf).
 */
export class OrderFlow {
  readonly #isMixed: boolean;
  readonly #midTicks: readonly number[];
  readonly #orders: number[];
  /** Cumulated shares of the markets. */
  readonly #shares: readonly number[];
  readonly #remembered: readonly Remembered[][];
  #seed: number;
  #count = 0;

  constructor({ flow, seed, markets, keys }: Pick<LoadPlan, "flow" | "seed" | "markets" | "keys">) {
    this.#isMixed = flow === "mixed";
    this.#seed = seed >>> 0;
    this.#midTicks = markets.map(({ midTicks }) => midTicks);
    this.#orders = markets.map(() => 0);
    const weights = markets.map((_, rank) => 1 / (rank + 1));
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    this.#shares = weights.map((weight) => {
      sum += weight / whole;
      return sum;
    });
    this.#remembered = keys.map(() => []);
  }

  /** The next request; a key cancels only its own orders. */
  next(key: number): FlowRequest {
    return this.#isMixed ? this.#mixed(key) : this.#limit(this.#count % this.#midTicks.length);
  }

  #mixed(key: number): FlowRequest {
    const open = this.#remembered[key]!;
    const draw = this.#random() / 2 ** 32;
    if (draw < CANCEL_SHARE && open.length > 0) {
      // Of the older half: the newest may be under way still.
      const at = this.#random() % Math.ceil(open.length / 2);
      return { kind: "cancel", ...open.splice(at, 1)[0]! };
    }
    const drawn = this.#limit(this.#busyMarket());
    if (draw >= 1 - MARKET_SHARE) {
      const { market, number, side, size } = drawn;
      return { kind: "market", market, number, side, size };
    }
    open.push({ market: drawn.market, number: drawn.number });
    if (open.length > REMEMBERED_MAX) open.shift();
    return drawn;
  }

  #limit(market: number): FlowRequest & { kind: "limit" } {
    const number = this.#count++;
    const random = this.#random();
    const { side, ticks } = placeOrder(this.#orders[market]!++, random);
    const priceTicks = this.#midTicks[market]! + ticks;
    return { kind: "limit", market, number, side, priceTicks, size: (random >>> 8) % LOTS_FACTOR };
  }

  /** The first market is the busiest. */
  #busyMarket(): number {
    const draw = this.#random() / 2 ** 32;
    const found = this.#shares.findIndex((share) => draw < share);
    return found < 0 ? this.#shares.length - 1 : found;
  }

  /** mulberry32. */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0;
    let t = this.#seed;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
}

/** Where the n-th order of a market lies: its side (0 buy, 1 sell) and its distance from the first middle, in ticks. */
export function placeOrder(n: number, random: number): { readonly side: 0 | 1; readonly ticks: number } {
  const phase = n % WANDER_ORDERS;
  const wander = Math.abs(phase - WANDER_ORDERS / 2) / (WANDER_ORDERS / 4) - 1;
  const middle = Math.round(wander * WANDER_TICKS);
  const step = (random >>> 1) % (PASSIVE_TICKS + CROSS_TICKS + 1);
  if (wander < -SWEEP_SHARE) return { side: 1, ticks: -WANDER_TICKS - (step % CROSS_TICKS) };
  if (wander > SWEEP_SHARE) return { side: 0, ticks: WANDER_TICKS + (step % CROSS_TICKS) };
  const toPassive = step - CROSS_TICKS;
  // Nothing rests beyond the ends, where no sweep would find it.
  return (random & 1) === 0
    ? { side: 0, ticks: Math.max(-WANDER_TICKS, middle - toPassive) }
    : { side: 1, ticks: Math.min(WANDER_TICKS, middle + toPassive) };
}
