import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SupplyCheck } from "./supply-check.js";
import { Timings } from "./timings.js";

describe("figures of an engine", () => {
  it("count batches and commands, and in which time they were committed", () => {
    const timings = new Timings();
    timings.commit({ firstSequence: 1, lastSequence: 1 }, 10, 10.4);
    timings.commit({ firstSequence: 2, lastSequence: 5001 }, 20, 50);
    const { commitSeconds, batchCommands } = timings.figures();
    const filled = ({ upperBounds, counts }: typeof commitSeconds): (number | undefined)[] =>
      counts.flatMap((count, bucket) => (count === 0 ? [] : [upperBounds[bucket]]));
    assert.deepEqual([timings.batches, timings.commands], [2, 5001]);
    assert.deepEqual(filled(commitSeconds), [0.0005, 0.05]);
    assert.deepEqual(filled(batchCommands), [1, undefined], "beyond every bound");
    assert.equal(batchCommands.sum, 5001);
    assert.ok(Math.abs(commitSeconds.sum - 0.0304) < 1e-12);
  });

  it("compare balances and supplies once a minute, however often they are asked for", () => {
    let nowMs = 5;
    let looks = 0;
    const check = new SupplyCheck(() => nowMs);
    const core = { supplyDifference: () => ++looks };
    assert.equal(check.difference(core), 1);
    nowMs += 59_999;
    assert.equal(check.difference(core), 1);
    nowMs += 1;
    assert.equal(check.difference(core), 2);
    assert.equal(looks, 2);
  });

  it("sum up by asset every five seconds at most, and tell at which sequence", () => {
    let nowMs = 5;
    const supply = { asset: 0, free: 1, locked: 2, fees: 3, supply: 6 };
    const core = { sequence: 7, supplies: () => [supply] };
    const check = new SupplyCheck(() => nowMs);
    assert.deepEqual(check.supplies(core), { sequence: 7, assets: [supply] });
    core.sequence = 8;
    nowMs += 4_999;
    assert.equal(check.supplies(core).sequence, 7);
    nowMs += 1;
    assert.equal(check.supplies(core).sequence, 8);
  });
});
