import { readTopology, topologyFile } from "../../cluster/topology/local-topology.js";
import { READER_ROLE } from "../../journal/postgres/migrations.js";
import type { Address } from "../../platform/address.js";
import { redisAccess } from "./redis-access.js";
import { shardPassword } from "./shard-access.js";

/** Where what a cluster does can be read off, from outside. */
export interface ClusterInstruments {
  /** Answer `/metrics` over HTTP. A backend answers for all of its workers. */
  readonly metrics: readonly {
    readonly role: "gateway" | "engine" | "projection";
    readonly address: Address;
  }[];
  /** Primaries of the shards, as a role that only reads. */
  readonly databases: readonly {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password: string | undefined;
  }[];
  readonly redis: {
    readonly nodes: readonly { readonly host: string; readonly port: number }[];
    readonly password: string | undefined;
  };
}

/**
 * The instruments of the cluster in a folder. Throws TopologyError, Node's error when there is no cluster, or when a
 * file of passwords can't be read.
 */
export function clusterInstruments(data: string): ClusterInstruments {
  const topology = readTopology(topologyFile(data));
  const { engines, projections, backends, shards } = topology;
  const probed = [
    ...engines.map(({ metrics }) => ({ role: "engine" as const, address: metrics })),
    ...projections.map(({ metrics }) => ({ role: "projection" as const, address: metrics })),
    ...backends.map(({ listen }) => ({ role: "gateway" as const, address: listen })),
  ];
  return {
    metrics: probed.flatMap(({ role, address }) => (address === undefined ? [] : [{ role, address }])),
    databases: shards.map((shard) => ({
      host: shard.primary.host,
      port: shard.primary.port,
      database: shard.database,
      user: READER_ROLE,
      password: shardPassword(shard, "reader"),
    })),
    redis: redisAccess(topology),
  };
}
