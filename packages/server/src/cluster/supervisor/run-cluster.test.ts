import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createLogger } from "../../platform/logging.js";
import { processEntry } from "../../platform/process-table.js";
import { askClusterHandover, askClusterKill, askClusterStatus, askClusterStop } from "./ask-cluster.js";
import type { Part } from "./part.js";
import { rolePart } from "./role-part.js";
import { type RunningCluster, runCluster } from "./run-cluster.js";

const FAKE_ROLE = fileURLToPath(new URL("./testing/fake-role.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "buttonwood-run-"));
after(() => rmSync(folder, { recursive: true }));
const logger = createLogger({ name: "test", level: "silent" });

function engine(data: string, name: string, ...mode: string[]): Part {
  const controlPath = join(data, "run", `${name}.control`);
  const command = [process.execPath, FAKE_ROLE, controlPath, ...mode] as const;
  return rolePart({
    name,
    role: "engine",
    partition: 0,
    command: [...command],
    controlPath,
    logFile: join(data, "logs", `${name}.log`),
  });
}

function run(data: string, ...parts: Part[]): Promise<RunningCluster> {
  return runCluster({ name: "test", data, stages: [{ parts }], logger });
}

test("status tells how each part is, and a part that is killed runs again", async () => {
  const data = join(folder, "one");
  const cluster = await run(data, engine(data, "engine"));
  const { parts, ...rest } = await askClusterStatus(data);
  assert.deepEqual(rest, { name: "test", state: "running", supervisorPid: process.pid });
  const { pid, perSecond, cpuPercent, ...part } = parts[0]!;
  assert.deepEqual(part, {
    name: "engine",
    role: "engine",
    partition: 0,
    state: "leading",
    leads: true,
    epoch: 3,
    sequence: 1_000,
    commitMs: 1.5,
    restarts: 0,
  });
  assert.ok(perSecond! > 500 && perSecond! < 2_000, `${perSecond} a second`);
  assert.ok(cpuPercent! >= 0 && cpuPercent! < 100, `${cpuPercent} %`);
  assert.deepEqual(await askClusterKill(data, "engine"), { pid });
  await assert.rejects(askClusterKill(data, "nobody"), /there is no nobody: there are engine/);
  let again = (await askClusterStatus(data)).parts[0]!;
  while (again.restarts === 0) again = (await askClusterStatus(data)).parts[0]!;
  assert.notEqual(again.pid, pid);
  await cluster.stop();
  await assert.rejects(askClusterStatus(data), { name: "NobodyListensError" });
  assert.equal(processEntry(again.pid!), undefined);
});

test("leadership is handed over to the partition's other engine", async () => {
  const data = join(folder, "two");
  const lease = join(folder, "lease");
  writeFileSync(lease, "a");
  const cluster = await run(
    data,
    engine(data, "a", "lease", lease, "b"),
    engine(data, "b", "lease", lease, "a"),
  );
  const standby = (await askClusterStatus(data)).parts.find(({ name }) => name === "b")!;
  assert.deepEqual([standby.state, standby.leads, standby.lag], ["standing by", false, 10]);
  const { tookMs, ...reply } = await askClusterHandover(data, 0);
  assert.deepEqual(reply, { partition: 0, from: "a", to: "b", epoch: 3 });
  assert.ok(tookMs >= 0);
  assert.equal(readFileSync(lease, "utf8"), "b");
  await assert.rejects(askClusterHandover(data, 1), /there is no partition 1/);
  writeFileSync(lease, "nobody");
  await assert.rejects(askClusterHandover(data, 0), /nobody leads partition 0/);
  await cluster.stop();
});

test("a partition with one engine has nobody to hand over to", async () => {
  const data = join(folder, "three");
  const cluster = await run(data, engine(data, "alone"));
  await assert.rejects(
    askClusterHandover(data, 0),
    /has no second engine: add one under engines in topology.yaml, then start the cluster again/,
  );
  await cluster.stop();
});

test("a stop over the socket is answered when every process has ended", async () => {
  const data = join(folder, "four");
  const cluster = await run(data, engine(data, "engine"));
  const pid = (await askClusterStatus(data)).parts[0]!.pid!;
  await askClusterStop(data);
  assert.equal(processEntry(pid), undefined);
  await cluster.stopped;
  assert.deepEqual(JSON.parse(readFileSync(join(data, "run", "processes.json"), "utf8")), []);
  // The folder is free again.
  await (await run(data, engine(data, "engine"))).stop();
});

test("a folder has one cluster; servers' users may enter it and not look in", async () => {
  const data = join(folder, "five");
  const cluster = await run(data, engine(data, "engine"));
  await assert.rejects(run(data, engine(data, "engine")), { name: "DataFolderLockedError" });
  assert.equal((await askClusterStatus(data)).parts[0]!.state, "leading");
  assert.equal(statSync(data).mode & 0o777, 0o711);
  for (const inner of ["run", "logs"]) assert.equal(statSync(join(data, inner)).mode & 0o777, 0o700);
  await cluster.stop();
});

test("when a part refuses, its words are told and nothing is left", async () => {
  const data = join(folder, "six");
  await assert.rejects(run(data, engine(data, "well"), engine(data, "wrong", "refuse")), (error: Error) => {
    assert.equal(error.name, "PartFailedError");
    assert.match(error.message, /^wrong could not be started: .*\nerror: the shard has schema 9\./);
    return true;
  });
  await assert.rejects(askClusterStatus(data), { name: "NobodyListensError" });
  assert.deepEqual(JSON.parse(readFileSync(join(data, "run", "processes.json"), "utf8")), []);
});

test("a stop while it starts ends the start", async () => {
  const data = join(folder, "seven");
  const start = assert.rejects(run(data, engine(data, "deaf", "deaf")), /is being stopped/);
  while (!existsSync(join(data, "cluster.control"))) await sleep(5);
  assert.equal((await askClusterStatus(data)).state, "starting");
  await askClusterStop(data);
  await start;
});

test("a folder whose socket would have too long a path is refused, and not kept locked", async () => {
  const data = join(folder, "x".repeat(100));
  for (const _ of ["first", "again"]) {
    await assert.rejects(run(data, engine(data, "engine")), /systems take 107 at most/);
  }
});
