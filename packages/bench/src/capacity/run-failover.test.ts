import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FailoverResult } from "./capacity-result.js";
import { summarizeFailover } from "./run-failover.js";

const result = (rates: readonly number[], killedAtSecond: number): FailoverResult => ({
  layoutName: "4 × 4",
  killed: "backend",
  killedAtSecond,
  seconds: rates.map((acceptedPerSecond, second) => ({ second, acceptedPerSecond, retried: 0 })),
  failed: 0,
});

describe("summary of a failover", () => {
  it("tells the rates before, during and after, and when it had recovered", () => {
    assert.deepEqual(summarizeFailover(result([100, 100, 40, 0, 80, 95, 95], 2.5)), {
      beforePerSecond: 100,
      duringPerSecond: 20,
      afterPerSecond: 90,
      recoveredAfterSeconds: 3,
    });
  });

  it("does not take one good second for a recovery", () => {
    const { recoveredAfterSeconds } = summarizeFailover(result([100, 100, 95, 20, 20, 20], 2));
    assert.equal(recoveredAfterSeconds, undefined);
  });

  it("needs no time where nothing was lost", () => {
    assert.equal(summarizeFailover(result([100, 100, 100, 100], 2)).recoveredAfterSeconds, 0);
  });
});
