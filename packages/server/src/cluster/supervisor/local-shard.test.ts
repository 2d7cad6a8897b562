import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import pg from "pg";
import { localTopology } from "../topology/local-topology.js";
import { LocalShard } from "./local-shard.js";
import { Supervisor } from "./supervisor.js";

const folder = mkdtempSync(join(tmpdir(), "buttonwood-shard-"));
chmodSync(folder, 0o711);
after(() => rmSync(folder, { recursive: true }));

async function value(shard: LocalShard, text: string): Promise<unknown> {
  const client = new pg.Client(shard.primary!.url());
  await client.connect();
  try {
    return (await client.query({ text, rowMode: "array" })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

async function start(shard: LocalShard): Promise<{ supervisor: Supervisor; restarted: Promise<void> }> {
  let again = (): void => {};
  const restarted = new Promise<void>((resolve) => {
    again = resolve;
  });
  const supervisor = new Supervisor({
    stages: [{ parts: [shard.primaryPart()] }, { parts: shard.standbyParts() }],
    onRestarted: () => again(),
  });
  await supervisor.start();
  return { supervisor, restarted };
}

test("a standby is promoted, the old primary made again as its standby, and a restart knows which is which", async () => {
  const data = join(folder, "cluster");
  const topology = await localTopology({ data, partitions: 1, shards: 1, standbys: true, redisNodes: 1 }, []);
  mkdirSync(join(data, "run"));
  const begin = async () => {
    const shard = new LocalShard(topology.shards[0]!, data);
    return { shard, ...(await start(shard)) };
  };

  const first = await begin();
  assert.equal(first.shard.primaryName, "shard-0");
  // Returns only because a standby has it too.
  await value(first.shard, "CREATE TABLE kept AS SELECT 7 AS seven");
  first.supervisor.kill("shard-0");
  assert.equal(await first.shard.promote(), "shard-0-standby");
  assert.equal(await value(first.shard, "SELECT seven FROM kept"), 7);
  await first.restarted;
  await value(first.shard, "CREATE TABLE more AS SELECT 8 AS eight");
  assert.equal(await value(first.shard, "SELECT application_name FROM pg_stat_replication"), "shard-0");
  await first.supervisor.stop();

  const second = await begin();
  assert.equal(second.shard.primaryName, "shard-0-standby");
  assert.equal(await value(second.shard, "SELECT eight FROM more"), 8);
  await value(second.shard, "INSERT INTO more VALUES (9)");
  await second.supervisor.stop();
});

test("a primary that is just starting again is not in the way of a promotion", async () => {
  const data = join(folder, "starting");
  const topology = await localTopology({ data, partitions: 1, shards: 1, standbys: true, redisNodes: 1 }, []);
  mkdirSync(join(data, "run"));
  const [entry] = topology.shards;
  const shard = new LocalShard(entry!, data);
  const { supervisor, restarted } = await start(shard);
  supervisor.kill("shard-0");
  while (shard.primary !== undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await shard.promote(), "shard-0-standby");
  await restarted;
  const client = new pg.Client({ ...entry!.primary, user: "postgres", database: "postgres" });
  await client.connect();
  assert.deepEqual((await client.query("SELECT pg_is_in_recovery() AS copies")).rows, [{ copies: true }]);
  await client.end();
  await value(shard, "CREATE TABLE kept AS SELECT 7 AS seven");
  await supervisor.stop();
});

test("a shard without a standby has nothing to promote", async () => {
  const data = join(folder, "alone");
  const topology = await localTopology({ data, partitions: 1, shards: 1, redisNodes: 1 }, []);
  await assert.rejects(
    new LocalShard(topology.shards[0]!, data).promote(),
    /shard-0 has no standby that runs/,
  );
});
