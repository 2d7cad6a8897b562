import { measureText, percentText } from "../figures.js";
import { type CurveFit, type CurvePoint, type CurveProblem, leastSquares, solve } from "./least-squares.js";
import { studentT95 } from "./student-t.js";

/** A throughput measured at one size. */
export interface ScalabilityPoint {
  /** How many of what is scaled: connections, backends; greater than 0. */
  readonly n: number;
  /** Greater than 0. */
  readonly ordersPerSecond: number;
  /**
   * Proportional to the inverse of the variance, for all points or for none. Without it, errors are taken to be
   * proportional to the throughput.
   */
  readonly weight?: number | undefined;
}

/** An estimate and its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Why points do not allow a fit. */
export const ScalabilityRefusal = {
  /** A size, throughput or weight that is not a number greater than 0. */
  UNUSABLE_POINT: "UNUSABLE_POINT",
  /** Fewer than 4 different sizes: three parameters would meet them with nothing left to judge the fit by. */
  TOO_FEW_SIZES: "TOO_FEW_SIZES",
  /** Sizes that differ by less than a factor of 2, or a throughput that never changes. */
  NO_SPREAD: "NO_SPREAD",
  /** For its number of parameters the curve explains no more than the mean does. */
  WORSE_THAN_MEAN: "WORSE_THAN_MEAN",
  /** Intervals so wide that they say nothing. */
  UNDETERMINED: "UNDETERMINED",
} as const;
export type ScalabilityRefusal = (typeof ScalabilityRefusal)[keyof typeof ScalabilityRefusal];

/** Gunther's law, fitted: X(N) = λN / (1 + σ(N − 1) + κN(N − 1)). */
export interface ScalabilityFit {
  readonly kind: "fit";
  /** Throughput of one alone, orders/s. */
  readonly lambda: Estimate;
  /** Contention, the serial share: 0…1. */
  readonly sigma: Estimate;
  /** Coherency, the cost of agreeing pair by pair: 0 or more. */
  readonly kappa: Estimate;
  /** Share of the (weighted) variance explained, up to 1. */
  readonly r2: number;
  /** Where throughput is highest, 1 or more; undefined when κ = 0: it never falls. */
  readonly peakN: number | undefined;
  /** Throughput there, orders/s. When κ = 0 the limit λ/σ that it nears; undefined when σ = 0 as well. */
  readonly peakX: number | undefined;
  /** Whether κ's interval excludes 0. Otherwise the points do not show that throughput ever falls. */
  readonly peakEstablished: boolean;
  /** Orders/s at a size greater than 0. */
  readonly predict: (n: number) => number;
}

export interface ScalabilityRefused {
  readonly kind: "refused";
  readonly reason: ScalabilityRefusal;
  /** The reason with its figures, as a sentence. */
  readonly message: string;
}

const SIZES_MIN = 4;
const SIZE_FACTOR_MIN = 2;
/** λ known no better than to this factor is not known. */
const LAMBDA_FACTOR_MAX = 10;
/** Stands for no upper bound; a κ or λ this far above any estimate is never reached by a fit. */
const UNBOUNDED = 1e15;
/** Squares of relative residuals this small are rounding. */
const ROUNDING = 1e-20;

/** Halvings of the way to an interval's border. */
const EDGE_STEPS = 30;

const LAMBDA = 0;
const SIGMA = 1;
const KAPPA = 2;

/**
 * Fits the Universal Scalability Law (N. J. Gunther, Guerrilla Capacity Planning, 2007, ch. 4–6) by weighted nonlinear
 * least squares with 0 ≤ σ ≤ 1 and κ ≥ 0.
 *
 * Intervals are profiles: all values of a parameter at which the best fit of the other two is not significantly worse,
 * by Student's t with the points left over (Bates & Watts, Nonlinear Regression Analysis, 1988, ch. 6). With the few
 * points of a capacity run a bootstrap over residuals would be too narrow, and a covariance too where an estimate lies
 * at its bound.
 */
