import type { Address, TcpAddress } from "../../platform/address.js";
import { createPartitionMap, type PartitionMap } from "../partition-map.js";

/**
 * What a cluster consists of: every process of it reads the same description. Times of day, leaders and epochs
 * are not in it: those are decided by the leases in the shards.
 */
export interface Topology {
  /** Names the cluster in logs and metrics. */
  readonly name: string;
  /** On each host: the folder of the cluster's own files. Sockets, logs, snapshots and keys lie below it. */
  readonly data: string;
  /** A partition's number is its place in this list. */
  readonly partitions: readonly PartitionEntry[];
  readonly shards: readonly ShardEntry[];
  readonly redis: RedisEntry;
  /** One of a partition's engines leads, the others stand by: the lease decides, not this list. */
  readonly engines: readonly EngineEntry[];
  /** One per partition. */
  readonly projections: readonly ProjectionEntry[];
  readonly backends: readonly BackendEntry[];
  readonly edge: EdgeEntry;
  /** Where operators sign in, on the host of the first backend; undefined = nowhere. */
  readonly console: TcpAddress | undefined;
  /** Which rate limits hold for its clients. */
  readonly limits: LimitsEntry;
  readonly security: SecurityEntry;
}

export interface PartitionEntry {
  /** Name of the shard that holds its journal and its query tables. */
  readonly shard: string;
  /** Symbols assigned to it; a symbol that no partition names goes by hash. */
  readonly symbols: readonly string[];
}

/** A PostgreSQL database, with the standbys that hold a copy of it. */
export interface ShardEntry {
  readonly name: string;
  /** Where it is written; after a promotion, whichever of primary and standbys takes writes. */
  readonly primary: PostgresAddress;
  readonly database: string;
  /** File with the passwords of the database's roles; undefined when the server asks for none. */
  readonly passwordsFile: string | undefined;
  /** Whether a commit must stand on a standby before it is acknowledged. Checked on start and while running. */
  readonly synchronous: boolean;
  readonly standbys: readonly PostgresAddress[];
}

/** Where PostgreSQL listens: `host` is a name, an IP address, or (from the root) the folder of its socket. */
export interface PostgresAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface RedisEntry {
  /** Nodes of the Redis Cluster; those not named are found through them. */
  readonly nodes: readonly TcpAddress[];
  /** File that holds the password; undefined when none is asked for. */
  readonly passwordFile: string | undefined;
}

export interface EngineEntry {
  readonly name: string;
  readonly partition: number;
  /** Where gateways, projections and the other engine of the partition reach it. */
  readonly listen: Address;
  /** Where the documented gRPC interface listens; undefined = nowhere. */
  readonly grpc: Address | undefined;
  /** Where metrics and health are asked over HTTP; undefined = nowhere. */
  readonly metrics: Address | undefined;
  /** Folder of its snapshots. */
  readonly data: string;
  /** Client order ids whose memory it fetches at its start, 0…2^25 − 1; see `StandbyOptions.preparedIds`. */
  readonly preparedIds: number;
}

export interface ProjectionEntry {
  readonly name: string;
  readonly partition: number;
  /** Where gateways ask for history and subscribe to market data and user events. */
  readonly listen: Address;
  /** Where metrics and health are asked over HTTP; undefined = nowhere. */
  readonly metrics: Address | undefined;
}

/** A group of gateway processes that share one address. */
export interface BackendEntry {
  readonly name: string;
  readonly listen: Address;
  readonly workers: number;
}

/** Those that are published, or none. */
export const LIMITS = ["published", "none"] as const;
export type LimitsEntry = (typeof LIMITS)[number];

/** Where clients connect. */
export interface EdgeEntry {
  readonly host: string;
  readonly port: number;
  /** Certificate and key for HTTPS; undefined = plain HTTP, for one machine or behind another proxy. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
}

export interface SecurityEntry {
  /** Mutual TLS on every TCP connection between the cluster's own processes; undefined = none. */
  readonly tls: MutualTls | undefined;
}

export interface MutualTls {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The authority that must have signed the other side's certificate. */
  readonly authorityFile: string;
}

/** The map of a topology's partitions. */
export function partitionMapOf(topology: Topology): PartitionMap {
  return createPartitionMap(topology.partitions);
}

/** The shard of a partition. Throws RangeError when there is no such partition. */
export function shardOf(topology: Topology, partition: number): ShardEntry {
  const name = topology.partitions[partition]?.shard;
  const shard = topology.shards.find((entry) => entry.name === name);
  if (shard === undefined) throw new RangeError(`there is no partition ${partition}`);
  return shard;
}
