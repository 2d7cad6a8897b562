import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readTopology } from "../../cluster/topology/local-topology.js";
import { createLogger } from "../../platform/logging.js";
import { Shutdown } from "../../platform/shutdown.js";
import type { RunningRole, StartRole } from "./role-context.js";

export interface RunRoleOptions {
  readonly start: StartRole;
  readonly topologyFile: string;
  /** Its name in the topology. */
  readonly name: string;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly version: string;
  /** Ends it in order when standard input ends, because then its supervisor is gone. */
  readonly supervised: boolean;
  readonly onFatal: (error: Error) => void;
}

/**
 * Runs a role of a cluster as this process, until SIGTERM or SIGINT. Resolves when it is ready. Rejects with
 * TopologyError, or with what kept the role from starting; then nothing of it is left.
 */
export async function runRole(options: RunRoleOptions): Promise<void> {
  const { name } = options;
  const topology = readTopology(options.topologyFile);
  const logger = createLogger({ name, level: options.logLevel });
  const shutdown = new Shutdown((step, error) => logger.error({ err: error }, `stopping: ${step} failed`));
  // Before it has started there is nothing to bring to an end.
  const endAtOnce = (): void => process.exit(0);
  process.once("SIGTERM", endAtOnce);
  process.once("SIGINT", endAtOnce);
  if (options.supervised) {
    process.stdin.on("end", () => process.kill(process.pid, "SIGTERM")).resume();
  }
  mkdirSync(join(topology.data, "run"), { recursive: true, mode: 0o700 });
  const { version, onFatal } = options;
  let role: RunningRole;
  try {
    role = await options.start({ topology, name, logger, version, onFatal });
  } catch (error) {
    // Listened to, it would keep a process that has failed from ending.
    if (options.supervised) process.stdin.destroy();
    throw error;
  }
  shutdown.add(name, () => role.close());
  shutdown.onSignals();
  process.off("SIGTERM", endAtOnce);
  process.off("SIGINT", endAtOnce);
  logger.info("ready");
}