export function fitScalability(points: readonly ScalabilityPoint[]): ScalabilityFit | ScalabilityRefused {
  const unusable = unusableFor(points);
  if (unusable !== undefined) return unusable;
  const problem = problemOf(points);
  const best = simplest(problem, bestFit(problem));
  const total = problem.points.reduce((sum, { weight }) => sum + weight, 0);
  const mean = problem.points.reduce((sum, { x, weight }) => sum + weight * x, 0) / total;
  const variation = problem.points.reduce((sum, { x, weight }) => sum + weight * (x - mean) ** 2, 0);
  if (variation <= 1e-12 * sizeOf(problem)) {
    return refused("NO_SPREAD", `The throughput is the same, ${measureText(mean)} orders/s, at every size.`);
  }
  const r2 = 1 - best.squares / variation;
  const spare = points.length - 3;
  // Adjusted for the parameters. Without that, no fit could lose: σ = 1 and κ = 0 is the mean itself.
  const adjusted = 1 - best.squares / spare / (variation / (points.length - 1));
  if (adjusted <= 0) {
    return refused(
      "WORSE_THAN_MEAN",
      `The law explains ${percentText(r2)} of the variation of ${points.length} points, no more than its three parameters would of noise.`,
    );
  }
  const lambda = interval(problem, best, spare, LAMBDA);
  const sigma = interval(problem, best, spare, SIGMA);
  const kappa = interval(problem, best, spare, KAPPA);
  if (!(lambda.high <= lambda.low * LAMBDA_FACTOR_MAX)) {
    return refused(
      "UNDETERMINED",
      `The throughput of one alone may be anything from ${measureText(lambda.low)} to ${measureText(lambda.high)} orders/s; measure smaller sizes, or each more often.`,
    );
  }
  if (sigma.low <= 0 && sigma.high >= 1) {
    return refused("UNDETERMINED", "The contention may be anything from 0 to 1; measure more sizes.");
  }
  const predict = (n: number): number => throughput(best.parameters, n);
  const peakN = kappa.value === 0 ? undefined : Math.max(1, Math.sqrt((1 - sigma.value) / kappa.value));
  const limit = sigma.value === 0 ? undefined : lambda.value / sigma.value;
  return {
    kind: "fit",
    lambda,
    sigma,
    kappa,
    r2,
    peakN,
    peakX: peakN === undefined ? limit : predict(peakN),
    peakEstablished: kappa.low > 0,
    predict,
  };
}

function unusableFor(points: readonly ScalabilityPoint[]): ScalabilityRefused | undefined {
  const weighted = points.some(({ weight }) => weight !== undefined);
  for (const { n, ordersPerSecond, weight } of points) {
    if (isPositive(n) && isPositive(ordersPerSecond) && (!weighted || isPositive(weight))) continue;
    return refused(
      "UNUSABLE_POINT",
      `The point of size ${n} with ${ordersPerSecond} orders/s${weighted ? ` and weight ${weight}` : ""} can't be used.`,
    );
  }
  const sizes = new Set(points.map(({ n }) => n));
  if (sizes.size < SIZES_MIN) {
    return refused(
      "TOO_FEW_SIZES",
      `${sizes.size} different ${sizes.size === 1 ? "size was" : "sizes were"} measured; the law needs ${SIZES_MIN} at least.`,
    );
  }
  const low = Math.min(...sizes);
  const high = Math.max(...sizes);
  if (high < low * SIZE_FACTOR_MIN) {
    return refused(
      "NO_SPREAD",
      `Sizes from ${low} to ${high} differ by less than a factor of ${SIZE_FACTOR_MIN}.`,
    );
  }
  return undefined;
}

const isPositive = (value: number | undefined): boolean =>
  value !== undefined && value > 0 && Number.isFinite(value);

const refused = (reason: ScalabilityRefusal, message: string): ScalabilityRefused => ({
  kind: "refused",
  reason,
  message,
});

const load = ([, sigma, kappa]: readonly number[], n: number): number =>
  1 + sigma * (n - 1) + kappa * n * (n - 1);

const throughput = (parameters: readonly number[], n: number): number =>
  (parameters[LAMBDA] * n) / load(parameters, n);

function problemOf(points: readonly ScalabilityPoint[]): CurveProblem {
  return {
    points: points.map(
      ({ n, ordersPerSecond, weight }): CurvePoint => ({
        n,
        x: ordersPerSecond,
        weight: weight ?? 1 / ordersPerSecond ** 2,
      }),
    ),
    value: throughput,
    gradient(parameters, n) {
      const alone = n / load(parameters, n);
      const change = (-throughput(parameters, n) * (n - 1)) / load(parameters, n);
      return [alone, change, change * n];
    },
    low: [0, 0, 0],
    high: [UNBOUNDED, 1, UNBOUNDED],
  };
}

