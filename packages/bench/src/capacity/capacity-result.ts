/** What a capacity run has measured and concluded: plain data, as it is written to JSON and read again to compare. */
import type { LoadResult } from "../api-bench/plan.js";

/** Says of a file what it is; a reader refuses another number. */
export const CAPACITY_FORMAT = "buttonwood capacity 1";

/** How a cluster was laid out, or, for `classic`, the yardstick beside it. */
export interface Layout {
  /** `classic`: a transaction, a queue push and a unary call for every order, behind the same edge. */
  readonly pipeline: "buttonwood" | "classic";
  readonly backends: number;
  /** Of each backend. */
  readonly workers: number;
  readonly partitions: number;
  readonly shards: number;
  readonly redisNodes: number;
  readonly standbys: boolean;
  /** Clients connect to nginx; otherwise to the only backend. */
  readonly edge: boolean;
}

/** What one tier of processes took while one load lasted. */
export interface TierUsage {
  /** `edge`, `gateway`, `engine`, `journal`, `projection`, `tables`, `redis`, `generator`, `other`. */
  readonly tier: string;
  readonly processes: number;
  /** CPU time per second: 1 is one core. */
  readonly cores: number;
  /** CPU time of each accepted order, in µs. */
  readonly cpuUsPerOrder: number;
  /** Resident memory at the end, in MiB. */
  readonly memoryMiB: number;
}

/** What a deployment did for the orders of a load, by the counts of its own processes and servers. */
export interface Operations {
  /** Ended by all PostgreSQL primaries. */
  readonly transactionsPerSecond: number;
  /** Run by all Redis nodes, those between the nodes included. */
  readonly redisCommandsPerSecond: number;
  /** Of the engines' journals; undefined where there are no batches. */
  readonly commandsPerBatch?: number | undefined;
  /** Of the slowest engine, since it started. */
  readonly commitMsP50?: number | undefined;
  /** Commands that waited to be sequenced at the end of the load, in all engines. */
  readonly queuedCommands?: number | undefined;
  /** 99th percentile by role, of its worst process; of a backend's workers, their mean. */
  readonly eventLoopDelayMsP99: Readonly<Record<string, number>>;
}

/** One load on one layout. */
export interface LoadPoint {
  readonly connections: number;
  /** Open loop; undefined for a closed one. */
  readonly ratePerSecond?: number | undefined;
  readonly load: LoadResult;
  readonly tiers: readonly TierUsage[];
  readonly operations: Operations;
  /** Cores of the machine on which nothing ran, on average. */
  readonly idleCores: number;
}

export interface LayoutResult {
  /** Unique in the run, e.g. `4 × 4, 3 partitions`. */
  readonly name: string;
  readonly layout: Layout;
  /** By connections, ascending. */
  readonly points: readonly LoadPoint[];
}

/** One second of a run in which a process was killed. */
export interface FailoverSecond {
  /** From the begin of the timed part. */
  readonly second: number;
  readonly acceptedPerSecond: number;
  /** Requests whose connection broke, or that were refused, and that the client sent again. */
  readonly retried: number;
}

export interface FailoverResult {
  readonly layoutName: string;
  /** `backend` or `engine`. */
  readonly killed: string;
  readonly killedAtSecond: number;
  readonly seconds: readonly FailoverSecond[];
  /** Orders that were never accepted, in spite of retries. */
  readonly failed: number;
}

export interface CapacityResult {
  readonly format: typeof CAPACITY_FORMAT;
  readonly machine: string;
  readonly cores: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seed: number;
  readonly secondsPerPoint: number;
  readonly warmUpSeconds: number;
  readonly layouts: readonly LayoutResult[];
  readonly failovers: readonly FailoverResult[];
}
