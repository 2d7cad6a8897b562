import { readTopology } from "../../cluster/topology/local-topology.js";
import { PostgresJournal } from "../../journal/postgres/postgres-journal.js";
import { PostgresTables } from "../../projection/postgres/postgres-tables.js";
import { fillTables, type RebuildProgress } from "../../projection/rebuild.js";
import { shardAccess } from "./shard-access.js";

/**
 * Drops the query tables of a partition and fills them again from its journal, while the cluster runs: its projection
 * is cut off, and goes on from the new tables when they are complete. Throws TopologyError, RangeError when there is
 * no such partition, and what keeps the shard from being read or written.
 */
export async function rebuildPartition(
  topologyFile: string,
  partition: number,
  onProgress?: (progress: RebuildProgress) => void,
): Promise<RebuildProgress> {
  const access = shardAccess(readTopology(topologyFile), partition, "projection");
  const journal = PostgresJournal.openReader({ access, partition, name: "buttonwood rebuild" });
  try {
    const tables = await PostgresTables.openEmpty({ access, partition });
    try {
      return await fillTables(tables, journal, onProgress);
    } finally {
      await tables.close();
    }
  } finally {
    await journal.close();
  }
}
