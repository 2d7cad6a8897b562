/** The PostgreSQL servers of a cluster, asked directly: who takes writes, who copies, and what the journals hold. */
import { join } from "node:path";
import { Client } from "pg";
import { JournalChecker, type JournalState } from "../durability/journal-checker.js";
import { RowReader, type StoredRow } from "../durability/journal-records.js";
import type { LocalCluster } from "../support/cluster.js";

const ROWS_AT_ONCE = 200;

interface Server {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

function serversOf(cluster: LocalCluster, shard: string): Server[] {
  const entry = cluster.topology.shards.find(({ name }) => name === shard);
  if (entry === undefined) throw new Error(`there is no shard ${shard}`);
  return [entry, ...(entry.standbys ?? [])].map(({ name, host, port }) => ({
    name,
    host: join(cluster.data, host),
    port,
  }));
}

async function connect({ host, port }: Server): Promise<Client> {
  const client = new Client({ host, port, user: "postgres", database: "buttonwood" });
  // A server that dies ends the query, which says so.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Connects to the server of a shard that takes writes. Rejects when there is none, or more than one. */
async function connectPrimary(
  cluster: LocalCluster,
  shard: string,
): Promise<{ name: string; client: Client }> {
  const found: { name: string; client: Client }[] = [];
  for (const server of serversOf(cluster, shard)) {
    const client = await connect(server).catch(() => undefined);
    if (client === undefined) continue;
    const { rows } = await client.query("SELECT pg_is_in_recovery() AS copies");
    if (rows[0].copies === false) found.push({ name: server.name, client });
    else await client.end();
  }
  if (found.length === 1) return found[0]!;
  for (const { client } of found) await client.end();
  throw new Error(`${shard} has ${found.length} servers that take writes`);
}

/** Name of the server of a shard that takes writes. */
export async function primaryOf(cluster: LocalCluster, shard: string): Promise<string> {
  const { name, client } = await connectPrimary(cluster, shard);
  await client.end();
  return name;
}

/** Whether every shard has one primary whose commits a standby copies. */
export async function areShardsWhole(cluster: LocalCluster): Promise<boolean> {
  for (const { name, standbys = [] } of cluster.topology.shards) {
    try {
      const { client } = await connectPrimary(cluster, name);
      const { rows } = await client.query(
        "SELECT count(*)::int AS copies FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')",
      );
      await client.end();
      if (rows[0].copies !== standbys.length) return false;
    } catch {
      return false;
    }
  }
  return true;
}

/** Reads and checks the journal of every partition, from its shard. Problems are returned, damage is thrown. */
export async function checkPartitions(cluster: LocalCluster): Promise<JournalState[]> {
  const states: JournalState[] = [];
  for (const [partition, { shard }] of cluster.topology.partitions.entries()) {
    const { client } = await connectPrimary(cluster, shard);
    try {
      states.push(await checkPartition(client, partition));
    } catch (error) {
      throw new Error(`partition ${partition}: ${(error as Error).message}`);
    } finally {
      await client.end();
    }
  }
  return states;
}

async function checkPartition(client: Client, partition: number): Promise<JournalState> {
  const checker = new JournalChecker();
  const reader = new RowReader((events) => checker.group(events), partition);
  for (;;) {
    const { rows } = await client.query(
      "SELECT * FROM buttonwood.journal WHERE partition = $1 AND first_sequence > $2 ORDER BY first_sequence LIMIT $3",
      [partition, reader.sequence, ROWS_AT_ONCE],
    );
    for (const row of rows) {
      const stored: StoredRow = {
        ...row,
        first_sequence: Number(row.first_sequence),
        last_sequence: Number(row.last_sequence),
        epoch: Number(row.epoch),
      };
      reader.take(stored);
    }
    if (rows.length < ROWS_AT_ONCE) return checker.state(reader.sequence);
  }
}
