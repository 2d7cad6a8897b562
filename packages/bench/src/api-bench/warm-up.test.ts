import assert from "node:assert/strict";
import { it } from "node:test";
import { WarmUp } from "./warm-up.js";

const warmAt = (windows: readonly number[]): number => {
  const warmUp = new WarmUp();
  return windows.findIndex((answers) => warmUp.isWarmAfter(answers));
};

it("a load is warm after two windows that are no faster than the best before", () => {
  assert.equal(warmAt([100, 200, 400, 410, 405]), 4);
  assert.equal(warmAt([100, 100, 100]), 2);
  assert.equal(warmAt([100, 90, 200, 190, 201]), 4);
});

it("a load that becomes faster, or that slows down only once in between, is not warm yet", () => {
  assert.equal(warmAt([100, 110, 121, 134]), -1);
  assert.equal(warmAt([100, 50, 120, 60, 130]), -1);
});

it("a server that answers nothing is as warm as it gets", () => {
  assert.equal(warmAt([0, 0, 0]), 1);
});
