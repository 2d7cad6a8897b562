import assert from "node:assert/strict";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { askClusterStatus } from "../../cluster/supervisor/ask-cluster.js";
import { processTable, processTree } from "../../platform/process-table.js";
import { freePort } from "../../platform/servers/free-port.js";
import { clusterLogFiles, type LocalCluster, startLocalCluster } from "./start-local-cluster.js";

/** Servers and engines are real here; the other roles do nothing. */
const RUN_ROLE = fileURLToPath(new URL("./testing/run-role-process.js", import.meta.url));
const FAKE_ROLE = fileURLToPath(new URL("../../cluster/supervisor/testing/fake-role.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "buttonwood-cluster-"));
chmodSync(folder, 0o711);
const started: LocalCluster[] = [];
after(async () => {
  for (const cluster of started) await cluster.stop();
  rmSync(folder, { recursive: true });
});

async function start(data: string, port: number): Promise<LocalCluster> {
  const cluster = await startLocalCluster({
    data,
    port,
    partitions: 1,
    shards: 1,
    backends: 1,
    workers: 1,
    redisNodes: 1,
    roleCommand: (role, name, topologyFile) =>
      role === "engine"
        ? [process.execPath, RUN_ROLE, role, topologyFile, name]
        : [process.execPath, FAKE_ROLE, join(data, "run", `${name}.control`)],
    logLevel: "info",
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  started.push(cluster);
  return cluster;
}

const children = (): number[] => processTree(processTable(), process.pid).slice(1);

test("servers and roles start together, and a stop leaves no process", async () => {
  const data = join(folder, "one");
  const cluster = await start(data, await freePort());
  const { parts } = await askClusterStatus(data);
  assert.deepEqual(
    parts.map(({ role, name }) => `${role} ${name}`),
    [
      "postgres shard-0",
      "redis redis-0",
      "engine engine-0-a",
      "projection projection-0",
      "backend backend-0",
      "nginx nginx",
    ],
  );
  assert.equal(cluster.demoKeysFile, join(data, "demo-keys.json"));
  assert.equal(statSync(cluster.demoKeysFile).mode & 0o777, 0o600);
  const keys = JSON.parse(readFileSync(cluster.demoKeysFile, "utf8")) as object;
  assert.deepEqual(Object.keys(keys), ["alice", "bob"]);
  for (const [name, file] of clusterLogFiles(data)) assert.ok(existsSync(file), `${name} writes no ${file}`);
  await cluster.stop();
  assert.deepEqual(children(), []);
});

test("a port that is taken is told before anything is started", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const data = join(folder, "two");
  await assert.rejects(start(data, (other.address() as AddressInfo).port), { code: "EADDRINUSE" });
  assert.deepEqual(readdirSync(data).sort(), ["redis.password", "topology.yaml"]);
  other.close();
});

test("a shard's port that is taken is told, and nothing is left running", async () => {
  const data = join(folder, "three");
  const cluster = await start(data, await freePort());
  const { port } = cluster.topology.shards[0]!.primary;
  await cluster.stop();
  const other = createServer().listen(port, "127.0.0.1");
  await once(other, "listening");
  await assert.rejects(start(data, cluster.topology.edge.port), {
    name: "PartFailedError",
    message: `shard-0 could not be started: port ${port} is taken by another program, so PostgreSQL can't use it`,
  });
  other.close();
  assert.deepEqual(children(), []);
});

test("a shard of a newer schema is refused, and nothing is left running", async () => {
  const data = join(folder, "four");
  const port = await freePort();
  const cluster = await start(data, port);
  const { host, port: shardPort } = cluster.topology.shards[0]!.primary;
  const client = new pg.Client({ host, port: shardPort, user: "postgres", database: "buttonwood" });
  await client.connect();
  await client.query("INSERT INTO buttonwood.journal_version (version) VALUES (99)");
  await client.end();
  await cluster.stop();
  await assert.rejects(start(data, port), /version 99/);
  assert.deepEqual(children(), []);
});

test("the folder of an exchange of one process is refused", async () => {
  const data = join(folder, "five");
  mkdirSync(data);
  writeFileSync(join(data, "journal.db"), "");
  await assert.rejects(start(data, 1), { name: "OtherFolderError" });
  assert.deepEqual(readdirSync(data), ["journal.db"]);
});

test("a topology of other machines can't be started here", async () => {
  const data = join(folder, "two");
  const file = join(data, "topology.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("./shard-0/socket", "10.0.0.1"));
  await assert.rejects(start(data, Number(/port: (\d+)\n$/.exec(readFileSync(file, "utf8"))![1])), {
    name: "NotLocalError",
    message: /server shard-0 is at 10\.0\.0\.1/,
  });
});
