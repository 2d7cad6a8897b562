import { createHistogram } from "node:perf_hooks";

/** How long commits and snapshot pauses took since the start. */
export class Timings {
  readonly #commits = createHistogram();
  /** The longest pause for a snapshot, in ms. */
  pauseMsMax = 0;

  commit(ms: number): void {
    this.#commits.record(Math.max(1, Math.round(ms * 1e6)));
  }

  pause(ms: number): void {
    this.pauseMsMax = Math.max(this.pauseMsMax, ms);
  }

  /** A percentile of the commits, in ms; 0 before the first. */
  commitMs(percentile: number): number {
    return this.#commits.count === 0 ? 0 : this.#commits.percentile(percentile) / 1e6;
  }
}
