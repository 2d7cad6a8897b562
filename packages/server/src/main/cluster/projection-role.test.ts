import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, decodeEvents, Reason, Side } from "@buttonwood/protocol";
import pg from "pg";
import {
  deposit,
  GOLD,
  listAsset,
  listMarket,
  newOrder,
  openAccount,
  USD,
} from "../../cluster/routing/testing/commands.js";
import { partitionMapOf } from "../../cluster/topology/topology.js";
import { READER_ROLE } from "../../journal/postgres/migrations.js";
import { TestShard } from "../../journal/postgres/testing/test-shard.js";
import { formatAddress } from "../../platform/address.js";
import { startPostgres } from "../../platform/servers/postgres-server.js";
import { startRedisCluster } from "../../platform/servers/redis-cluster.js";
import { prepareProjectionRole } from "../../projection/postgres/prepare-role.js";
import type { ProjectionClient } from "../../projection/projection-client.js";
import { ProjectionLink } from "../../projection/projection-socket.js";
import type { EngineClient } from "../../transport/engine-port.js";
import { rebuildPartition } from "./rebuild-partition.js";
import { EngineCluster } from "./testing/engine-cluster.js";

const BUYER = 1;
const SELLER = 2;

let shard: TestShard;
before(async () => {
  shard = await TestShard.start();
  const client = new pg.Client(shard.owner);
  await client.connect();
  await prepareProjectionRole(client, { readerRole: READER_ROLE, database: shard.owner.database });
  await client.end();
});
after(() => shard.stop());
beforeEach(() => shard.sql("drop schema if exists p0_tables cascade"));

interface Parts {
  readonly cluster: EngineCluster;
  readonly engine: EngineClient;
  /** A gateway's. */
  readonly history: ProjectionClient;
  /** Orders of the buyer that were answered. */
  readonly placed: number[];
  /** Places an order of the buyer, which trades every second time. */
  readonly place: () => Promise<void>;
}

/** Runs a test with a leading engine, whose exchange is open for trade, and a gateway's link to its projection. */
async function withEngine(run: (parts: Parts) => Promise<void>, redisPort?: number): Promise<void> {
  const cluster = await EngineCluster.prepare(shard, { a: 0 }, redisPort);
  const link = new ProjectionLink({
    partition: 0,
    mapHash: partitionMapOf(cluster.topology).hash,
    address: formatAddress(cluster.topology.projections[0]!.listen),
  });
  try {
    await cluster.startEngine("a");
    const engine = cluster.client();
    const submit = async (command: Command): Promise<number> => {
      const { reason, orderId } = await engine.submit(command);
      assert.equal(reason, Reason.OK);
      return orderId;
    };
    for (const command of [
      listAsset(USD, "USD"),
      listAsset(GOLD, "GOLD"),
      listMarket(0, "BTCUSDT"),
      openAccount(BUYER),
      openAccount(SELLER),
      deposit(BUYER, USD, 1_000_000),
      deposit(SELLER, GOLD, 1_000_000),
    ]) {
      await submit(command);
    }
    const placed: number[] = [];
    const place = async (): Promise<void> => {
      const isTrade = placed.length % 2 === 1;
      if (isTrade) await submit(newOrder(SELLER, 0, { side: Side.SELL, priceTicks: 50 }));
      placed.push(await submit(newOrder(BUYER, 0, { priceTicks: isTrade ? 50 : 10 })));
    };
    await run({ cluster, engine, history: link.client, placed, place });
  } finally {
    link.close();
    await cluster.stop();
  }
}

/** Asks until it is answered: while the projection is away, questions are refused. */
async function answer<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      assert.equal((error as Error).name, "HistoryLagsError", String(error));
      await sleep(20);
    }
  }
}

/** Everything that was answered is in the tables, once. */
async function checkWhole({ engine, history, placed }: Parts): Promise<void> {
  const { sequence } = await engine.query({ kind: "status" });
  const query = { account: BUYER, market: 0, limit: 1000, atLeast: sequence };
  const orders = await answer(() => history.orders(query));
  assert.deepEqual(
    orders.map(({ orderId }) => orderId),
    placed,
  );
  const trades = await answer(() => history.accountTrades(query));
  assert.equal(trades.length, Math.floor(placed.length / 2));
  const { bids } = await answer(() => history.depth(0, 10));
  assert.deepEqual(bids, [[10, Math.ceil(placed.length / 2)]]);
  assert.equal((await answer(() => history.ticker(0))).trades, trades.length);
}

