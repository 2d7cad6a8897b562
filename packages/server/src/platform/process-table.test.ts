import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { processEntry, processTable, processTree } from "./process-table.js";

test("a process and its children are found, with what they have used", async () => {
  // A shell whose child tells its own id, so that there are two below this one.
  const child = spawn("sh", ["-c", "sh -c 'echo $$; read line'; true"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const grandchild = Number(line.toString());
  const table = processTable();
  assert.deepEqual(processTree(table, child.pid!), [child.pid, grandchild]);
  assert.ok(processTree(table, process.pid).includes(grandchild));
  assert.equal(table.get(child.pid!)!.parent, process.pid);
  assert.ok(table.get(child.pid!)!.startTicks >= table.get(process.pid)!.startTicks);
  const used = process.cpuUsage();
  const seconds = (used.user + used.system) / 1e6;
  assert.ok(Math.abs(processEntry(process.pid)!.cpuSeconds - seconds) < 0.2);
  child.stdin.end();
  await once(child, "exit");
  assert.equal(processEntry(child.pid!), undefined);
  assert.deepEqual(processTree(processTable(), child.pid!), []);
});
