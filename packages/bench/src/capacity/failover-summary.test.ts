import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FailoverResult } from "./capacity-result.js";
import { summarizeFailover } from "./failover-summary.js";

function failover(killedAtSecond: number, acceptedPerSecond: readonly number[]): FailoverResult {
  return {
    layoutName: "a",
    killed: "engine",
    killedAtSecond,
    seconds: acceptedPerSecond.map((accepted, second) => ({
      second,
      acceptedPerSecond: accepted,
      retried: 2,
    })),
    failed: 0,
  };
}

describe("summary of a failover", () => {
  it("tells the dip and when nine tenths were back", () => {
    assert.deepEqual(summarizeFailover(failover(2.5, [100, 100, 60, 0, 89, 90, 40])), {
      beforePerSecond: 100,
      lowestPerSecond: 0,
      settledPerSecond: 65,
      recoveredAfterSeconds: 2.5,
      retried: 14,
    });
  });

  it("counts from the kill where the dip comes later", () => {
    const { recoveredAfterSeconds } = summarizeFailover(failover(2, [100, 100, 100, 10, 100]));
    assert.equal(recoveredAfterSeconds, 2);
  });

  it("takes 0 s for no dip and undefined for one that lasts", () => {
    assert.equal(summarizeFailover(failover(1, [100, 95, 99])).recoveredAfterSeconds, 0);
    assert.equal(summarizeFailover(failover(1, [100, 5, 6])).recoveredAfterSeconds, undefined);
  });

  it("has no figures where no second was measured", () => {
    const summary = summarizeFailover(failover(1, []));
    assert.ok(Number.isNaN(summary.beforePerSecond) && Number.isNaN(summary.lowestPerSecond));
  });
});
