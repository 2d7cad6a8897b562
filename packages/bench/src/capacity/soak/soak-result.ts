/** What a soak has measured: plain data, as it is written to JSON. */
import type { LoadResult } from "../../api-bench/plan.js";

/** A deployment at one moment of a soak. */
export interface SoakSample {
  /** Since the load's timed part began. */
  readonly atSecond: number;
  /** Resident, of all processes of a tier; what several processes share counts once. */
  readonly memoryMiB: Readonly<Record<string, number>>;
  /** Processor time that each tier took since the sample before, in cores; of the first, nothing. */
  readonly cores: Readonly<Record<string, number>>;
  /** Commands that the engines have committed and the projections have not stored yet. */
  readonly lagCommands: number;
}

export interface SoakResult {
  readonly machine: string;
  readonly startedAt: string;
  readonly layoutName: string;
  readonly connections: number;
  /** What a closed loop took before, orders/s. */
  readonly peakPerSecond: number;
  /** Offered, orders/s. */
  readonly ratePerSecond: number;
  readonly load: LoadResult;
  readonly samples: readonly SoakSample[];
  /** From the end of the load until the projections had stored everything; undefined when they never had. */
  readonly drainedAfterSeconds: number | undefined;
}
