import type { LoadKey } from "../api-bench/plan.js";

/** A layout that runs, and takes orders. */
export interface Deployment {
  readonly url: string;
  /** Processes whose descendants are the deployment. */
  readonly roots: readonly number[];
  /** Funded accounts' keys. */
  readonly keys: readonly LoadKey[];
  readonly symbols: readonly string[];
  /** Kills a process of it by its name, with SIGKILL. */
  kill(name: string): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}
