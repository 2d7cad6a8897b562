/** What a flow must come to, whichever engine runs it. */
export interface Outcome {
  readonly trades: number;
  /** Lots traded. */
  readonly volume: number;
  /** Sum of price in ticks × lots. */
  readonly notional: number;
  /** FNV-style hash of every fill's maker id, taker id, price and quantity, 8 hex digits. */
  readonly tradeHash: string;
  readonly restingOrders: number;
  readonly restingQty: number;
  readonly levels: number;
  /** Sum over levels of price × quantity. */
  readonly bookChecksum: number;
}

/** The benchmark's answer: speed, then the outcome that shows the work was done. */
export interface CoreBenchResult extends Outcome {
  readonly flow: string;
  readonly mode: "book" | "full";
  /** Commands timed in each run. */
  readonly commands: number;
  /** Of the median run. */
  readonly opsPerSecond: number;
  readonly nsPerOp: number;
  /** Time of single commands, the clock's own cost taken off. */
  readonly p50Ns: number;
  readonly p99Ns: number;
}

/** One pass over a flow on fresh state. */
export interface CoreRun {
  /** Applies records `from` up to, not including, `to`. */
  run(from: number, to: number): void;
  outcome(): Outcome;
}

// The trade hash of the OFL1 format.
export const HASH_START = 0x811c9dc5 | 0;
export const HASH_PRIME = 16777619;
export const hashText = (hash: number): string => (hash >>> 0).toString(16).padStart(8, "0");
