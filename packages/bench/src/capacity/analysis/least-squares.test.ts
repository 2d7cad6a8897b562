import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CurveProblem, leastSquares, solve } from "./least-squares.js";

const decay = (over: Partial<CurveProblem> = {}): CurveProblem => ({
  points: [0, 1, 2, 3, 5].map((n) => ({ n, x: 40 * Math.exp(-0.7 * n), weight: 1 })),
  value: ([size, rate], n) => size * Math.exp(-rate * n),
  gradient: ([size, rate], n) => [Math.exp(-rate * n), -n * size * Math.exp(-rate * n)],
  low: [0, 0],
  high: [1e9, 10],
  ...over,
});

describe("least squares", () => {
  it("finds the curve from a start far off", () => {
    const { parameters, squares } = leastSquares(decay(), [1, 0.01]);
    assert.ok(Math.abs(parameters[0] - 40) < 1e-8, `${parameters}`);
    assert.ok(Math.abs(parameters[1] - 0.7) < 1e-8, `${parameters}`);
    assert.ok(squares < 1e-16);
  });

  it("stays within bounds and is best there", () => {
    const bounded = leastSquares(decay({ high: [1e9, 0.5] }), [1, 0.01]);
    assert.equal(bounded.parameters[1], 0.5);
    // With the rate held, the size is a linear regression.
    let product = 0;
    let square = 0;
    for (const { n, x } of decay().points) {
      product += x * Math.exp(-0.5 * n);
      square += Math.exp(-0.5 * n) ** 2;
    }
    assert.ok(Math.abs(bounded.parameters[0] - product / square) < 1e-6);
  });

  it("heeds a point by its weight", () => {
    const flat = (weight: number): CurveProblem => ({
      points: [
        { n: 1, x: 10, weight: 1 },
        { n: 2, x: 20, weight },
      ],
      value: ([level]) => level,
      gradient: () => [1],
      low: [0],
      high: [100],
    });
    assert.ok(Math.abs(leastSquares(flat(1), [1]).parameters[0] - 15) < 1e-9);
    assert.ok(Math.abs(leastSquares(flat(3), [1]).parameters[0] - 17.5) < 1e-9);
  });
});

it("solves a system whose first pivot is zero", () => {
  const answer = solve(
    [
      [0, 2, 1],
      [1, 1, 1],
      [4, 0, -1],
    ],
    [7, 6, 1],
  );
  [1, 2, 3].forEach((value, i) => {
    assert.ok(Math.abs(answer[i] - value) < 1e-12, `${answer}`);
  });
});
