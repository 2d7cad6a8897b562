import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { askRoleHandover, askRoleStatus, type RoleStatus, serveRoleControl } from "./role-control.js";

const folder = mkdtempSync(join(tmpdir(), "buttonwood-role-"));
after(() => rmSync(folder, { recursive: true }));

test("a role tells how it is, and hands over when it can", async () => {
  const engine: RoleStatus = { role: "engine", name: "engine-0-a", pid: 7, state: "leading", ready: true };
  const path = join(folder, "engine.control");
  let handovers = 0;
  const socket = await serveRoleControl(path, {
    status: () => engine,
    async handover() {
      handovers++;
    },
  });
  assert.deepEqual(await askRoleStatus(path), engine);
  await askRoleHandover(path);
  assert.equal(handovers, 1);
  await socket.close();
});

test("a role without leadership refuses a hand-over", async () => {
  const path = join(folder, "backend.control");
  const backend: RoleStatus = { role: "backend", name: "backend-0", pid: 8, state: "serving", ready: true };
  const socket = await serveRoleControl(path, { status: () => backend });
  await assert.rejects(askRoleHandover(path), /only an engine's leadership/);
  await socket.close();
});
