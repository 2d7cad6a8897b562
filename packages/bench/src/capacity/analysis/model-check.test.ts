import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkModel } from "./model-check.js";
import { madeLayout } from "./testing/made-points.js";

const SIZES = [1, 4, 16, 64, 128, 256];
const law = (n: number): number => (1000 * n) / (1 + 0.03 * (n - 1) + 0.0001 * n * (n - 1));
const points = (sizes = SIZES) =>
  sizes.map((connections) => ({ connections, ordersPerSecond: law(connections) }));

describe("model check", () => {
  it("predicts each size from the others where the law holds", () => {
    const check = checkModel([madeLayout("lawful", points())]);
    assert.equal(check.rows.length, SIZES.length);
    for (const row of check.rows) {
      if (row.kind !== "predicted") assert.fail(row.message);
      assert.ok(Math.abs(row.errorPercent) < 1e-3, `${row.n}: ${row.errorPercent}`);
      assert.equal(row.layout, "lawful");
      assert.equal(row.isExtrapolated, row.n === 1 || row.n === 256);
    }
    assert.ok(check.maxErrorPercent! < 1e-3);
  });

  it("keeps the size that it predicts out of the fit, repetitions included", () => {
    const bent = points().map((point) =>
      point.connections === 16 ? { ...point, ordersPerSecond: point.ordersPerSecond * 1.25 } : point,
    );
    const repeated = [...bent, bent[2]];
    for (const made of [bent, repeated]) {
      const row = checkModel([madeLayout("bent", made)]).rows.find(({ n }) => n === 16);
      if (row?.kind !== "predicted") assert.fail("refused");
      // The truth lies 20 % below what was measured here.
      assert.ok(Math.abs(row.errorPercent + 20) < 1e-3, `${row.errorPercent}`);
    }
  });

  it("refuses where too few sizes are left, with the reason", () => {
    const check = checkModel([madeLayout("short", points([1, 4, 16, 64]))]);
    assert.deepEqual(
      check.rows.map((row) => (row.kind === "refused" ? row.reason : row.kind)),
      Array(4).fill("TOO_FEW_SIZES"),
    );
    assert.equal(check.meanErrorPercent, undefined);
  });

  it("leaves open loops out", () => {
    const open = { connections: 512, ratePerSecond: 100, ordersPerSecond: 100 };
    const check = checkModel([madeLayout("mixed", [...points(), open])]);
    assert.deepEqual(
      check.rows.map(({ n }) => n),
      SIZES,
    );
  });
});
