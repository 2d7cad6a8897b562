import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  addDecimals,
  compareDecimals,
  isZero,
  multiplyDecimals,
  plainDecimal,
  subtractDecimals,
} from "./decimals.js";

/** A decimal and what it is in units of 10⁻²⁰. */
const decimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.integer({ min: 0, max: 20 }), fc.boolean())
  .map(([digits, places, isNegative]) => {
    const padded = digits.toString().padStart(places + 1, "0");
    const at = padded.length - places;
    const text = `${isNegative ? "-" : ""}${padded.slice(0, at)}${places === 0 ? "" : `.${padded.slice(at)}`}`;
    return { text, units: (isNegative ? -digits : digits) * 10n ** BigInt(20 - places) };
  });

describe("decimals", () => {
  it("compare, add and subtract as their integers do", () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const expected = a.units < b.units ? -1 : a.units > b.units ? 1 : 0;
        assert.equal(compareDecimals(a.text, b.text), expected);
        const sum = addDecimals(a.text, b.text);
        assert.equal(compareDecimals(subtractDecimals(sum, b.text), a.text), 0);
        assert.equal(isZero(a.text), a.units === 0n);
        assert.equal(plainDecimal(a.text), addDecimals(a.text, "0"));
      }),
    );
  });

  it("have one plain spelling", () => {
    for (const [text, plain] of [
      ["001.500", "1.5"],
      ["-0.00", "0"],
      ["10", "10"],
      ["0.10", "0.1"],
      ["100.00", "100"],
    ] as const) {
      assert.equal(plainDecimal(text), plain);
    }
    assert.equal(multiplyDecimals("0.1", "0.2"), "0.02");
    assert.equal(addDecimals("0.1", "0.2"), "0.3");
    assert.equal(compareDecimals("9007199254740993", "9007199254740992"), 1);
  });

  it("are nothing else", () => {
    for (const text of ["", "1e3", "NaN", " 1", "+1", "1.", ".5", "0x1", "1,0"]) {
      assert.throws(() => plainDecimal(text), RangeError, text);
    }
  });
});
