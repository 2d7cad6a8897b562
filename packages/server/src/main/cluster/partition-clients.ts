import { findLeader } from "../../cluster/leadership/find-leader.js";
import { partitionMapOf, type Topology } from "../../cluster/topology/topology.js";
import type { LeasedReader } from "../../journal/lease.js";
import { PostgresJournal } from "../../journal/postgres/postgres-journal.js";
import type { Logger } from "../../platform/logging.js";
import { systemTimers } from "../../platform/timers.js";
import { readTlsFiles } from "../../platform/tls-credentials.js";
import { SocketClient } from "../../transport/socket/socket-client.js";
import { shardAccess } from "./shard-access.js";

/** Ways to the leaders of a topology's partitions, each opened when it is first asked for. */
export class PartitionClients {
  readonly #topology: Topology;
  readonly #name: string;
  readonly #logger: Logger;
  readonly #open = new Map<number, { readonly client: SocketClient; readonly leases: LeasedReader }>();

  /** `name` is this process's, shown to the operators of the databases. */
  constructor(topology: Topology, name: string, logger: Logger) {
    this.#topology = topology;
    this.#name = name;
    this.#logger = logger;
  }

  /** Throws RangeError when there is no such partition. */
  of(partition: number): SocketClient {
    return (this.#open.get(partition) ?? this.#connect(partition)).client;
  }

  async close(): Promise<void> {
    for (const { client, leases } of this.#open.values()) {
      await client.close();
      await leases.close();
    }
  }

  #connect(partition: number) {
    const leases = PostgresJournal.openReader({
      access: shardAccess(this.#topology, partition, "reader"),
      partition,
      name: this.#name,
    });
    const { tls } = this.#topology.security;
    const client = new SocketClient({
      partition,
      mapHash: partitionMapOf(this.#topology).hash,
      findLeader: () => findLeader({ leases, timers: systemTimers }),
      tls: tls === undefined ? undefined : readTlsFiles(tls),
      onConnect: () => this.#logger.info({ partition }, "connected to the partition's leader"),
      onDisconnect: (reason) => this.#logger.warn({ partition, reason }, "the partition's leader was lost"),
      onFailed: (error) =>
        this.#logger.debug({ partition, err: error }, "the partition's leader can't be reached"),
    });
    const opened = { client, leases };
    this.#open.set(partition, opened);
    return opened;
  }
}
