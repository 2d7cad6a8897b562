import type { CapacityResult, LayoutResult, LoadPoint } from "../capacity-result.js";
import { studentT95 } from "./student-t.js";

/** Taken for noise, as a share, when no point was measured more than once. A guess on the cautious side. */
export const DEFAULT_NOISE_SHARE = 0.1;

export interface ComparisonRow {
  readonly layout: string;
  readonly connections: number;
  /** Of open loops, which are paired with each other only. */
  readonly ratePerSecond: number | undefined;
  /** Means of the repetitions, orders/s. */
  readonly before: number;
  readonly after: number;
  /** after / before: infinite when only `before` is 0, 1 when both are. */
  readonly ratio: number;
  /** Differences up to this share are noise; 0 or more. */
  readonly noiseShare: number;
  readonly beyondNoise: boolean;
}

export type ComparisonNoise =
  /** Nothing was repeated. */
  | { readonly kind: "assumed"; readonly share: number }
  /** From repetitions: standard deviation of one measurement as a share, with its degrees of freedom. */
  | { readonly kind: "measured"; readonly share: number; readonly degreesOfFreedom: number };

export interface Comparison {
  readonly noise: ComparisonNoise;
  /** In the order of the first run. */
  readonly rows: readonly ComparisonRow[];
  /** What makes the runs hard to compare (machine, cores, seconds, a layout of the same name), as sentences. */
  readonly cautions: readonly string[];
  /** Points of one run only, e.g. `4 × 4, 64 connections`. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

/**
 * What changed between two runs: layouts are paired by name, points by connections (and rate).
 *
 * Where a run repeats points, the noise is theirs: pooled over both runs, and a difference counts when it is beyond
 * Student's 95 % for means of so many measurements. Twenty pairs of which nothing has changed hence show one change on
 * average. Repetitions know the noise within a run only, not what differs from day to day.
 */
export function compareRuns(before: CapacityResult, after: CapacityResult): Comparison {
  const left = groupPoints(before);
  const right = groupPoints(after);
  const noise = noiseOf([...left.values(), ...right.values()]);
  const rows = [...left].flatMap(([key, old]): ComparisonRow[] => {
    const now = right.get(key);
    return now === undefined ? [] : [rowOf(old, now, noise)];
  });
  return {
    noise,
    rows,
    cautions: cautionsOf(before, after),
    onlyBefore: [...left].filter(([key]) => !right.has(key)).map(([, group]) => group.label),
    onlyAfter: [...right].filter(([key]) => !left.has(key)).map(([, group]) => group.label),
  };
}

/** The repetitions of a point. */
interface PointGroup {
  readonly layout: string;
  readonly label: string;
  readonly point: LoadPoint;
  readonly ordersPerSecond: number[];
}

function groupPoints({ layouts }: CapacityResult): Map<string, PointGroup> {
  const groups = new Map<string, PointGroup>();
  for (const { name, points } of layouts) {
    for (const point of points) {
      const { connections, ratePerSecond, load } = point;
      const rate = ratePerSecond === undefined ? "" : ` at ${ratePerSecond}/s`;
      const label = `${name}, ${connections} connections${rate}`;
      const key = JSON.stringify([name, connections, ratePerSecond ?? null]);
      const group = groups.get(key);
      if (group === undefined)
        groups.set(key, { layout: name, label, point, ordersPerSecond: [load.ordersPerSecond] });
      else group.ordersPerSecond.push(load.ordersPerSecond);
    }
  }
  return groups;
}

function noiseOf(groups: readonly PointGroup[]): ComparisonNoise {
  let squares = 0;
  let degreesOfFreedom = 0;
  for (const { ordersPerSecond } of groups) {
    const mean = meanOf(ordersPerSecond);
    if (ordersPerSecond.length < 2 || mean <= 0) continue;
    degreesOfFreedom += ordersPerSecond.length - 1;
    for (const value of ordersPerSecond) squares += (value / mean - 1) ** 2;
  }
  if (degreesOfFreedom === 0) return { kind: "assumed", share: DEFAULT_NOISE_SHARE };
  return { kind: "measured", share: Math.sqrt(squares / degreesOfFreedom), degreesOfFreedom };
}

function rowOf(old: PointGroup, now: PointGroup, noise: ComparisonNoise): ComparisonRow {
  const before = meanOf(old.ordersPerSecond);
  const after = meanOf(now.ordersPerSecond);
  const ratio = before === after ? 1 : after / before;
  const noiseShare =
    noise.kind === "assumed"
      ? noise.share
      : noise.share *
        studentT95(noise.degreesOfFreedom) *
        Math.sqrt(1 / old.ordersPerSecond.length + 1 / now.ordersPerSecond.length);
  return {
    layout: old.layout,
    connections: old.point.connections,
    ratePerSecond: old.point.ratePerSecond,
    before,
    after,
    ratio,
    noiseShare,
    // By the larger of the two ratios, so that a change and its reverse are judged alike.
    beyondNoise: ratio !== 1 && Math.max(ratio, 1 / ratio) > 1 + noiseShare,
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function cautionsOf(before: CapacityResult, after: CapacityResult): string[] {
  const cautions: string[] = [];
  const compare = (what: string, old: string | number, now: string | number): void => {
    if (old !== now) cautions.push(`The ${what} changed from ${old} to ${now}.`);
  };
  compare("machine", before.machine, after.machine);
  compare("number of cores", before.cores, after.cores);
  compare("length of a point in seconds", before.secondsPerPoint, after.secondsPerPoint);
  compare("warm-up in seconds", before.warmUpSeconds, after.warmUpSeconds);
  for (const { name, layout } of before.layouts) {
    const other = after.layouts.find((candidate) => candidate.name === name)?.layout;
    if (other !== undefined && !isSameLayout(layout, other)) {
      cautions.push(`"${name}" is laid out differently in the two runs.`);
    }
  }
  return cautions;
}

function isSameLayout(a: LayoutResult["layout"], b: LayoutResult["layout"]): boolean {
  return (Object.keys(a) as (keyof LayoutResult["layout"])[]).every((key) => a[key] === b[key]);
}
