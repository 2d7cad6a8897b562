import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "../../flow/random.js";
import {
  type Estimate,
  fitScalability,
  type ScalabilityFit,
  type ScalabilityPoint,
  type ScalabilityRefusal,
} from "./universal-scalability.js";

const SIZES = [1, 2, 4, 8, 16, 32, 64];

interface Law {
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
}

function pointsOf(law: Law, sizes = SIZES, factor = (): number => 1): ScalabilityPoint[] {
  return sizes.map((n) => {
    const load = 1 + law.sigma * (n - 1) + law.kappa * n * (n - 1);
    return { n, ordersPerSecond: ((law.lambda * n) / load) * factor() };
  });
}

/** Factors 1 + share × a standard normal (Box-Muller). */
function noise(seed: number, share: number): () => number {
  const random = new Random(seed);
  return () =>
    1 + share * Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
}

function fitted(points: readonly ScalabilityPoint[]): ScalabilityFit {
  const result = fitScalability(points);
  if (result.kind !== "fit") assert.fail(result.message);
  return result;
}

function refusedFor(points: readonly ScalabilityPoint[], reason: ScalabilityRefusal, message: RegExp): void {
  const result = fitScalability(points);
  if (result.kind !== "refused") assert.fail(`fitted: ${JSON.stringify(result)}`);
  assert.equal(result.reason, reason, result.message);
  assert.match(result.message, message);
}

const near = (actual: number, expected: number, relative = 1e-6): void =>
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual}, not ${expected}`);

const includes = ({ low, high }: Estimate, truth: number): boolean => low <= truth && truth <= high;

describe("exact points", () => {
  const laws: readonly Law[] = [
    { lambda: 1000, sigma: 0.03, kappa: 0.0005 },
    { lambda: 0.7, sigma: 0.3, kappa: 0.02 },
    { lambda: 25_000, sigma: 0.001, kappa: 0.000_001 },
  ];
  for (const law of laws) {
    it(`give λ ${law.lambda}, σ ${law.sigma}, κ ${law.kappa} back`, () => {
      const fit = fitted(pointsOf(law));
      near(fit.lambda.value, law.lambda);
      near(fit.sigma.value, law.sigma);
      near(fit.kappa.value, law.kappa);
      near(fit.r2, 1);
      const peakN = Math.sqrt((1 - law.sigma) / law.kappa);
      near(fit.peakN!, peakN);
      near(fit.peakX!, pointsOf(law, [peakN])[0].ordersPerSecond);
      near(fit.predict(100), pointsOf(law, [100])[0].ordersPerSecond);
      assert.ok(fit.peakEstablished);
    });
  }

  it("are recovered where no single connection was measured", () => {
    const law = { lambda: 300, sigma: 0.01, kappa: 0.000_02 };
    const fit = fitted(pointsOf(law, [16, 32, 64, 128, 256, 512]));
    near(fit.lambda.value, law.lambda);
    near(fit.sigma.value, law.sigma);
    near(fit.kappa.value, law.kappa);
  });

  it("of a system that scales linearly have no peak", () => {
    const fit = fitted(pointsOf({ lambda: 1234, sigma: 0, kappa: 0 }));
    near(fit.lambda.value, 1234);
    assert.equal(fit.sigma.value, 0);
    assert.equal(fit.kappa.value, 0);
    assert.equal(fit.peakN, undefined);
    assert.equal(fit.peakX, undefined);
    assert.equal(fit.peakEstablished, false);
    near(fit.predict(1000), 1_234_000);
  });

  it("with contention alone near a limit (Amdahl)", () => {
    const fit = fitted(pointsOf({ lambda: 1000, sigma: 0.05, kappa: 0 }));
    assert.equal(fit.kappa.value, 0);
    near(fit.sigma.value, 0.05);
    assert.equal(fit.peakN, undefined);
    near(fit.peakX!, 20_000);
  });
});

describe("noisy points", () => {
  // λ, σ and κ each within its 95 % interval, and all three of them in one seed.
  for (const law of [
    { lambda: 1000, sigma: 0.03, kappa: 0.0005 },
    { lambda: 1000, sigma: 0.05, kappa: 0 },
    { lambda: 1000, sigma: 0, kappa: 0 },
  ]) {
    it(`hold σ ${law.sigma}, κ ${law.kappa} within intervals that still say something`, () => {
      let all = 0;
      let width = 0;
      for (let seed = 1; seed <= 100; seed++) {
        const fit = fitted(pointsOf(law, SIZES, noise(seed, 0.03)));
        if (
          includes(fit.lambda, law.lambda) &&
          includes(fit.sigma, law.sigma) &&
          includes(fit.kappa, law.kappa)
        )
          all++;
        for (const { value, low, high } of [fit.lambda, fit.sigma, fit.kappa])
          assert.ok(low <= value && value <= high, `seed ${seed}: ${low} ≤ ${value} ≤ ${high}`);
        width += (fit.lambda.high - fit.lambda.low) / law.lambda / 100;
      }
      assert.ok(all >= 85, `the truth was within all intervals for ${all} of 100 seeds`);
      assert.ok(width < 0.2, `λ's interval is ${width} of λ wide`);
    });
  }

  it("say when a fall is shown and when not", () => {
    assert.ok(
      fitted(pointsOf({ lambda: 1000, sigma: 0.03, kappa: 0.0005 }, SIZES, noise(1, 0.03))).peakEstablished,
    );
    const established = Array.from({ length: 100 }, (_, seed) =>
      fitted(pointsOf({ lambda: 1000, sigma: 0.05, kappa: 0 }, SIZES, noise(seed, 0.03))),
    ).filter((fit) => fit.peakEstablished);
    assert.ok(established.length <= 10, `a peak that is not there was found ${established.length} times`);
  });

  it("give the same answer every time", () => {
    const points = pointsOf({ lambda: 1000, sigma: 0.03, kappa: 0.0005 }, SIZES, noise(3, 0.03));
    assert.equal(JSON.stringify(fitted(points)), JSON.stringify(fitted(points)));
  });

  it("narrow the intervals when each size is measured more often", () => {
    const law = { lambda: 1000, sigma: 0.03, kappa: 0.0005 };
    const once = fitted(pointsOf(law, SIZES, noise(5, 0.03)));
    const often = fitted(pointsOf(law, [...SIZES, ...SIZES, ...SIZES, ...SIZES], noise(5, 0.03)));
    assert.ok(often.kappa.high - often.kappa.low < once.kappa.high - once.kappa.low);
  });
});

