import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { localTopology, topologyFile } from "./local-topology.js";
import { partitionMapOf } from "./topology.js";

const folder = mkdtempSync(join(tmpdir(), "buttonwood-topology-"));
after(() => rmSync(folder, { recursive: true }));
const SYMBOLS = ["AAPLUSD", "GOOGUSD", "MSFTUSD", "BTCUSDT", "ETHUSDT"];

test("a new cluster has what was asked for, each part with a port of its own", async () => {
  const data = join(folder, "new", "cluster");
  const topology = await localTopology(
    { data, partitions: 3, shards: 2, standbys: true, backends: 2, workers: 5 },
    SYMBOLS,
  );
  assert.equal(topology.data, data);
  assert.deepEqual(
    topology.partitions.map(({ shard, symbols }) => [shard, ...symbols]),
    [
      ["shard-0", "AAPLUSD", "BTCUSDT"],
      ["shard-1", "GOOGUSD", "ETHUSDT"],
      ["shard-0", "MSFTUSD"],
    ],
  );
  assert.equal(topology.engines.length, 6);
  assert.deepEqual(
    topology.backends.map(({ workers }) => workers),
    [5, 5],
  );
  assert.ok(topology.shards.every((shard) => shard.synchronous && shard.standbys.length === 1));
  assert.equal(topology.shards[1]!.standbys[0]!.host, join(data, "shard-1-standby", "socket"));
  const postgresPorts = topology.shards.flatMap(({ primary, standbys }) =>
    [primary, ...standbys].map(({ port }) => port),
  );
  const ports = [...postgresPorts, ...topology.redis.nodes.map(({ port }) => port)];
  assert.equal(ports.length, 10);
  assert.equal(new Set(ports).size, 10);
  assert.match(readFileSync(topology.redis.passwordFile!, "utf8"), /^[0-9a-f]{48}$/);
  assert.equal(statSync(topology.redis.passwordFile!).mode & 0o777, 0o600);
});

test("without a word it is the cluster of the defaults", async () => {
  const topology = await localTopology({ data: join(folder, "default") }, SYMBOLS);
  assert.deepEqual(
    [topology.partitions, topology.shards, topology.engines, topology.backends, topology.redis.nodes].map(
      (list) => list.length,
    ),
    [3, 3, 3, 4, 6],
  );
  assert.equal(topology.edge.port, 8080);
  assert.equal(partitionMapOf(topology).partitionOfMarket("MSFTUSD"), 2);
});

test("limits and prepared ids are those that were asked for", async () => {
  const options = { data: join(folder, "asked"), limits: "none", preparedIds: 5_000 } as const;
  const { limits, engines } = await localTopology(options, SYMBOLS);
  assert.equal(limits, "none");
  assert.deepEqual([...new Set(engines.map(({ preparedIds }) => preparedIds))], [5_000]);
});

test("port 0 takes a free port, and the next start that one", async () => {
  const data = join(folder, "any-port");
  const { edge, backends } = await localTopology({ data, port: 0 }, SYMBOLS);
  assert.ok(edge.port > 0);
  for (const { listen } of backends) assert.ok("port" in listen && listen.port !== edge.port);
  assert.equal((await localTopology({ data, port: 0 }, SYMBOLS)).edge.port, edge.port);
});

test("the next start takes what the first one wrote, and what an operator changed in it", async () => {
  const data = join(folder, "again");
  const first = await localTopology({ data, partitions: 2 }, SYMBOLS);
  assert.deepEqual(await localTopology({ data }, ["OTHER"]), first);
  const file = topologyFile(data);
  writeFileSync(file, readFileSync(file, "utf8").replace(/(name: backend-0,.*workers:) 4/, "$1 2"));
  assert.equal((await localTopology({ data }, SYMBOLS)).backends[0]!.workers, 2);
});

test("an option that says something else than the file is refused", async () => {
  const data = join(folder, "other");
  await localTopology({ data, partitions: 2 }, SYMBOLS);
  await localTopology({ data, partitions: 2, standbys: false }, SYMBOLS);
  await assert.rejects(localTopology({ data, partitions: 3 }, SYMBOLS), {
    name: "OtherTopologyError",
    message: `--partitions 3 was asked for, but ${topologyFile(data)} says 2`,
  });
  await assert.rejects(localTopology({ data, standbys: true }, SYMBOLS), { name: "OtherTopologyError" });
  await assert.rejects(
    localTopology({ data, limits: "none" }, SYMBOLS),
    /--limits none was asked for, .*published/,
  );
});

test("nothing is written for a folder whose sockets would have too long a path", async () => {
  const data = join(folder, "x".repeat(100));
  await assert.rejects(
    localTopology({ data }, SYMBOLS),
    /systems take 107 at most: choose a folder with a shorter path/,
  );
  assert.equal(existsSync(data), false);
});
