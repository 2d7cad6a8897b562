/** A deterministic source of 32-bit numbers (mulberry32): the same seed gives the same draws everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0…2^32 − 1. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 0 ≤ x < 1. */
  unit(): number {
    return this.u32() / 2 ** 32;
  }

  /** A whole number, low…high inclusive. */
  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** An index drawn with the weights whose running sums are given. */
  pick(sums: readonly number[]): number {
    const x = this.unit() * sums[sums.length - 1]!;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > x) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
