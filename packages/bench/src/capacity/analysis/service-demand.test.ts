import assert from "node:assert/strict";
import { it } from "node:test";
import { serviceDemands } from "./service-demand.js";
import { madePoint } from "./testing/made-points.js";

it("weighs each point's demand by its orders and shows the spread", () => {
  const demands = serviceDemands([
    madePoint({ ordersPerSecond: 1000, tiers: { gateway: [2, 0.4], engine: [1, 0.1] } }),
    madePoint({ ordersPerSecond: 3000, tiers: { gateway: [2, 0.6], engine: [1, 0.9] } }),
  ]);
  // (0.4 + 0.6) cores over 4,000 orders/s, and (0.1 + 0.9).
  assert.deepEqual(
    demands.map(({ tier, cpuUsPerOrder }) => [tier, Math.round(cpuUsPerOrder)]),
    [
      ["gateway", 250],
      ["engine", 250],
    ],
  );
  assert.deepEqual([demands[0].lowUsPerOrder, demands[0].highUsPerOrder].map(Math.round), [200, 400]);
  assert.deepEqual([demands[1].lowUsPerOrder, demands[1].highUsPerOrder].map(Math.round), [100, 300]);
});

it("has the largest first and leaves out points that accepted nothing", () => {
  const demands = serviceDemands([
    madePoint({ ordersPerSecond: 0, tiers: { redis: [1, 0.5] } }),
    madePoint({ ordersPerSecond: 1000, tiers: { engine: [1, 0.1], gateway: [2, 0.4] } }),
  ]);
  assert.deepEqual(
    demands.map(({ tier }) => tier),
    ["gateway", "engine"],
  );
  assert.deepEqual(serviceDemands([]), []);
});
