import assert from "node:assert/strict";
import { it } from "node:test";
import { studentT95 } from "./student-t.js";

it("agrees with the printed tables", () => {
  const table: readonly (readonly [number, number])[] = [
    [1, 12.706],
    [4, 2.776],
    [9, 2.262],
    [10, 2.228],
    [20, 2.086],
    [60, 2.0],
    [1e9, 1.96],
  ];
  for (const [degrees, t] of table) assert.ok(Math.abs(studentT95(degrees) - t) < 0.01, `${degrees}`);
});

it("refuses to judge noise without a spare point", () => {
  assert.throws(() => studentT95(0), RangeError);
  assert.throws(() => studentT95(Number.NaN), RangeError);
});
