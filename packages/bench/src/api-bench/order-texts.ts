import { stepText } from "./decimal-step.js";
import { LOTS_FACTOR } from "./order-flow.js";
import type { LoadMarket } from "./plan.js";

/** A market's prices and quantities as decimals, each written once. */
export class OrderTexts {
  readonly symbol: string;
  readonly #market: LoadMarket;
  readonly #prices = new Map<number, string>();
  readonly #quantities: readonly string[];

  constructor(market: LoadMarket) {
    this.symbol = market.symbol;
    this.#market = market;
    this.#quantities = Array.from({ length: LOTS_FACTOR }, (_, i) =>
      stepText(market.lots * (i + 1), market.lot),
    );
  }

  price(ticks: number): string {
    let text = this.#prices.get(ticks);
    if (text === undefined) {
      text = stepText(ticks, this.#market.tick);
      this.#prices.set(ticks, text);
    }
    return text;
  }

  /** `size`: as the flow draws it, from 0. */
  quantity(size: number): string {
    return this.#quantities[size]!;
  }
}

export const SIDE_NAMES = ["BUY", "SELL"] as const;

/** Before the number of an order in its client order id: runs against one exchange must differ in it. */
export const idPrefix = (seed: number): string => `b${seed.toString(36)}-`;
