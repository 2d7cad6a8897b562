import assert from "node:assert/strict";
import { it } from "node:test";
import { counted, figure, percentOf, timesOf } from "./figures.js";

it("groups thousands and keeps its decimals", () => {
  assert.equal(figure(1_234_567), "1,234,567");
  assert.equal(figure(1_234.5, 2), "1,234.50");
});

it("shows a dash where nothing was measured", () => {
  assert.equal(figure(Number.NaN), "–");
  assert.equal(figure(Number.POSITIVE_INFINITY, 1), "–");
  assert.equal(timesOf(5, 0), "–");
  assert.equal(percentOf(0, 0), "–");
});

it("says 100 % of nothing less than all", () => {
  assert.equal(percentOf(999_999, 1_000_000), "99.99");
  assert.equal(percentOf(7, 7), "100.00");
  assert.equal(percentOf(57, 100), "57.00");
});

it("compares and counts", () => {
  assert.equal(timesOf(3, 2), "1.50×");
  assert.equal(counted(1, "order"), "1 order");
  assert.equal(counted(2_000, "order"), "2,000 orders");
});
