import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { depthAt, depthCurve, midOf } from "./depth-curve.js";

const BIDS = [
  ["99", "1"],
  ["98", "2"],
  ["90", "4"],
] as const;
const ASKS = [
  ["101", "0.5"],
  ["103", "1"],
] as const;

describe("a depth curve", () => {
  it("sums up from the best price outwards, as far as it is looked at", () => {
    assert.equal(midOf(BIDS, ASKS), 100);
    assert.equal(midOf(BIDS, []), undefined);
    assert.deepEqual(depthCurve(BIDS, 100, 0.05), [
      { price: 99, base: 1, quote: 99 },
      { price: 98, base: 3, quote: 295 },
    ]);
    assert.equal(depthCurve(BIDS, 100, 0.1).at(-1)?.base, 7);
  });

  it("tells what can be had up to a price", () => {
    const [bids, asks] = [depthCurve(BIDS, 100, 1), depthCurve(ASKS, 100, 1)];
    assert.equal(depthAt(bids, 99.5, true), undefined);
    assert.equal(depthAt(bids, 98, true)?.base, 3);
    assert.equal(depthAt(bids, 91, true)?.base, 3);
    assert.equal(depthAt(asks, 102, false)?.base, 0.5);
    assert.equal(depthAt(asks, 103, false)?.base, 1.5);
    assert.equal(depthAt(asks, 100, false), undefined);
  });
});
