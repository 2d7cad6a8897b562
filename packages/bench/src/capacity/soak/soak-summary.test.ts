import assert from "node:assert/strict";
import { it } from "node:test";
import { madeLoad } from "../testing/made-load.js";
import type { SoakResult } from "./soak-result.js";
import { summarizeSoak } from "./soak-summary.js";

const latencyMs = { mean: 4, p50: 4, p99: 9, p999: 12, p9999: 15, max: 20 };

function soak(memoryAt: (second: number) => number, latencyAt: (second: number) => number): SoakResult {
  const seconds = 1800;
  return {
    machine: "2 × test",
    startedAt: "2026-01-01T00:00:00Z",
    layoutName: "1 × 2",
    connections: 64,
    peakPerSecond: 5_000,
    ratePerSecond: 4_000,
    load: {
      ...madeLoad({ seconds, ordersPerSecond: 4_000, latencyMs, generatorCpuPercent: 20 }),
      meanLatencyMsBySecond: Array.from({ length: seconds }, (_, second) => latencyAt(second)),
    },
    samples: Array.from({ length: seconds / 15 }, (_, i) => ({
      atSecond: i * 15,
      cores: { engine: 0.2, redis: 0.1 },
      memoryMiB: { engine: memoryAt(i * 15), redis: 50 },
      lagCommands: i === 7 ? 900 : 3,
    })),
    drainedAfterSeconds: 0.2,
  };
}

it("memory that is filled once at the beginning does not count as growing", () => {
  const { memory } = summarizeSoak(
    soak(
      (second) => Math.min(200, 100 + second),
      () => 4,
    ),
  );
  assert.deepEqual(
    memory.map(({ tier, memoryMiB }) => [tier, memoryMiB]),
    [
      ["all", 250],
      ["engine", 200],
      ["redis", 50],
    ],
  );
  for (const { growthPercentPerHour } of memory) assert.ok(Math.abs(growthPercentPerHour) < 1e-9);
});

it("a slow leak is seen, as the percentage an hour that it is", () => {
  // 36 MiB an hour on a mean of 1,212 MiB in the part that is judged.
  const { memory } = summarizeSoak(
    soak(
      (second) => 1_200 + second * 0.01,
      () => 4,
    ),
  );
  const engine = memory.find(({ tier }) => tier === "engine")!;
  assert.ok(Math.abs(engine.growthPercentPerHour - 36 / 12.12) < 0.02, `${engine.growthPercentPerHour}`);
});

it("latency is compared between the first and the last third, and the largest lag is kept", () => {
  const summary = summarizeSoak(
    soak(
      () => 100,
      (second) => (second < 600 ? 4 : second < 1_200 ? 90 : 5),
    ),
  );
  assert.deepEqual([summary.firstLatencyMs, summary.lastLatencyMs], [4, 5]);
  assert.equal(summary.latencyDriftPercent, 25);
  assert.equal(summary.lagCommandsMax, 900);
});
