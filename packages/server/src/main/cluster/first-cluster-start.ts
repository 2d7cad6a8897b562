import { RoutingEngineClient } from "../../cluster/routing/routing-engine-client.js";
import { readTopology } from "../../cluster/topology/local-topology.js";
import { partitionMapOf, type Topology } from "../../cluster/topology/topology.js";
import { systemClock } from "../../platform/clock.js";
import { createLogger, type Logger } from "../../platform/logging.js";
import { systemTimers } from "../../platform/timers.js";
import { demoKeysFile } from "../data-folder.js";
import { demoAccess } from "../demo-access.js";
import { firstStart } from "../first-start.js";
import { openClusterKeys, openClusterPeople } from "./cluster-keys.js";
import { PartitionClients } from "./partition-clients.js";

/**
 * Lists the demo markets and opens the demo accounts of a new cluster, as {@link firstStart} does, through the
 * engines of all partitions. Returns whether it did.
 */
export async function firstClusterStart(topology: Topology, logger: Logger): Promise<boolean> {
  const keys = await openClusterKeys(topology, (text) => logger.warn(text));
  const people = await openClusterPeople(topology, keys, logger);
  const clients = new PartitionClients(topology, "first start", logger);
  try {
    const engine = await RoutingEngineClient.start({
      partitions: topology.partitions.map((_, partition) => clients.of(partition)),
      map: partitionMapOf(topology),
      clock: systemClock,
      timers: systemTimers,
      random: Math.random,
      bestPrice: () => Promise.reject(new Error("no orders are placed here")),
    });
    return await firstStart(topology.data, engine, demoAccess(keys, people));
  } finally {
    await clients.close();
    await people.close();
    await keys.close();
  }
}

/** Does it for the topology of a file, and tells where the keys of the demo accounts are. */
export async function firstStartOfTopology(
  file: string,
): Promise<{ readonly isNew: boolean; readonly demoKeysFile: string }> {
  const topology = readTopology(file);
  const logger = createLogger({ name: "demo", level: "warn" });
  return { isNew: await firstClusterStart(topology, logger), demoKeysFile: demoKeysFile(topology.data) };
}
