import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type ProcessSample, sampleBelow, tierOf, tierUsage } from "./process-tiers.js";

/** Long enough for a busy machine. */
const WAIT_MS = 30_000;

describe("tiers of a deployment", () => {
  const cases: readonly [commandLine: string, tier: string][] = [
    ["/usr/bin/node /x/load-generator.js ", "generator"],
    ["nginx: worker process", "edge"],
    ["/usr/bin/node /x/dist/main/cluster/backend-worker.js ", "gateway"],
    ["/usr/bin/node /x/bin/buttonwood.js cluster role backend --topology t --name backend-0 ", "gateway"],
    ["/usr/bin/node /x/bin/buttonwood.js cluster role engine --topology t --name engine-0-a ", "engine"],
    [
      "/usr/bin/node /x/bin/buttonwood.js cluster role projection --topology t --name projection-0 ",
      "projection",
    ],
    ["/usr/bin/redis-server 127.0.0.1:7000 [cluster]", "redis"],
    ["postgres: buttonwood_engine buttonwood [local] INSERT", "journal"],
    ["postgres: shard-0: buttonwood_engine buttonwood [local] INSERT", "journal"],
    ["postgres: walwriter ", "journal"],
    ["postgres: buttonwood_projection buttonwood [local] COMMIT", "tables"],
    ["/usr/bin/node /x/dist/classic/backend-main.js {}", "gateway"],
    ["/usr/bin/node /x/dist/classic/engine-main.js {}", "engine"],
    ["postgres: postgres postgres 127.0.0.1(40000) COMMIT", "journal"],
    ["postgres: checkpointer ", "other"],
    ["/usr/lib/postgresql/15/bin/postgres -D /x/shard-0 ", "other"],
  ];
  for (const [commandLine, tier] of cases) {
    it(`${tier}: ${commandLine.trim()}`, () => assert.equal(tierOf(commandLine), tier));
  }

  it("counts what a process used between two looks, and all of one that is new", () => {
    const process = (tier: string, startTicks: number, cpuSeconds: number): ProcessSample => ({
      tier,
      startTicks,
      cpuSeconds,
      memoryMiB: 10,
    });
    const before = {
      atMs: 1_000,
      processes: new Map([
        [1, process("gateway", 5, 4)],
        [2, process("gateway", 6, 9)],
      ]),
    };
    const after = {
      atMs: 5_000,
      processes: new Map([
        [1, process("gateway", 5, 5)],
        // Another process under the same id.
        [2, process("gateway", 70, 1)],
        [3, process("engine", 7, 2)],
      ]),
    };
    assert.deepEqual(tierUsage(before, after, 1_000), [
      { tier: "gateway", processes: 2, cores: 0.5, cpuUsPerOrder: 500, memoryMiB: 20 },
      { tier: "engine", processes: 1, cores: 0.5, cpuUsPerOrder: 500, memoryMiB: 10 },
    ]);
  });

  it("finds what runs below a process, and not the process itself", async () => {
    const child = fork(fileURLToPath(new URL("../api-bench/load-generator.js", import.meta.url)));
    try {
      await once(child, "spawn");
      let { processes } = sampleBelow([process.pid]);
      assert.equal(processes.get(child.pid!)?.tier, "generator");
      assert.ok(!processes.has(process.pid));
      // It has just begun to load.
      const endMs = performance.now() + WAIT_MS;
      while (!(processes.get(child.pid!)!.memoryMiB > 1)) {
        assert.ok(performance.now() < endMs, "it has no memory");
        await sleep(10);
        ({ processes } = sampleBelow([process.pid]));
      }
    } finally {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
  });
});