describe("weights", () => {
  it("keep a point that is known to be bad from deciding", () => {
    const law = { lambda: 1000, sigma: 0.03, kappa: 0.0005 };
    const points = pointsOf(law).map((point) => ({ ...point, weight: 1 }));
    points[3] = { ...points[3], ordersPerSecond: points[3].ordersPerSecond * 0.5, weight: 1e-9 };
    near(fitted(points).lambda.value, 1000, 1e-3);
  });
});

describe("refusals", () => {
  const law = { lambda: 1000, sigma: 0.03, kappa: 0.0005 };

  it("fewer than 4 sizes, however often measured", () => {
    refusedFor(pointsOf(law, [1, 2, 4]), "TOO_FEW_SIZES", /^3 different sizes/);
    refusedFor(pointsOf(law, [1, 1, 2, 2, 4, 4]), "TOO_FEW_SIZES", /^3 different sizes/);
    refusedFor([], "TOO_FEW_SIZES", /^0 different sizes/);
  });

  it("sizes too near to each other", () => {
    refusedFor(pointsOf(law, [100, 110, 120, 130]), "NO_SPREAD", /from 100 to 130/);
  });

  it("a throughput that never changes", () => {
    refusedFor(
      SIZES.map((n) => ({ n, ordersPerSecond: 500 })),
      "NO_SPREAD",
      /500 orders\/s/,
    );
  });

  it("noise about a level", () => {
    const level = [510, 490, 505, 480, 515, 495, 500];
    refusedFor(
      SIZES.map((n, i) => ({ n, ordersPerSecond: level[i] })),
      "WORSE_THAN_MEAN",
      /no more than its three parameters/,
    );
  });

  it("points that leave everything open", () => {
    const points = pointsOf({ lambda: 1000, sigma: 0.3, kappa: 0.01 }, [1, 2, 3, 4], noise(11, 0.2));
    refusedFor(points, "UNDETERMINED", /may be anything from/);
  });

  it("points that are no measurements", () => {
    for (const bad of [
      { n: 0, ordersPerSecond: 1 },
      { n: 8, ordersPerSecond: 0 },
      { n: 8, ordersPerSecond: Number.NaN },
      { n: Number.POSITIVE_INFINITY, ordersPerSecond: 5 },
      { n: 8, ordersPerSecond: 5, weight: 1 },
    ])
      refusedFor([...pointsOf(law), bad], "UNUSABLE_POINT", /can't be used/);
  });
});
