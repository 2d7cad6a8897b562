import assert from "node:assert/strict";
import { test } from "node:test";
import { FEE_PPM_MAX, NOTIONAL_MAX } from "@buttonwood/protocol";
import fc from "fast-check";
import { feeOf } from "./fee.js";

test("a fee is exact and rounds down, for every amount and rate", () => {
  const amount = fc.oneof(
    fc.integer({ min: 0, max: 5_000_000 }),
    fc.maxSafeNat().map((n) => n % (NOTIONAL_MAX + 1)),
    fc.integer({ min: 0, max: 1000 }).map((n) => NOTIONAL_MAX - n),
    // Just below and at a whole number of units of fee.
    fc.integer({ min: 1, max: 2 ** 31 }).map((n) => n * 1_000_000 - 1),
  );
  fc.assert(
    fc.property(amount, fc.integer({ min: 0, max: FEE_PPM_MAX }), (units, ppm) => {
      assert.equal(feeOf(units, ppm), Number((BigInt(units) * BigInt(ppm)) / 1_000_000n));
    }),
    { numRuns: 5000 },
  );
});
