import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { limitNow, MACHINE_BUSY_SHARE, PROCESS_BUSY_SHARE, tierUsages } from "./limiting-tier.js";
import { Tier, venuePart } from "./venue.js";

const state = "serving";
const PARTS = [
  venuePart({ name: "backend-0", tier: Tier.GATEWAY, state, cores: 1.2, threads: 4 }),
  venuePart({ name: "backend-1", tier: Tier.GATEWAY, state, cores: 0.4, threads: 1 }),
  venuePart({ name: "engine-0-a", tier: Tier.ENGINE, state, cores: 0.5, threads: 1 }),
  venuePart({ name: "engine-1-a", tier: Tier.ENGINE, state, cores: 0.1, threads: 1 }),
  venuePart({ name: "shard-0", tier: Tier.JOURNAL, state, cores: 2 }),
  venuePart({ name: "shard-1", tier: Tier.JOURNAL, state }),
];

describe("the tier that limits", () => {
  it("is that of the busiest part: of its own threads, and not of what the system spreads", () => {
    const usages = tierUsages(PARTS);
    assert.deepEqual(
      usages.map(({ tier, parts, cores, busiest }) => [tier, parts, Number(cores.toFixed(3)), busiest]),
      [
        ["gateway", 2, 1.6, { name: "backend-1", share: 0.4 }],
        ["engine", 2, 0.6, { name: "engine-0-a", share: 0.5 }],
        ["journal", 1, 2, null],
      ],
    );
    const limit = limitNow("cluster", usages, { cores: 8, idleCores: 4 }, 1000);
    assert.deepEqual([limit.kind, limit.tier, limit.boundPerSecond], ["none", "engine", 2000]);
    assert.match(limit.explanation, /engine tier would be first: engine-0-a is busy 50 %/);
    assert.match(limit.raise, /--partitions/);
  });

  it("is full from the capacity model's share on", () => {
    const busy = (cores: number) =>
      limitNow(
        "process",
        tierUsages([venuePart({ name: "engine", tier: Tier.ENGINE, state, cores, threads: 1 })]),
        { cores: 2, idleCores: 1 },
        500,
      );
    assert.equal(busy(0.84).kind, "none");
    assert.equal(busy(0.86).kind, "tier");
    assert.match(busy(0.86).raise, /cluster up/);
  });

  it("is the machine when its cores are full, whatever its threads do", () => {
    const limit = limitNow("cluster", tierUsages(PARTS), { cores: 4, idleCores: 0.1 }, 975);
    assert.deepEqual([limit.kind, limit.tier], ["machine", "journal"]);
    assert.equal(Math.round(limit.boundPerSecond!), 1000);
    assert.match(limit.raise, /another machine for the journal tier/);
  });

  it("is the machine's other programs when these have its cores, and then no bound is told", () => {
    const limit = limitNow("cluster", tierUsages(PARTS), { cores: 16, idleCores: 0 }, 1000);
    assert.deepEqual([limit.kind, limit.boundPerSecond], ["machine", null]);
    assert.match(limit.raise, /what else runs/);
  });

  it("tells no bound from next to nothing, and nothing of parts that tell nothing", () => {
    assert.equal(limitNow("process", tierUsages(PARTS), { cores: 8, idleCores: 7 }, 2).boundPerSecond, null);
    const idle = tierUsages([
      venuePart({ name: "engine", tier: Tier.ENGINE, state, cores: 0.1, threads: 1 }),
    ]);
    assert.equal(limitNow("process", idle, { cores: 8, idleCores: 7 }, 100).boundPerSecond, null);
    const unknown = limitNow("cluster", [], { cores: 8, idleCores: 7 }, 1000);
    assert.deepEqual([unknown.kind, unknown.tier], ["none", null]);
  });

  it("is judged by the same shares as in the capacity model", () => {
    const model = readFileSync(
      new URL("../../../../bench/src/capacity/analysis/limit.ts", import.meta.url),
      "utf8",
    );
    assert.match(model, new RegExp(`PROCESS_BUSY_SHARE = ${PROCESS_BUSY_SHARE};`));
    assert.match(model, new RegExp(`MACHINE_BUSY_SHARE = ${MACHINE_BUSY_SHARE};`));
  });
});