/** The weighted sum of squares of the throughputs themselves, which others are measured by. */
const sizeOf = (problem: CurveProblem): number =>
  problem.points.reduce((sum, { x, weight }) => sum + weight * x * x, 0);

/**
 * The best fit from several starts, since from a bad one the steps may end in a valley beside the lowest. One that is
 * good enough ends the search.
 */
function bestFit(problem: CurveProblem, near?: readonly number[], squaresEnough = 0): CurveFit {
  const first = Math.max(...problem.points.map(({ n, x }) => x / n));
  const starts = near === undefined ? [linearised(problem.points), [first, 0.5, 0]] : [near];
  let best: CurveFit | undefined;
  for (const start of [...starts, [first, 0, 0]]) {
    if (!start.every(Number.isFinite)) continue;
    const fit = leastSquares(problem, start);
    if (best === undefined || fit.squares < best.squares) best = fit;
    if (best.squares <= squaresEnough) break;
  }
  return best!;
}

/**
 * Gunther's quadratic regression (2007, ch. 5): N/X = (1 + σ(N − 1) + κN(N − 1)) / λ is linear in 1/λ, σ/λ and κ/λ. It
 * weighs errors wrongly, but is near enough to start from.
 */
function linearised(points: readonly CurvePoint[]): number[] {
  const matrix = [0, 1, 2].map(() => [0, 0, 0]);
  const right = [0, 0, 0];
  for (const { n, x, weight } of points) {
    const terms = [1, n - 1, n * (n - 1)];
    // An error of X is N/X² times as large in N/X.
    const turned = weight * ((x * x) / n) ** 2;
    for (let j = 0; j < 3; j++) {
      right[j] += turned * terms[j] * (n / x);
      for (let k = 0; k < 3; k++) matrix[j][k] += turned * terms[j] * terms[k];
    }
  }
  const [alone, contention, coherency] = solve(matrix, right);
  return alone > 0 ? [1 / alone, contention / alone, coherency / alone] : [Number.NaN];
}

const held = (problem: CurveProblem, index: number, value: number): CurveProblem => ({
  ...problem,
  low: problem.low.with(index, value),
  high: problem.high.with(index, value),
});

/** The same fit with κ, then σ, exactly 0 where only rounding speaks against it. */
function simplest(problem: CurveProblem, fit: CurveFit): CurveFit {
  let simple = fit;
  let within = problem;
  for (const index of [KAPPA, SIGMA]) {
    const without = held(within, index, 0);
    const candidate = bestFit(without, simple.parameters);
    if (candidate.squares > fit.squares + ROUNDING * sizeOf(problem)) continue;
    simple = candidate;
    within = without;
  }
  return simple;
}

function interval(problem: CurveProblem, best: CurveFit, spare: number, index: number): Estimate {
  const value = best.parameters[index];
  const t = studentT95(spare);
  const squaresMax = best.squares * (1 + (t * t) / spare) + ROUNDING * sizeOf(problem);
  const allows = (candidate: number): boolean =>
    bestFit(held(problem, index, candidate), best.parameters, squaresMax).squares <= squaresMax;
  const [low, high] = [problem.low[index], problem.high[index]];
  return {
    value,
    low: allows(low) ? low : edge(allows, value, low),
    high: upperEdge(allows, value, high, problem),
  };
}

function upperEdge(
  allows: (candidate: number) => boolean,
  value: number,
  high: number,
  problem: CurveProblem,
): number {
  if (high < UNBOUNDED) return allows(high) ? high : edge(allows, value, high);
  const sizeMax = Math.max(...problem.points.map(({ n }) => n));
  // Where κ is 0, a step that the largest size hardly notices.
  let step = value > 0 ? value / 16 : 1e-6 / sizeMax ** 2;
  let inside = value;
  while (allows(inside + step)) {
    inside += step;
    step *= 2;
    if (inside > UNBOUNDED) return Number.POSITIVE_INFINITY;
  }
  return edge(allows, inside, inside + step);
}

/** The border between a value that is allowed and one that is not, by halving. */
function edge(allows: (candidate: number) => boolean, allowed: number, refusedAt: number): number {
  let inside = allowed;
  let outside = refusedAt;
  for (let i = 0; i < EDGE_STEPS; i++) {
    const middle = (inside + outside) / 2;
    if (allows(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
