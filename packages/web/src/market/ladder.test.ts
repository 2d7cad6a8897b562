import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { groupingSteps, ladderRows } from "./ladder.js";

const BIDS = [
  ["60000.05", "1.0000"],
  ["60000.01", "0.5000"],
  ["59999.99", "2.0000"],
  ["59990.00", "4.0000"],
] as const;

describe("a ladder", () => {
  it("has a row for each level, with the sum from the best one", () => {
    assert.deepEqual(ladderRows(BIDS, "BID", "0.01", 2), [
      { price: "60000.05", quantity: "1", sum: "1" },
      { price: "60000.01", quantity: "0.5", sum: "1.5" },
    ]);
  });

  it("groups bids at the price below and asks at the price above", () => {
    assert.deepEqual(
      ladderRows(BIDS, "BID", "10", 9).map(({ price, quantity }) => [price, quantity]),
      [
        ["60000", "1.5"],
        ["59990", "6"],
      ],
    );
    const asks = [
      ["60000.00", "1"],
      ["60000.01", "2"],
      ["60010.00", "3"],
    ] as const;
    assert.deepEqual(
      ladderRows(asks, "ASK", "10", 9).map(({ price, quantity, sum }) => [price, quantity, sum]),
      [
        ["60000", "1", "1"],
        ["60010", "5", "6"],
      ],
    );
  });

  it("sums all levels of its last row", () => {
    assert.deepEqual(ladderRows(BIDS, "BID", "10", 1), [{ price: "60000", quantity: "1.5", sum: "1.5" }]);
  });

  it("is grouped by the tick and its tenfold, as far as the price allows", () => {
    assert.deepEqual(groupingSteps("0.01000000", "60000"), ["0.01", "0.1", "1", "10"]);
    assert.deepEqual(groupingSteps("0.01000000", "15.00"), ["0.01", "0.1"]);
  });
});
