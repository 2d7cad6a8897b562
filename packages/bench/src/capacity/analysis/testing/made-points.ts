import {
  CAPACITY_FORMAT,
  type CapacityResult,
  type Layout,
  type LayoutResult,
  type LoadPoint,
} from "../../capacity-result.js";
import { madeLoad, madeOperations } from "../../testing/made-load.js";

export interface MadePoint {
  readonly connections?: number;
  readonly ratePerSecond?: number;
  readonly ordersPerSecond: number;
  /** By tier: processes, and the cores that all of them took. */
  readonly tiers?: Readonly<Record<string, readonly [processes: number, cores: number]>>;
  readonly machineCores?: number;
  readonly latencyMs?: number;
  readonly generatorCpuPercent?: number;
  readonly lost?: number;
}

const SECONDS = 10;

/** A point that obeys the utilisation law and, unless a latency is given, Little's. */
export function madePoint(made: MadePoint): LoadPoint {
  const { connections = 64, ordersPerSecond, machineCores = 8, lost = 0 } = made;
  const tiers = Object.entries(made.tiers ?? {}).map(([tier, [processes, cores]]) => ({
    tier,
    processes,
    cores,
    cpuUsPerOrder: ordersPerSecond > 0 ? (cores * 1e6) / ordersPerSecond : 0,
    memoryMiB: 100,
  }));
  const mean = made.latencyMs ?? (ordersPerSecond > 0 ? (connections / ordersPerSecond) * 1000 : 0);
  return {
    connections,
    ratePerSecond: made.ratePerSecond,
    load: madeLoad({
      seconds: SECONDS,
      ordersPerSecond,
      latencyMs: { mean, p50: mean, p99: mean * 3, p999: mean * 5, p9999: mean * 7, max: mean * 9 },
      generatorCpuPercent: made.generatorCpuPercent ?? (made.tiers?.generator?.[1] ?? 0.1) * 100,
      lost,
    }),
    tiers,
    operations: madeOperations(ordersPerSecond),
    idleCores: machineCores - tiers.reduce((sum, { cores }) => sum + cores, 0),
  };
}

export function madeLayout(
  name: string,
  points: readonly MadePoint[],
  layout: Partial<Layout> = {},
): LayoutResult {
  return {
    name,
    layout: {
      pipeline: "buttonwood",
      backends: 1,
      workers: 1,
      partitions: 1,
      shards: 1,
      redisNodes: 1,
      standbys: false,
      edge: false,
      ...layout,
    },
    points: points.map(madePoint),
  };
}

export const madeResult = (
  layouts: readonly LayoutResult[],
  over: Partial<CapacityResult> = {},
): CapacityResult => ({
  format: CAPACITY_FORMAT,
  machine: "8 × test",
  cores: 8,
  startedAt: "2026-01-01T00:00:00Z",
  seed: 1,
  secondsPerPoint: SECONDS,
  warmUpSeconds: 1,
  layouts,
  failovers: [],
  ...over,
});
