import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { processEntry } from "../../platform/process-table.js";
import { endLeftovers, recordProcesses } from "./leftovers.js";
import type { Part } from "./part.js";
import { rolePart } from "./role-part.js";

const FAKE_ROLE = fileURLToPath(new URL("./testing/fake-role.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "buttonwood-part-"));
after(() => rmSync(folder, { recursive: true }));
const never = new AbortController().signal;

function fakePart(name: string, ...mode: string[]): Part {
  const controlPath = join(folder, `${name}.control`);
  return rolePart({
    name,
    role: "engine",
    command: [process.execPath, FAKE_ROLE, controlPath, ...mode],
    controlPath,
    logFile: join(folder, `${name}.log`),
  });
}

test("a role is ready when it says so, and ends in order", async () => {
  const running = await fakePart("well").start(never);
  assert.notEqual(processEntry(running.pid), undefined);
  await running.stop();
  assert.equal(await running.ended, "it ended with exit code 0");
  assert.equal(processEntry(running.pid), undefined);
  assert.match(readFileSync(join(folder, "well.log"), "utf8"), /ready soon/);
});

test("a role that ends before it is ready tells why, from its error on", async () => {
  const part = fakePart("refusing", "refuse");
  writeFileSync(part.logFile, "error: an older one\n");
  await assert.rejects(part.start(never), (error: Error) => {
    assert.match(
      error.message,
      /^it ended with exit code 1\. Its log \(.*refusing\.log\) says:\nerror: the shard has/,
    );
    assert.doesNotMatch(error.message, /older|starting/);
    return true;
  });
});

test("a start that is given up leaves no process, even a deaf one", async () => {
  const giveUp = new AbortController();
  const part = fakePart("deaf", "deaf");
  const start = part.start(giveUp.signal);
  // Its log shows that it runs.
  while (!readText(part.logFile).includes("ready soon"))
    await new Promise((resolve) => setTimeout(resolve, 5));
  giveUp.abort(new Error("given up"));
  await assert.rejects(start, /given up/);
});

test("what a killed supervisor has left is ended by the next start, and nothing else", async () => {
  const file = join(folder, "processes.json");
  const [left, other] = [spawn("sleep", ["1000"]), spawn("sleep", ["1000"])];
  await Promise.all([once(left, "spawn"), once(other, "spawn")]);
  const state = (name: string, pid: number) => ({ part: fakePart(name), pid, restarts: 0 });
  recordProcesses(file, [state("left", left.pid!), state("other", other.pid!)]);
  // The other's id now belongs to a process that started at another time.
  const recorded = JSON.parse(readFileSync(file, "utf8")) as { name: string; startTicks: number }[];
  for (const entry of recorded) if (entry.name === "other") entry.startTicks--;
  writeFileSync(file, JSON.stringify(recorded));
  const gone = once(left, "exit");
  assert.deepEqual(await endLeftovers(file), ["left"]);
  await gone;
  assert.notEqual(processEntry(other.pid!), undefined);
  other.kill();
  assert.deepEqual(await endLeftovers(file), []);
  assert.deepEqual(await endLeftovers(join(folder, "nothing.json")), []);
});

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
