import { createHistogram } from "node:perf_hooks";
import { BucketCounts, DURATION_SECONDS } from "../platform/bucket-counts.js";
import type { EngineFigures } from "../transport/engine-port.js";

/** Upper bounds for commands of a batch, which holds 4,096 at most. */
const BATCH_COMMANDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const;

/** How many batches were committed since the start, and how long commits and snapshot pauses took. */
export class Timings {
  readonly #commits = createHistogram();
  readonly #commitSeconds = new BucketCounts(DURATION_SECONDS);
  readonly #batchCommands = new BucketCounts(BATCH_COMMANDS);
  batches = 0;
  commands = 0;
  /** The longest pause for a snapshot, in ms. */
  pauseMsMax = 0;

  /** A batch of so many commands was committed in so many ms. */
  commit(ms: number, commands: number): void {
    this.#commits.record(Math.max(1, Math.round(ms * 1e6)));
    this.#commitSeconds.observe(ms / 1000);
    this.#batchCommands.observe(commands);
    this.batches++;
    this.commands += commands;
  }

  /** For the metrics. */
  figures(): Pick<EngineFigures, "commitSeconds" | "batchCommands"> {
    return { commitSeconds: this.#commitSeconds.read(), batchCommands: this.#batchCommands.read() };
  }

  pause(ms: number): void {
    this.pauseMsMax = Math.max(this.pauseMsMax, ms);
  }

  /** A percentile of the commits, in ms; 0 before the first. */
  commitMs(percentile: number): number {
    return this.#commits.count === 0 ? 0 : this.#commits.percentile(percentile) / 1e6;
  }
}
