import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reconcile } from "./reconciliation.js";

const ASSETS = [
  { asset: 0, name: "USD", decimals: 2 },
  { asset: 1, name: "UNIT", decimals: 0 },
];
const usd = (free: number, locked: number, fees: number, supply: number) => ({
  asset: 0,
  free,
  locked,
  fees,
  supply,
});

describe("reconciliation", () => {
  it("sums up partitions exactly, also beyond what a number holds", () => {
    const large = 2 ** 52;
    const { assets, sequences, isBalanced } = reconcile(
      [
        {
          sequence: 7,
          assets: [usd(large - 3, 2, 1, large), { asset: 1, free: 5, locked: 0, fees: 0, supply: 5 }],
        },
        { sequence: 9, assets: [usd(large, 0, 0, large)] },
        { sequence: 8, assets: [usd(large, 1, 0, large + 1)] },
      ],
      ASSETS,
    );
    assert.equal(isBalanced, true);
    assert.deepEqual(sequences, [7, 9, 8]);
    assert.deepEqual(assets[0], {
      asset: "USD",
      free: "135107988821114.85",
      locked: "0.03",
      fees: "0.01",
      supply: "135107988821114.89",
      difference: "0.00",
    });
    assert.equal(assets[1]!.free, "5");
  });

  it("shows a loss, and does not let another partition's surplus make up for it", () => {
    const lost = reconcile([{ sequence: 1, assets: [usd(100, 0, 0, 105)] }], ASSETS);
    assert.deepEqual([lost.isBalanced, lost.assets[0]!.difference], [false, "-0.05"]);
    const both = reconcile(
      [
        { sequence: 1, assets: [usd(100, 0, 0, 105)] },
        { sequence: 1, assets: [usd(105, 0, 0, 100)] },
      ],
      ASSETS,
    );
    assert.deepEqual([both.isBalanced, both.assets[0]!.difference], [false, "0.00"]);
  });
});
