import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recommend } from "./recommend.js";
import { madeLayout } from "./testing/made-points.js";

const layout = (name: string, ordersPerSecond: number, gateways: number, over: object = {}) =>
  madeLayout(
    name,
    [
      {
        ordersPerSecond,
        // What is not the exchange's does not count as its processes.
        tiers: { generator: [7, 1], other: [20, 0.2], gateway: [gateways, 1], engine: [1, 0.5] },
      },
    ],
    over,
  );

describe("recommendation", () => {
  it("is the fastest layout where the others are slower beyond noise", () => {
    const answer = recommend([layout("small", 9400, 1), layout("large", 10_000, 4)], 8);
    assert.equal(answer?.layoutName, "large");
    assert.equal(answer?.processes, 5);
    assert.equal(
      answer?.reason,
      '"large" took 10,000 orders/s with 5 processes, 6 % more than the next, "small".',
    );
  });

  it("is the one with fewest processes within noise", () => {
    const answer = recommend(
      [
        layout("large", 10_000, 8),
        layout("middle", 9900, 4),
        layout("small", 9600, 2),
        layout("tiny", 9000, 1),
      ],
      8,
    );
    assert.equal(answer?.layoutName, "small");
    assert.equal(
      answer?.reason,
      '"small" took 9,600 orders/s with 3 processes, 4 % below the fastest, "large", which needs 9; differences within 5 % are noise.',
    );
  });

  it("is the faster of two with as many processes", () => {
    const answer = recommend([layout("slower", 9900, 2), layout("faster", 10_000, 2)], 8);
    assert.equal(answer?.layoutName, "faster");
    assert.match(answer?.reason ?? "", /1 more came within 5 %, none with fewer processes/);
  });

  it("is never the yardstick", () => {
    const classic = layout("classic", 50_000, 1, { pipeline: "classic" });
    assert.equal(recommend([classic, layout("ours", 1000, 4)], 8)?.layoutName, "ours");
    assert.equal(recommend([classic], 8), undefined);
  });

  it("tells what the operator goes without, and where the generator hid the answer", () => {
    const withStandbys = layout("safe", 9000, 4, { standbys: true });
    assert.match(recommend([layout("bare", 10_000, 4), withStandbys], 8)?.reason ?? "", /It has no standbys/);
    assert.doesNotMatch(recommend([layout("bare", 10_000, 4)], 8)?.reason ?? "", /standbys/);
    const hidden = madeLayout("hidden", [{ ordersPerSecond: 10_000, generatorCpuPercent: 95 }]);
    assert.match(recommend([hidden], 8)?.reason ?? "", /generator was at its end/);
  });

  it("does not count a collapse as a capacity", () => {
    const collapsed = madeLayout("collapsed", [{ ordersPerSecond: 20_000, lost: 1000 }]);
    assert.equal(recommend([collapsed, layout("sound", 1000, 4)], 8)?.layoutName, "sound");
  });
});
