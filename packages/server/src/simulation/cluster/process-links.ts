import { findLeader } from "../../cluster/leadership/find-leader.js";
import type { LeasedReader } from "../../journal/lease.js";
import { PostgresJournal, type PostgresJournalOptions } from "../../journal/postgres/postgres-journal.js";
import type { ShardMachine } from "../../journal/postgres/shard.js";
import { SocketClient } from "../../transport/socket/socket-client.js";
import type { Cluster } from "./cluster.js";
import {
  LEASE_TIMES_SIMULATED,
  STORE_ANSWER_MS_MAX_SIMULATED,
  STORE_MISSING_MS_MAX_SIMULATED,
} from "./cluster-plan.js";
import type { Host } from "./host.js";
import { dialFrames } from "./sim-frames.js";
import { shardMachine } from "./sim-shard-link.js";

/** How the host's process, which has just started, reaches a partition's shard. */
export function journalOptions(cluster: Cluster, host: Host, partition: number): PostgresJournalOptions {
  const { plant } = cluster;
  const machine = shardMachine(cluster.network, host, { mindsWarnings: plant.ignoresWarnings !== true });
  const open: ShardMachine["open"] = async (...to) => {
    const link = await machine.open(...to);
    plant.link?.(link);
    return link;
  };
  return {
    access: cluster.shards[partition]!.access,
    partition,
    name: host.name,
    missingTimeoutMs: STORE_MISSING_MS_MAX_SIMULATED,
    answerTimeoutMs: STORE_ANSWER_MS_MAX_SIMULATED,
    machine: { ...machine, open },
  };
}

export function openReader(cluster: Cluster, host: Host, partition: number): LeasedReader {
  return PostgresJournal.openReader(journalOptions(cluster, host, partition));
}

/** The process's way to the engine that leads a partition. `mapHash` is of the map that the process works with. */
export function leaderClient(cluster: Cluster, host: Host, partition: number, mapHash: string): SocketClient {
  const { network, world } = cluster;
  const process = host.process!;
  const { timers } = host;
  const leases = openReader(cluster, host, partition);
  return new SocketClient({
    partition,
    mapHash,
    findLeader: () => findLeader({ leases, timers, times: LEASE_TIMES_SIMULATED }),
    dial: (address, hello) => dialFrames(network, host, address, hello),
    answerMsMax: cluster.plan.answerMsMax,
    timers,
    random: () => world.random.next(),
    defer: (task) => process.after(0, task),
  });
}
