/** What a histogram holds: plain data, so that it can be asked for across threads. */
export interface Buckets {
  /** Upper bounds of the buckets, rising, each included. */
  readonly upperBounds: readonly number[];
  /** Observations in each bucket alone; the last one, beyond every bound, comes on top. */
  readonly counts: readonly number[];
  /** Sum of all observed values. */
  readonly sum: number;
}

/** Upper bounds for times in seconds of what should take milliseconds: commits, writes, requests. */
export const DURATION_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
] as const;

/** A histogram where time is dear: observing is a short search and two additions, and nothing is made. */
export class BucketCounts {
  readonly #upperBounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(upperBounds: readonly number[]) {
    this.#upperBounds = upperBounds;
    this.#counts = new Float64Array(upperBounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#upperBounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += value;
  }

  read(): Buckets {
    return { upperBounds: this.#upperBounds, counts: [...this.#counts], sum: this.#sum };
  }
}