describe("the projection of a partition", { timeout: 120_000 }, () => {
  it("fills its tables and tells gateways what happens, from the journal alone", () =>
    withEngine(async (parts) => {
      const { cluster, engine, history, place } = parts;
      await place();
      const projection = await cluster.startProjection();
      const kinds: string[] = [];
      history.follow({
        onGroups: (groups) => kinds.push(...decodeEvents(groups).map(({ kind }) => kind)),
        onGap: () => {},
      });
      await answer(() => history.watch(BUYER));
      await place();
      await checkWhole(parts);
      assert.deepEqual(
        kinds.filter((kind) => kind.startsWith("ORDER")),
        ["ORDER_ACCEPTED", "ORDER_FILLED", "ORDER_FILLED"],
      );
      const status = await cluster.status("projection-0");
      assert.deepEqual(
        [status.role, status.state, status.ready, status.partition],
        ["projection", "serving", true, 0],
      );
      assert.equal(status.sequence, (await engine.query({ kind: "status" })).sequence);
      projection.child.kill("SIGTERM");
      assert.equal(await projection.ended, 0, projection.said());
    }));

  it("is killed and started again: nothing is lost or doubled", () =>
    withEngine(async (parts) => {
      const { cluster, place } = parts;
      for (let kill = 0; kill < 3; kill++) {
        const projection = await cluster.startProjection();
        for (let i = 0; i < 20; i++) await place();
        if (kill === 1) await checkWhole(parts);
        projection.child.kill("SIGKILL");
        await projection.ended;
        for (let i = 0; i < 5; i++) await place();
      }
      await cluster.startProjection();
      await checkWhole(parts);
    }));

  it("goes on when its shard's server was killed, which has lost what was not yet on disk", () =>
    withEngine(async (parts) => {
      const { cluster, place } = parts;
      const projection = await cluster.startProjection();
      for (let i = 0; i < 20; i++) await place();
      await checkWhole(parts);
      const { folder, port } = shard.primary;
      await shard.primary.kill();
      shard.primary = await startPostgres({ folder, port, settings: { fsync: "off" } });
      for (let i = 0; i < 20; i++) await place();
      await checkWhole(parts);
      assert.equal(projection.child.exitCode, null);
    }));

  it("row 19: follows the feed of Redis, and the journal when Redis is gone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "buttonwood-redis-"));
    chmodSync(folder, 0o755);
    const redis = await startRedisCluster({ folder: join(folder, "redis"), nodes: 1 });
    let isStopped = false;
    try {
      await withEngine(async (parts) => {
        const { cluster, place } = parts;
        await cluster.startProjection();
        for (let i = 0; i < 10; i++) await place();
        await checkWhole(parts);
        await redis.stop();
        isStopped = true;
        for (let i = 0; i < 10; i++) await place();
        await checkWhole(parts);
      }, redis.addresses[0]!.port);
    } finally {
      if (!isStopped) await redis.stop();
      rmSync(folder, { recursive: true });
    }
  });

  it("gets new tables by a rebuild, while it runs", () =>
    withEngine(async (parts) => {
      const { cluster, engine, place } = parts;
      const projection = await cluster.startProjection();
      for (let i = 0; i < 10; i++) await place();
      await checkWhole(parts);
      await shard.sql("update p0_tables.orders set lots = 99");
      const { sequence } = await engine.query({ kind: "status" });
      const progress = await rebuildPartition(cluster.topologyFile, 0);
      assert.deepEqual([progress.sequence, progress.target], [sequence, sequence]);
      assert.deepEqual(await shard.sql("select from p0_tables.orders where lots = 99"), []);
      for (let i = 0; i < 10; i++) await place();
      await checkWhole(parts);
      assert.equal(projection.child.exitCode, null);
    }));
});
