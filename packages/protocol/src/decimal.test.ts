import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DecimalError, formatDecimal, parseDecimal } from "./index.js";

test("an amount written and read again is the same", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 12 }), (units, decimals) => {
      assert.equal(parseDecimal(formatDecimal(units, decimals), decimals), units);
    }),
  );
});

test("plain decimals", () => {
  const rows: [text: string, decimals: number, expected: number | string][] = [
    ["0", 8, 0],
    ["1", 8, 100_000_000],
    ["0.1", 1, 1],
    ["1.50000", 1, 15],
    ["007.5", 2, 750],
    ["90071992.54740991", 8, Number.MAX_SAFE_INTEGER],
    ["90071992.54740992", 8, DecimalError.RANGE],
    ["99999999999999999999", 0, DecimalError.RANGE],
    ["0.123456789", 8, DecimalError.PRECISION],
    ["", 8, DecimalError.SYNTAX],
    [".5", 8, DecimalError.SYNTAX],
    ["5.", 8, DecimalError.SYNTAX],
    ["-1", 8, DecimalError.SYNTAX],
    ["+1", 8, DecimalError.SYNTAX],
    ["1e3", 8, DecimalError.SYNTAX],
    [" 1", 8, DecimalError.SYNTAX],
    ["1,5", 8, DecimalError.SYNTAX],
    ["0x10", 8, DecimalError.SYNTAX],
    ["NaN", 8, DecimalError.SYNTAX],
    ["٣", 8, DecimalError.SYNTAX],
  ];
  for (const [text, decimals, expected] of rows) {
    assert.equal(parseDecimal(text, decimals), expected, `"${text}" with ${decimals} decimals`);
  }
});

test("a number that is written with fewer places must not lose digits", () => {
  assert.equal(formatDecimal(1_500, 3, 1), "1.5");
  assert.equal(formatDecimal(5, 3, 5), "0.00500");
  assert.equal(formatDecimal(-5, 1), "-0.5");
  assert.throws(() => formatDecimal(1_501, 3, 2), /does not fit/);
  assert.throws(() => formatDecimal(2 ** 53, 0), /no exact amount/);
});
