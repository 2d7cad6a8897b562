import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareRuns } from "./compare.js";
import { type MadePoint, madeLayout, madeResult } from "./testing/made-points.js";

const run = (...rates: (readonly [connections: number, ordersPerSecond: number])[]) =>
  madeResult([
    madeLayout(
      "one",
      rates.map(([connections, ordersPerSecond]) => ({ connections, ordersPerSecond })),
    ),
  ]);

const judged = (before: ReturnType<typeof run>, after: ReturnType<typeof run>) =>
  compareRuns(before, after).rows.map(({ connections, beyondNoise }) => [connections, beyondNoise]);

describe("comparison", () => {
  it("without repetitions takes 10 % for noise, up and down alike", () => {
    const before = run([1, 1000], [2, 1000], [4, 1000], [8, 1000], [16, 1000]);
    const after = run([1, 1099], [2, 1101], [4, 910], [8, 908], [16, 1000]);
    assert.deepEqual(compareRuns(before, after).noise, { kind: "assumed", share: 0.1 });
    assert.deepEqual(judged(before, after), [
      [1, false],
      [2, true],
      [4, false],
      [8, true],
      [16, false],
    ]);
  });

  it("with repetitions takes their noise, from both runs", () => {
    // Standard deviation 1 %, 4 degrees of freedom: 3.93 % for a single measurement of each.
    const quiet = [
      [1, 990],
      [1, 1000],
      [1, 1010],
    ] as const;
    const before = run(...quiet, [2, 1000], [4, 1000]);
    const after = run(...quiet, [2, 1038], [4, 1041]);
    const comparison = compareRuns(before, after);
    assert.equal(comparison.noise.kind, "measured");
    assert.ok(Math.abs(comparison.noise.share - 0.01) < 1e-12);
    assert.deepEqual(judged(before, after), [
      [1, false],
      [2, false],
      [4, true],
    ]);
    // Means of three are known better.
    assert.ok(comparison.rows[0].noiseShare < comparison.rows[1].noiseShare);
  });

  it("with noisy repetitions calls a large difference noise", () => {
    const before = run([1, 700], [1, 1300], [2, 1000]);
    assert.deepEqual(judged(before, run([1, 1000], [2, 1500])), [
      [1, false],
      [2, false],
    ]);
  });

  it("pairs layouts by name and points by connections and rate", () => {
    const open: MadePoint = { connections: 64, ordersPerSecond: 500, ratePerSecond: 500 };
    const closed: MadePoint = { connections: 64, ordersPerSecond: 4000 };
    const before = madeResult([
      madeLayout("a", [open, closed]),
      madeLayout("b", [closed, { ...closed, connections: 128 }]),
      madeLayout("gone", [closed]),
    ]);
    const after = madeResult([
      madeLayout("new", [open]),
      madeLayout("b", [{ ...closed, ordersPerSecond: 8000 }]),
      madeLayout("a", [closed, open]),
    ]);
    const { rows, onlyBefore, onlyAfter } = compareRuns(before, after);
    assert.deepEqual(
      rows.map(({ layout, connections, ratePerSecond, before, after, ratio, beyondNoise }) => [
        layout,
        connections,
        ratePerSecond,
        before,
        after,
        ratio,
        beyondNoise,
      ]),
      [
        ["a", 64, 500, 500, 500, 1, false],
        ["a", 64, undefined, 4000, 4000, 1, false],
        ["b", 64, undefined, 4000, 8000, 2, true],
      ],
    );
    assert.deepEqual(onlyBefore, ["b, 128 connections", "gone, 64 connections"]);
    assert.deepEqual(onlyAfter, ["new, 64 connections at 500/s"]);
  });

  it("takes a throughput of 0 as it is", () => {
    const rows = compareRuns(run([1, 0], [2, 0], [4, 5]), run([1, 0], [2, 5], [4, 0])).rows;
    assert.deepEqual(
      rows.map(({ ratio, beyondNoise }) => [ratio, beyondNoise]),
      [
        [1, false],
        [Number.POSITIVE_INFINITY, true],
        [0, true],
      ],
    );
  });

  it("cautions when the runs are not of a kind", () => {
    const before = madeResult([madeLayout("one", [])]);
    assert.deepEqual(compareRuns(before, before).cautions, []);
    const after = madeResult([madeLayout("one", [], { workers: 4 })], { machine: "2 × test", cores: 2 });
    assert.deepEqual(compareRuns(before, after).cautions, [
      "The machine changed from 8 × test to 2 × test.",
      "The number of cores changed from 8 to 2.",
      '"one" is laid out differently in the two runs.',
    ]);
  });
});
