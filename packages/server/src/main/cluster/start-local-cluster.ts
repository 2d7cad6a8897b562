import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import type { LocalShard } from "../../cluster/supervisor/local-shard.js";
import { localStages, type OwnRole, roleLogFile } from "../../cluster/supervisor/local-stages.js";
import { type RunningCluster, runCluster } from "../../cluster/supervisor/run-cluster.js";
import {
  type LocalClusterOptions,
  localTopology,
  readTopology,
  topologyFile,
} from "../../cluster/topology/local-topology.js";
import type { Topology } from "../../cluster/topology/topology.js";
import { createLogger } from "../../platform/logging.js";
import { demoKeysFile } from "../data-folder.js";
import { DEMO_MARKETS } from "../first-start.js";
import { firstClusterStart } from "./first-cluster-start.js";
import { prepareShards } from "./prepare-shards.js";

/** Name of the supervisor's own log among those of the roles. */
const SUPERVISOR = "supervisor";

export interface StartLocalClusterOptions extends LocalClusterOptions {
  /** Program and arguments of a role's process. */
  readonly roleCommand: (role: OwnRole, name: string, topologyFile: string) => readonly [string, ...string[]];
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** Stops the cluster when it is aborted, also while it starts. */
  readonly signal: AbortSignal;
  /** Called when `ready` of `total` processes are ready; `part` is the last of them. */
  readonly onProgress: (ready: number, total: number, part: string) => void;
}

export interface LocalCluster extends RunningCluster {
  readonly topology: Topology;
  readonly topologyFile: string;
  readonly url: string;
  readonly demoKeysFile: string;
}

/** The folder holds an exchange of one process. */
export class OtherFolderError extends Error {
  override readonly name = "OtherFolderError";
}

/**
 * Starts a whole cluster on this machine, and keeps it running. Resolves when it takes orders. When any part can't
 * start, all that was started is stopped again. Rejects with MissingBinaryError, TopologyError, OtherTopologyError,
 * NotLocalError, {@link OtherFolderError}, DataFolderLockedError, PartFailedError, or Node's error of a port that is
 * taken.
 */
export async function startLocalCluster(options: StartLocalClusterOptions): Promise<LocalCluster> {
  const data = resolve(options.data);
  if (existsSync(join(data, "journal.db"))) {
    throw new OtherFolderError(`${data} holds the journal of an exchange of one process`);
  }
  const topology = await localTopology(
    { ...options, data },
    DEMO_MARKETS.map(({ base, quote }) => base + quote),
  );
  const { host, port } = topology.edge;
  const file = topologyFile(data);
  await requireFree(host, port);
  const logger = createLogger({
    name: SUPERVISOR,
    level: options.logLevel,
    file: roleLogFile(topology, SUPERVISOR),
  });
  const { stages, shards } = localStages({
    topology,
    roleCommand: (role, name) => options.roleCommand(role, name, file),
    prepareShards: (prepared) => prepareLocalShards(topology, prepared),
    async firstStart() {
      if (await firstClusterStart(topology, logger)) logger.info("listed the demo markets and accounts");
    },
  });
  const cluster = await runCluster({
    name: topology.name,
    data,
    stages,
    shards,
    logger,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  return {
    ...cluster,
    topology,
    topologyFile: file,
    url: `http://${host}:${port}`,
    demoKeysFile: demoKeysFile(data),
  };
}

/** The logs of a local cluster's processes, by name. Throws TopologyError, or Node's error when there is no cluster. */
export function clusterLogFiles(data: string): ReadonlyMap<string, string> {
  const topology = readTopology(topologyFile(resolve(data)));
  const nothing = async (): Promise<void> => {};
  const { stages } = localStages({
    topology,
    roleCommand: () => [""],
    prepareShards: nothing,
    firstStart: nothing,
  });
  const files = new Map([[SUPERVISOR, roleLogFile(topology, SUPERVISOR)]]);
  for (const { parts } of stages) for (const part of parts) files.set(part.name, part.logFile);
  return files;
}

/** Prepares shards that run here: their superuser signs in over a socket that nobody else may reach. */
function prepareLocalShards(topology: Topology, shards: readonly LocalShard[]): Promise<void> {
  return prepareShards(topology, ({ name }) => {
    const primary = shards.find((shard) => shard.name === name)?.primary;
    if (primary === undefined) throw new Error(`${name} has ended before its tables could be made`);
    return { host: primary.socketFolder, port: primary.port, user: primary.user };
  });
}

/** Rejects with Node's error when another program listens on a port. */
async function requireFree(host: string, port: number): Promise<void> {
  await new Promise<void>((free, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, host, () => server.close(() => free()));
  });
}
