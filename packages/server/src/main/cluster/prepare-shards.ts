import pg from "pg";
import { readTopology } from "../../cluster/topology/local-topology.js";
import type { ShardEntry, Topology } from "../../cluster/topology/topology.js";
import { prepareAuditTables } from "../../gateway/audit/audit-tables.js";
import { preparePeopleTables } from "../../gateway/people/people-tables.js";
import { GATEWAY_ROLE, prepareKeyTables } from "../../gateway/session/key-tables.js";
import { READER_ROLE } from "../../journal/postgres/migrations.js";
import { prepareShard, type ShardOwner } from "../../journal/postgres/prepare-shard.js";
import { prepareProjectionRole } from "../../projection/postgres/prepare-role.js";
import { shardPassword } from "./shard-access.js";

/** How the owner of a shard's database signs in: on its primary, as a role that may create databases and roles. */
export type OwnerOf = (shard: ShardEntry) => Omit<ShardOwner, "database">;

/** The shard that holds the keys of the whole cluster: partition 0's. */
export function keyShardName(topology: Topology): string {
  return topology.partitions[0]!.shard;
}

/**
 * Makes the databases, roles and tables of every shard where they are missing, and brings older ones to this version.
 * May be run again at any time. Rejects when a shard can't be reached, or is of a newer version.
 */
export async function prepareShards(topology: Topology, ownerOf: OwnerOf): Promise<void> {
  await Promise.all(
    topology.shards.map(async (shard) => {
      const { database, name } = shard;
      const owner = { ...ownerOf(shard), database };
      await prepareShard(owner, {
        engine: shardPassword(shard, "engine"),
        reader: shardPassword(shard, "reader"),
      });
      const client = new pg.Client({ ...owner, password: owner.password ?? "" });
      client.on("error", () => {});
      await client.connect();
      try {
        const password = shardPassword(shard, "projection");
        await prepareProjectionRole(client, { readerRole: READER_ROLE, database, password });
        if (name === keyShardName(topology)) await prepareKeys(client, shardPassword(shard, "gateway"));
      } finally {
        await client.end();
      }
    }),
  );
}

/** Prepares the shards of a topology's file, each on its primary, and answers their names. */
export async function prepareTopologyShards(
  file: string,
  user: string,
  password: string | undefined,
): Promise<readonly string[]> {
  const topology = readTopology(file);
  await prepareShards(topology, ({ primary: { host, port } }) => ({ host, port, user, password }));
  return topology.shards.map(({ name }) => name);
}

async function prepareKeys(client: pg.Client, password: string | undefined): Promise<void> {
  await prepareKeyTables(client);
  await prepareAuditTables(client);
  await preparePeopleTables(client);
  if (password === undefined) return;
  await client.query(`ALTER ROLE ${GATEWAY_ROLE} PASSWORD ${client.escapeLiteral(password)}`);
}
