import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ceilToStep,
  divideDown,
  floorToStep,
  isAmount,
  placesOf,
  shown,
  shownAmount,
  toPlaces,
} from "./format.js";

describe("decimals for the eye", () => {
  it("have the places of their step, and are cut, never rounded up", () => {
    assert.equal(placesOf("0.01000000"), 2);
    assert.equal(placesOf("1.00000000"), 0);
    assert.equal(toPlaces("1.999", 2), "1.99");
    assert.equal(toPlaces("1", 2), "1.00");
    assert.equal(toPlaces("12.5", 0), "12");
  });

  it("are grouped by thousands before the point only", () => {
    assert.equal(shown("1234567.891234", 6), "1,234,567.891234");
    assert.equal(shown("999", 0), "999");
    assert.equal(shown("-1234.5", 1), "-1,234.5");
    assert.equal(shownAmount("9007199254740993.10000000"), "9,007,199,254,740,993.10");
    assert.equal(shownAmount("0.00012300"), "0.000123");
  });

  it("are divided and brought to steps exactly, beyond what a double holds", () => {
    assert.equal(divideDown("10", "3", 4), "3.3333");
    assert.equal(divideDown("9007199254740993", "1", 0), "9007199254740993");
    assert.equal(divideDown("0.1", "60000.00", 8), "0.00000166");
    assert.equal(floorToStep("0.12349", "0.0001"), "0.1234");
    assert.equal(floorToStep("60005.01", "10"), "60000");
    assert.equal(ceilToStep("60005.01", "10"), "60010");
    assert.equal(ceilToStep("60010.00", "10"), "60010");
    assert.throws(() => divideDown("1", "0", 2), RangeError);
  });

  it("are amounts when they are plain and above zero", () => {
    for (const good of ["1", "0.0001", "10.50"]) assert.ok(isAmount(good), good);
    for (const bad of ["", "0", "0.00", "-1", "1e5", "1,000", ".5", "abc", " 1"])
      assert.ok(!isAmount(bad), bad);
  });
});
