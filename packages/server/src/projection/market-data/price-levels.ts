import { Side } from "@buttonwood/protocol";
import type { Level } from "../../feed/market-data-port.js";

const CAPACITY_START = 256;

/**
 * One side of a book: prices sorted with the best last, since that is where levels come and go, so that little
 * moves. Lots stand beside their prices.
 */
export class PriceLevels {
  readonly #side: Side;
  /** Prices of bids; of asks the prices negated, so that the best is the highest on both sides. */
  #keys = new Int32Array(CAPACITY_START);
  #lots = new Float64Array(CAPACITY_START);
  #count = 0;

  constructor(side: Side) {
    this.#side = side;
  }

  get count(): number {
    return this.#count;
  }

  /** 0 when the side is empty. */
  get bestTicks(): number {
    return this.#count === 0 ? 0 : this.#price(this.#count - 1);
  }

  get bestLots(): number {
    return this.#count === 0 ? 0 : this.#lots[this.#count - 1]!;
  }

  /** Sets a level to what is left there; 0 lots removes it. */
  set(priceTicks: number, lots: number): void {
    const keys = this.#keys;
    const key = this.#side === Side.BUY ? priceTicks : -priceTicks;
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    if (low < this.#count && keys[low] === key) {
      if (lots > 0) this.#lots[low] = lots;
      else this.#remove(low);
    } else if (lots > 0) this.#insert(low, key, lots);
  }

  /** The best levels, best first. */
  top(limit: number): Level[] {
    const levels: Level[] = [];
    const end = Math.max(0, this.#count - limit);
    for (let i = this.#count - 1; i >= end; i--) levels.push([this.#price(i), this.#lots[i]!]);
    return levels;
  }

  #price(index: number): number {
    const key = this.#keys[index]!;
    return this.#side === Side.BUY ? key : -key;
  }

  #remove(index: number): void {
    this.#keys.copyWithin(index, index + 1, this.#count);
    this.#lots.copyWithin(index, index + 1, this.#count);
    this.#count--;
  }

  #insert(index: number, key: number, lots: number): void {
    if (this.#count === this.#keys.length) {
      const keys = new Int32Array(this.#count * 2);
      keys.set(this.#keys);
      this.#keys = keys;
      const grown = new Float64Array(this.#count * 2);
      grown.set(this.#lots);
      this.#lots = grown;
    }
    this.#keys.copyWithin(index + 1, index, this.#count);
    this.#lots.copyWithin(index + 1, index, this.#count);
    this.#keys[index] = key;
    this.#lots[index] = lots;
    this.#count++;
  }
}
