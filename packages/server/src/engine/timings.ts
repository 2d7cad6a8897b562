import { createHistogram } from "node:perf_hooks";
import { BucketCounts, DURATION_SECONDS } from "../platform/bucket-counts.js";
import type { BatchTimes, EngineFigures, EngineStatus } from "../transport/engine-port.js";
import { LastBatches } from "./batch-times.js";

/** Upper bounds for commands of a batch, which holds 4,096 at most. */
const BATCH_COMMANDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const;

/** How many batches were committed since the start, and how long commits and snapshot pauses took. */
export class Timings {
  readonly #commits = createHistogram();
  readonly #commitSeconds = new BucketCounts(DURATION_SECONDS);
  readonly #batchCommands = new BucketCounts(BATCH_COMMANDS);
  readonly #last = new LastBatches();
  #beganUs = 0;
  #beganMs = 0;
  batches = 0;
  commands = 0;
  /** The longest pause for a snapshot, in ms. */
  pauseMsMax = 0;

  /** A batch begins: in µs since 1970, and in ms of the stopwatch by which it is timed. */
  begin(nowUs: number, stopwatchMs: number): void {
    this.#beganUs = nowUs;
    this.#beganMs = stopwatchMs;
  }

  /** It was applied, and then durable, at these ms of the stopwatch. */
  commit(
    { firstSequence, lastSequence }: { readonly firstSequence: number; readonly lastSequence: number },
    appliedMs: number,
    committedMs: number,
  ): void {
    const ms = committedMs - appliedMs;
    const commands = lastSequence - firstSequence + 1;
    this.#last.note(firstSequence, lastSequence, this.#beganUs, appliedMs - this.#beganMs, ms);
    this.#commits.record(Math.max(1, Math.round(ms * 1e6)));
    this.#commitSeconds.observe(ms / 1000);
    this.#batchCommands.observe(commands);
    this.batches++;
    this.commands += commands;
  }

  /** When the batch of a sequence went through; undefined when it is not remembered. */
  ofBatch(sequence: number): BatchTimes | undefined {
    return this.#last.find(sequence);
  }

  /** For the metrics. */
  figures(): Pick<EngineFigures, "commitSeconds" | "batchCommands"> {
    return { commitSeconds: this.#commitSeconds.read(), batchCommands: this.#batchCommands.read() };
  }

  /** What a status tells of them. */
  status(): Pick<
    EngineStatus,
    "batches" | "commands" | "commitMsP50" | "commitMsP99" | "snapshotPauseMsMax"
  > {
    return {
      batches: this.batches,
      commands: this.commands,
      commitMsP50: this.commitMs(50),
      commitMsP99: this.commitMs(99),
      snapshotPauseMsMax: this.pauseMsMax,
    };
  }

  pause(ms: number): void {
    this.pauseMsMax = Math.max(this.pauseMsMax, ms);
  }

  /** A percentile of the commits, in ms; 0 before the first. */
  commitMs(percentile: number): number {
    return this.#commits.count === 0 ? 0 : this.#commits.percentile(percentile) / 1e6;
  }
}
