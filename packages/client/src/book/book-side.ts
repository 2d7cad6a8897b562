/** One side of a book: levels in order, best first. Prices are compared exactly, whatever their spelling. */
import type { DepthLevel } from "../api/market-data-types.js";
import { isZero } from "../decimals.js";

interface StoredLevel {
  /** The price's digits as an integer, and how many of them are decimals. */
  readonly units: bigint;
  readonly places: number;
  level: DepthLevel;
}

function storedLevel(price: string, quantity: string): StoredLevel {
  const point = price.indexOf(".");
  const places = point < 0 ? 0 : price.length - point - 1;
  const digits = point < 0 ? price : price.slice(0, point) + price.slice(point + 1);
  return { units: BigInt(digits), places, level: [price, quantity] };
}

/** Below 0 when a < b. */
function comparePrices(a: StoredLevel, b: StoredLevel): number {
  let left = a.units;
  let right = b.units;
  if (a.places < b.places) left *= 10n ** BigInt(b.places - a.places);
  else if (b.places < a.places) right *= 10n ** BigInt(a.places - b.places);
  return left < right ? -1 : left > right ? 1 : 0;
}

export class BookSide {
  readonly #sign: number;
  /** Best first. */
  #levels: StoredLevel[] = [];
  /** The worst price that is known; what is worse is not kept. Undefined: all of the side is known. */
  #boundary: StoredLevel | undefined;

  constructor(side: "BID" | "ASK") {
    this.#sign = side === "BID" ? -1 : 1;
  }

  get size(): number {
    return this.#levels.length;
  }

  /** Whether all levels are known, however far from the best. */
  get isWhole(): boolean {
    return this.#boundary === undefined;
  }

  get best(): DepthLevel | undefined {
    return this.#levels[0]?.level;
  }

  /** The best levels, best first. */
  top(count = this.#levels.length): DepthLevel[] {
    return this.#levels.slice(0, count).map(({ level }) => level);
  }

  /** Takes the levels of a snapshot. One that is cut off at its limit says nothing of what is worse. */
  reset(levels: readonly DepthLevel[], isCutOff: boolean): void {
    this.#levels = levels.map(([price, quantity]) => storedLevel(price, quantity));
    this.#levels.sort((a, b) => this.#sign * comparePrices(a, b));
    this.#boundary = isCutOff ? this.#levels.at(-1) : undefined;
  }

  /** Sets a level's quantity; zero takes it out. */
  set(price: string, quantity: string): void {
    const level = storedLevel(price, quantity);
    const boundary = this.#boundary;
    if (boundary !== undefined && this.#sign * comparePrices(level, boundary) > 0) return;
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sign * comparePrices(this.#levels[middle]!, level) < 0) low = middle + 1;
      else high = middle;
    }
    const found = this.#levels[low];
    const isThere = found !== undefined && comparePrices(found, level) === 0;
    if (isZero(quantity)) {
      if (isThere) this.#levels.splice(low, 1);
    } else if (isThere) found.level = level.level;
    else this.#levels.splice(low, 0, level);
  }
}
