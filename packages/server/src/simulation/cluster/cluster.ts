import type { ReferenceConfig } from "@buttonwood/core/reference";
import type { PartitionMap } from "../../cluster/partition-map.js";
import type { CarrierParts } from "../../cluster/transfers/carrier.js";
import type { CoreFactory } from "../../engine/deterministic-core.js";
import type { FeedBatch } from "../../feed/port.js";
import type { LeasedJournal } from "../../journal/lease.js";
import type { ShardLink } from "../../journal/postgres/shard.js";
import type { Tables } from "../../projection/tables.js";
import type { EngineClient } from "../../transport/engine-port.js";
import type { World } from "../world.js";
import type { ClusterAudit } from "./cluster-audit.js";
import type { ClusterPlan } from "./cluster-plan.js";
import type { Host } from "./host.js";
import type { Network } from "./network.js";
import type { ShardRules } from "./shard-tables.js";
import type { SimRedis } from "./sim-redis.js";
import type { SimShard } from "./sim-shard.js";

/** Where a planted bug can get in; an empty object is the program as it is. */
export interface ClusterPlant {
  readonly rules?: Partial<ShardRules>;
  /** A warning of a shard's server is taken for nothing. */
  readonly ignoresWarnings?: boolean;
  /** Processes of another topology are let in. */
  readonly ignoresHello?: boolean;
  readonly cores?: (config: ReferenceConfig, host: Host) => CoreFactory;
  /** Changes an engine's journal. */
  readonly journal?: (journal: LeasedJournal, outlets: Outlets) => void;
  /** Changes a connection to a shard. */
  readonly link?: (link: ShardLink) => void;
  readonly carrier?: (parts: CarrierParts) => CarrierParts;
  /** Stands between a gateway and a partition. */
  readonly client?: (client: EngineClient, partition: number) => EngineClient;
  /** Batches are taken as they come from the feed. */
  readonly acceptsFeedGaps?: boolean;
  /** Stands between a projection and its tables. */
  readonly tables?: (tables: Tables) => Tables;
  /** Changes the program itself. Returns how to undo it. */
  readonly patch?: () => () => void;
}

/** Where an engine's batches go. */
export interface Outlets {
  /** Everywhere. */
  publish(batch: FeedBatch): void;
  /** To the carrier of transfers alone. */
  carry(batch: FeedBatch): void;
}

/** What the processes of a simulated cluster share. */
export interface Cluster {
  readonly world: World;
  readonly plan: ClusterPlan;
  readonly plant: ClusterPlant;
  readonly map: PartitionMap;
  readonly network: Network;
  readonly redis: SimRedis;
  readonly shards: readonly SimShard[];
  readonly audit: ClusterAudit;
}
