/** The subscribers' benchmark on a tiny load: its figures mean nothing here, its counts must add up. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { SubscribersBenchResult } from "@buttonwood/bench";
import { run } from "./testing/run-cli.js";

it("tells a book to every subscriber without a gap, and how late and at what cost", async () => {
  const args = ["--subscribers", "30", "--seconds", "2", "--warm-up", "1", "--json"];
  const { code, stdout, stderr } = await run("bench", "subscribers", ...args);
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as SubscribersBenchResult;
  assert.deepEqual([result.missing, result.gaps, result.closed], [0, 0, 0]);
  assert.ok(result.updates > 1 && result.updates <= 21);
  assert.equal(result.received, result.updates * 30);
  const { mean, p50, p99, max } = result.lagMs;
  assert.ok(mean > 0 && p50 <= p99 && p99 <= max);
  if (result.gatewayCpuPercent !== undefined) assert.ok(result.gatewayCpuUsPerMessage! > 0);
});

it("refuses more subscribers than there are files for them or ports, with what to do", async () => {
  const { code, stderr } = await run("bench", "subscribers", "--subscribers", "25001");
  assert.equal(code, 2);
  assert.match(stderr, /--subscribers/);
});
