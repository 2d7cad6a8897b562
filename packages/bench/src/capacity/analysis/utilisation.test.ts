import assert from "node:assert/strict";
import { it } from "node:test";
import { madeLayout } from "./testing/made-points.js";
import { analyseUtilisation } from "./utilisation.js";

it("takes limits and bounds from the fastest point that lost next to nothing", () => {
  const layout = madeLayout("one", [
    { connections: 16, ordersPerSecond: 1000, tiers: { gateway: [2, 0.6], engine: [1, 0.3] } },
    { connections: 64, ordersPerSecond: 4000, tiers: { gateway: [2, 1.2], engine: [1, 0.9] } },
    { connections: 256, ordersPerSecond: 4500, lost: 90, tiers: { gateway: [2, 1.9], engine: [1, 0.9] } },
  ]);
  const utilisation = analyseUtilisation(layout, 8);
  assert.equal(utilisation?.best.connections, 64);
  assert.equal(utilisation?.limits[0].kind, "tier");
  assert.equal(Math.round(utilisation?.bounds?.boundPerSecond ?? 0), 4444);
  // Batching: the demand at the best point is the least.
  const gateway = utilisation?.demands.find(({ tier }) => tier === "gateway");
  assert.equal(Math.round(gateway?.lowUsPerOrder ?? 0), 300);
  assert.equal(Math.round(gateway?.highUsPerOrder ?? 0), 600);
});

it("uses the other points to tell whether clients were too few", () => {
  const tiers = { gateway: [2, 0.6], engine: [1, 0.3] } as const;
  const first = { connections: 64, ordersPerSecond: 1000, tiers };
  const limitOf = (...more: Parameters<typeof madeLayout>[1][number][]) => {
    const limit = analyseUtilisation(madeLayout("one", [first, ...more]), 8)?.limits[0];
    return limit?.kind === "waiting" ? limit.clientsMayBeFew : limit?.kind;
  };
  assert.equal(limitOf(), true);
  assert.equal(limitOf({ connections: 128, ordersPerSecond: 990, tiers }), false);
});

it("says nothing of a layout that accepted nothing", () => {
  assert.equal(analyseUtilisation(madeLayout("one", [{ ordersPerSecond: 0 }]), 8), undefined);
  assert.equal(analyseUtilisation(madeLayout("one", []), 8), undefined);
});
