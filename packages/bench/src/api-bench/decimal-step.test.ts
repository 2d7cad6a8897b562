import assert from "node:assert/strict";
import { it } from "node:test";
import { stepOf, stepsOf, stepText } from "./decimal-step.js";

it("steps are read and written exactly", () => {
  assert.deepEqual(stepOf("0.00500000"), { mantissa: 5, decimals: 3 });
  assert.deepEqual(stepOf("1"), { mantissa: 1, decimals: 0 });
  assert.equal(stepText(3, { mantissa: 5, decimals: 3 }), "0.015");
  assert.equal(stepText(12, { mantissa: 1, decimals: 0 }), "12");
  assert.equal(stepsOf("60000.00000000", { mantissa: 1, decimals: 2 }), 6_000_000);
  assert.equal(stepsOf("0.011", { mantissa: 5, decimals: 3 }), 3);
});
