import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limitsOf } from "./limit.js";
import { type MadePoint, madePoint } from "./testing/made-points.js";

const BALANCED = { generator: [1, 0.4], edge: [1, 0.3], gateway: [4, 2], engine: [1, 0.5] } as const;

/** The limits' kinds, with the tier where there is one. */
function kinds(made: MadePoint, machineCores = 8, others: readonly MadePoint[] = []): string[] {
  return limitsOf(madePoint({ machineCores, ...made }), machineCores, others.map(madePoint)).map((limit) =>
    "tier" in limit ? `${limit.kind} ${limit.tier}` : limit.kind,
  );
}

describe("what limits a point", () => {
  const point = { ordersPerSecond: 5000, tiers: BALANCED };

  it("is the machine when its cores are busy, and its largest tier is the one to make cheaper", () => {
    // 3.2 of 3.4 cores are busy, 94 %; of 3.6, 89 %.
    assert.deepEqual(kinds(point, 3.4), ["machine gateway"]);
    assert.deepEqual(kinds(point, 3.6), ["waiting"]);
  });

  it("does not blame the generator's or other processes' CPU on a tier", () => {
    const tiers = { generator: [4, 3], other: [9, 3], gateway: [4, 1], engine: [2, 0.9] } as const;
    assert.deepEqual(kinds({ ...point, tiers }), ["machine gateway"]);
  });

  it("is a tier whose processes are each near a whole core", () => {
    assert.deepEqual(kinds({ ...point, tiers: { ...BALANCED, engine: [2, 1.7] } }), ["tier engine"]);
    assert.deepEqual(kinds({ ...point, tiers: { ...BALANCED, engine: [2, 1.68] } }), ["waiting"]);
    assert.deepEqual(kinds({ ...point, tiers: { ...BALANCED, engine: [2, 1.72], gateway: [4, 3.9] } }, 16), [
      "tier gateway",
      "tier engine",
    ]);
  });

  it("is the generator before all else", () => {
    assert.deepEqual(kinds({ ...point, tiers: { ...BALANCED, generator: [1, 0.85] } }), ["generator"]);
    assert.deepEqual(kinds({ ...point, generatorCpuPercent: 85 }), ["generator"]);
    assert.deepEqual(kinds({ ...point, generatorCpuPercent: 84 }), ["waiting"]);
    assert.deepEqual(kinds({ ...point, tiers: { ...BALANCED, generator: [1, 0.95], engine: [1, 1] } }, 4.3), [
      "generator",
      "machine gateway",
      "tier engine",
    ]);
    const [limit] = limitsOf(madePoint({ ...point, generatorCpuPercent: 97 }), 8);
    assert.match(limit.explanation, /^The load generator, not the exchange, is the limit: it takes 97 %/);
  });

  it("is not the generator when several of them share the work", () => {
    const tiers = { ...BALANCED, generator: [2, 1.2] } as const;
    assert.deepEqual(kinds({ ...point, tiers, generatorCpuPercent: 120 }), ["waiting"]);
    assert.deepEqual(kinds({ ...point, tiers: { ...tiers, generator: [2, 1.7] } }), ["generator"]);
  });

  it("is the offer when all of it was taken", () => {
    assert.deepEqual(kinds({ ...point, ratePerSecond: 5100 }), ["offer"]);
    assert.deepEqual(kinds({ ...point, ratePerSecond: 6000 }), ["waiting"]);
  });
});

describe("waiting", () => {
  const made = { connections: 64, ordersPerSecond: 4000, tiers: BALANCED } as const;
  const waiting = (others: readonly MadePoint[]) => {
    const [limit] = limitsOf(madePoint(made), 8, others.map(madePoint));
    if (limit.kind !== "waiting") assert.fail(limit.kind);
    return limit;
  };

  it("is told in orders under way and ms, by Little's law", () => {
    const limit = waiting([]);
    // 4,000 orders/s × 16 ms; of these the exchange's CPU is 2.8 cores / 4,000 = 0.7 ms.
    assert.ok(Math.abs(limit.ordersUnderWay - 64) < 1e-9);
    assert.ok(Math.abs(limit.waitingMs - 15.3) < 1e-9);
  });

  it("may be for clients until more of them were seen to bring no more", () => {
    assert.equal(waiting([]).clientsMayBeFew, true);
    assert.equal(waiting([{ ...made, connections: 32, ordersPerSecond: 3000 }]).clientsMayBeFew, true);
    assert.equal(waiting([{ ...made, connections: 128, ordersPerSecond: 4300 }]).clientsMayBeFew, true);
    const limit = waiting([{ ...made, connections: 128, ordersPerSecond: 4100 }]);
    assert.equal(limit.clientsMayBeFew, false);
    assert.match(limit.explanation, /look at commits, disks and locks/);
  });
});
