import type { Topology } from "../../cluster/topology/topology.js";
import type { Logger } from "../../platform/logging.js";

/** What every role of a cluster is given when it starts. */
export interface RoleContext {
  readonly topology: Topology;
  /** Its name in the topology. */
  readonly name: string;
  readonly logger: Logger;
  readonly version: string;
  /** The role can't go on: the process says why and ends with a failure. What is done after it is never heard. */
  readonly onFatal: (error: Error) => void;
}

/** A role that runs. */
export interface RunningRole {
  /** Ends it in order: what has arrived is answered, everything is released. */
  close(): Promise<void>;
}

/**
 * Starts a role in this process. It opens its control socket (`cluster/role-control.ts`) before anything that takes
 * long, so that an operator sees what it waits for, and resolves when it is ready. When it rejects, nothing is left
 * open.
 */
export type StartRole = (context: RoleContext) => Promise<RunningRole>;
