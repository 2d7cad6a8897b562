/** A curve with some parameters, and the points that it is to meet. */
export interface CurveProblem {
  readonly points: readonly CurvePoint[];
  /** The curve at `n`. */
  readonly value: (parameters: readonly number[], n: number) => number;
  /** Its derivative by each parameter. */
  readonly gradient: (parameters: readonly number[], n: number) => readonly number[];
  /** Bounds of each parameter, inclusive; equal ones hold it fast. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface CurvePoint {
  readonly n: number;
  readonly x: number;
  /** Greater than 0; proportional to the inverse of the variance of `x`. */
  readonly weight: number;
}

export interface CurveFit {
  readonly parameters: readonly number[];
  /** Sum of weight × residual². */
  readonly squares: number;
}

const STEPS_MAX = 300;
const DAMPING_MAX = 1e12;
/** A step that improves the sum of squares by less than this share is the last one. */
const IMPROVEMENT_MIN = 1e-10;

/**
 * Weighted nonlinear least squares within bounds: Marquardt's damped Gauss-Newton steps (1963), each cut back to the
 * bounds. A parameter at its bound that would leave it sits the step out. Finds a minimum near the start, which need not
 * be the lowest.
 */
export function leastSquares(problem: CurveProblem, start: readonly number[]): CurveFit {
  let parameters = within(problem, start);
  let squares = sumOfSquares(problem, parameters);
  let damping = 1e-3;
  for (let steps = 0; steps < STEPS_MAX && damping < DAMPING_MAX; steps++) {
    const { matrix, slope } = normalEquations(problem, parameters);
    const free = parameters.flatMap((value, j) => {
      const stuck = (value <= problem.low[j] && slope[j] <= 0) || (value >= problem.high[j] && slope[j] >= 0);
      // A parameter that no point depends on has nothing to be moved by.
      return stuck || matrix[j][j] === 0 ? [] : [j];
    });
    if (free.length === 0) break;
    // Every parameter is measured by its own effect: they may be many powers of ten apart.
    const scale = free.map((j) => Math.sqrt(matrix[j][j]));
    const step = solve(
      free.map((j, a) => free.map((k, b) => matrix[j][k] / scale[a] / scale[b] + (a === b ? damping : 0))),
      free.map((j, a) => slope[j] / scale[a]),
    );
    const moved = [...parameters];
    free.forEach((j, a) => {
      moved[j] += step[a] / scale[a];
    });
    const next = within(problem, moved);
    const nextSquares = sumOfSquares(problem, next);
    if (!(nextSquares < squares)) {
      damping *= 10;
      continue;
    }
    const improvement = squares - nextSquares;
    parameters = next;
    squares = nextSquares;
    damping = Math.max(1e-12, damping / 10);
    if (improvement <= IMPROVEMENT_MIN * squares) break;
  }
  return { parameters, squares };
}

const within = (problem: CurveProblem, parameters: readonly number[]): number[] =>
  parameters.map((value, j) => Math.min(problem.high[j], Math.max(problem.low[j], value)));

function sumOfSquares(problem: CurveProblem, parameters: readonly number[]): number {
  let sum = 0;
  for (const { n, x, weight } of problem.points) sum += weight * (x - problem.value(parameters, n)) ** 2;
  return sum;
}

function normalEquations(problem: CurveProblem, parameters: readonly number[]) {
  const matrix = parameters.map(() => parameters.map(() => 0));
  const slope = parameters.map(() => 0);
  for (const { n, x, weight } of problem.points) {
    const residual = x - problem.value(parameters, n);
    const gradient = problem.gradient(parameters, n);
    for (let j = 0; j < parameters.length; j++) {
      slope[j] += weight * gradient[j] * residual;
      for (let k = 0; k < parameters.length; k++) matrix[j][k] += weight * gradient[j] * gradient[k];
    }
  }
  return { matrix, slope };
}

/** Solves a small system of linear equations by elimination with pivots; a singular one gives numbers that are not finite. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let i = column + 1; i < size; i++) {
      if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) pivot = i;
    }
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let i = 0; i < size; i++) {
      if (i === column) continue;
      const factor = rows[i][column] / rows[column][column];
      for (let k = column; k <= size; k++) rows[i][k] -= factor * rows[column][k];
    }
  }
  return rows.map((row, i) => row[size] / row[i]);
}
