import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AsymptoticBounds, asymptoticBounds } from "./asymptotic-bounds.js";
import { type MadePoint, madePoint } from "./testing/made-points.js";

function boundsOf(made: MadePoint, machineCores: number): AsymptoticBounds {
  const bounds = asymptoticBounds(madePoint({ machineCores, ...made }), machineCores);
  if (bounds === undefined) assert.fail("no bounds");
  return bounds;
}

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-6 * expected + 1e-6, `${actual}, not ${expected}`);

describe("asymptotic bounds", () => {
  // Demands in µs: generator 100, gateway 300, engine 200; 600 in all.
  const point: MadePoint = {
    ordersPerSecond: 1000,
    tiers: { generator: [1, 0.1], gateway: [4, 0.3], engine: [1, 0.2] },
  };

  it("are the tier's where the machine has cores to spare", () => {
    const bounds = boundsOf(point, 8);
    near(bounds.machineBoundPerSecond, 13_333.333333);
    near(bounds.machineBoundWithoutGeneratorPerSecond, 16_000);
    near(bounds.boundPerSecond, 5000);
    assert.deepEqual(
      bounds.tiers.map(({ tier }) => tier),
      ["engine", "gateway"],
    );
    const [engine, gateway] = bounds.tiers;
    // A second engine lifts it to 10,000; a core or a gateway changes nothing while there is one engine.
    near(engine.tierBoundPerSecond, 5000);
    near(engine.boundPerSecond, 10_000);
    near(engine.risesBy, 5000);
    near(gateway.tierBoundPerSecond, 13_333.333333);
    near(gateway.risesBy, 0);
    near(bounds.oneMoreCore.risesBy, 0);
  });

  it("are the machine's where it has few cores", () => {
    const bounds = boundsOf(point, 2);
    near(bounds.boundPerSecond, 3333.333333);
    near(bounds.oneMoreCore.boundPerSecond, 5000);
    near(bounds.oneMoreCore.risesBy, 1666.666667);
    for (const tier of bounds.tiers) near(tier.risesBy, 0);
  });

  it("stop where the next resource is at its end", () => {
    // A second engine would take 10,000 orders/s, but 5 cores only 8,333.
    near(boundsOf(point, 5).tiers[0].boundPerSecond, 8333.333333);
    near(boundsOf(point, 5).tiers[0].risesBy, 3333.333333);
  });

  it("set none for a tier of which a process takes more than a core", () => {
    const bounds = boundsOf({ ordersPerSecond: 1000, tiers: { redis: [1, 1.6], engine: [1, 0.2] } }, 8);
    assert.deepEqual(
      bounds.tiers.map(({ tier }) => tier),
      ["engine"],
    );
    near(bounds.boundPerSecond, 4444.444444);
  });

  it("are never below what was measured", () => {
    for (const machineCores of [2, 4, 8]) {
      const made: MadePoint = { ordersPerSecond: 3000, tiers: { gateway: [2, 1.3], engine: [1, 0.6] } };
      assert.ok(boundsOf(made, machineCores).boundPerSecond >= 3000);
    }
  });

  it("are unknown where nothing was accepted", () => {
    assert.equal(
      asymptoticBounds(madePoint({ ordersPerSecond: 0, tiers: { gateway: [1, 1] } }), 8),
      undefined,
    );
    assert.equal(asymptoticBounds(madePoint({ ordersPerSecond: 10 }), 8), undefined);
  });
});
