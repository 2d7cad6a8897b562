import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { askControl, isServed, serveControl } from "./control-socket.js";

const folder = mkdtempSync(join(tmpdir(), "buttonwood-control-"));
after(() => rmSync(folder, { recursive: true }));
const ask = (path: string, name: string, body?: unknown): Promise<unknown> =>
  askControl(path, name, { body, timeoutMs: 10_000 });

test("a question is answered, and only its own user may ask", async () => {
  const path = join(folder, "one.control");
  const socket = await serveControl(path, {
    double: (body) => (body as { n: number }).n * 2,
    nothing: () => {},
  });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(await ask(path, "double", { n: 21 }), 42);
  assert.equal(await ask(path, "nothing"), null);
  await socket.close();
  await assert.rejects(ask(path, "double"), { name: "NobodyListensError" });
});

test("what a handler throws reaches whoever asked", async () => {
  const path = join(folder, "two.control");
  const socket = await serveControl(path, {
    fail: () => {
      throw new Error("no standby is ready");
    },
  });
  await assert.rejects(ask(path, "fail"), { name: "ControlRefusedError", message: "no standby is ready" });
  await assert.rejects(ask(path, "constructor"), /there is no constructor: ask fail/);
  await assert.rejects(ask(path, "fail", "x".repeat(20_000)), /at most 16384 bytes/);
  await socket.close();
});

test("an answer that does not come is given up", async () => {
  const path = join(folder, "three.control");
  let release = (): void => {};
  const socket = await serveControl(path, {
    wait: () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  });
  await assert.rejects(askControl(path, "wait", { timeoutMs: 50 }), /no answer on .* within 50 ms/);
  release();
  await socket.close();
});

test("a socket that a process serves is left to it; one that was left behind is replaced", async () => {
  const path = join(folder, "four.control");
  writeFileSync(path, "");
  const socket = await serveControl(path, { who: () => "first" });
  await assert.rejects(serveControl(path, { who: () => "second" }), /another process listens on/);
  assert.equal(await ask(path, "who"), "first");
  await socket.close();
  assert.equal(await isServed(path), false);
});
