/** A run of five layouts and one failover, with figures as a large machine may give. */
import {
  CAPACITY_FORMAT,
  type CapacityResult,
  type FailoverSecond,
  type Layout,
  type LayoutResult,
  type LoadPoint,
  type TierUsage,
} from "../../capacity-result.js";
import { madeLoad, madeOperations } from "../../testing/made-load.js";
import type { ScalingCurve } from "../scaling-curve.js";

const SECONDS = 30;

function layout(changes: Partial<Layout>): Layout {
  return {
    pipeline: "buttonwood",
    backends: 1,
    workers: 1,
    partitions: 1,
    shards: 1,
    redisNodes: 1,
    standbys: false,
    edge: true,
    ...changes,
  };
}

/** CPU of an order by tier, in µs. */
type Costs = Readonly<Record<string, number>>;

function usages(costs: Costs, ordersPerSecond: number): TierUsage[] {
  return Object.entries(costs).map(([tier, cpuUsPerOrder], i) => ({
    tier,
    processes: tier === "gateway" ? 4 : 1,
    cores: (cpuUsPerOrder * ordersPerSecond) / 1e6,
    cpuUsPerOrder,
    memoryMiB: 96 + i * 40,
  }));
}

interface Load {
  readonly connections: number;
  readonly ratePerSecond?: number;
  readonly ordersPerSecond: number;
  readonly p50: number;
  readonly refused?: number;
}

function point(load: Load, costs: Costs): LoadPoint {
  const { connections, ratePerSecond, ordersPerSecond, p50, refused = 0 } = load;
  const latencyMs = { mean: p50 * 1.2, p50, p99: p50 * 4, p999: p50 * 9, p9999: p50 * 12, max: p50 * 14 };
  const tiers = usages(costs, ordersPerSecond);
  return {
    connections,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    load: madeLoad({ seconds: SECONDS, ordersPerSecond, latencyMs, generatorCpuPercent: 40, refused }),
    tiers,
    operations: madeOperations(ordersPerSecond),
    idleCores: Math.max(0, 16 - tiers.reduce((sum, { cores }) => sum + cores, 0)),
  };
}

const CLASSIC: Costs = {
  edge: 14,
  gateway: 160,
  engine: 48,
  tables: 320,
  redis: 60,
  generator: 36,
  other: 5,
};
const BUTTONWOOD: Costs = {
  edge: 14,
  gateway: 107,
  engine: 22,
  journal: 34,
  projection: 26,
  tables: 20,
  redis: 9,
  generator: 36,
  other: 5,
};

function scaled(costs: Costs, factor: number): Costs {
  return Object.fromEntries(Object.entries(costs).map(([tier, us]) => [tier, us * factor]));
}

const LAYOUTS: readonly LayoutResult[] = [
  {
    name: "classic",
    layout: layout({ pipeline: "classic", backends: 2, workers: 2 }),
    points: [
      point({ connections: 16, ordersPerSecond: 1_420, p50: 9.8 }, CLASSIC),
      point({ connections: 64, ordersPerSecond: 2_310, p50: 24.1 }, CLASSIC),
      point({ connections: 256, ordersPerSecond: 2_105, p50: 112.4 }, CLASSIC),
    ],
  },
  {
    name: "1 × 1",
    layout: layout({ edge: false }),
    points: [
      point({ connections: 16, ordersPerSecond: 4_120, p50: 3.2 }, BUTTONWOOD),
      point({ connections: 64, ordersPerSecond: 6_480, p50: 8.9 }, BUTTONWOOD),
      point({ connections: 256, ordersPerSecond: 6_610, p50: 36.5 }, BUTTONWOOD),
    ],
  },
  {
    name: "1 × 4",
    layout: layout({ workers: 4, standbys: true }),
    points: [
      point({ connections: 16, ordersPerSecond: 5_830, p50: 2.4 }, BUTTONWOOD),
      point({ connections: 64, ordersPerSecond: 14_200, p50: 4.1, refused: 12 }, BUTTONWOOD),
      point({ connections: 256, ordersPerSecond: 18_940, p50: 11.9, refused: 25 }, BUTTONWOOD),
    ],
  },
  {
    name: "2 × 4",
    layout: layout({ backends: 2, workers: 4, redisNodes: 3, standbys: true }),
    points: [
      point({ connections: 16, ordersPerSecond: 5_760, p50: 2.5 }, scaled(BUTTONWOOD, 1.05)),
      point({ connections: 64, ordersPerSecond: 16_900, p50: 3.6 }, scaled(BUTTONWOOD, 1.05)),
      point({ connections: 256, ordersPerSecond: 29_300, p50: 7.8 }, scaled(BUTTONWOOD, 1.05)),
    ],
  },
  {
    name: "4 × 4, 3 partitions",
    layout: layout({ backends: 4, workers: 4, partitions: 3, shards: 3, redisNodes: 3, standbys: true }),
    points: [
      point({ connections: 16, ordersPerSecond: 5_540, p50: 2.6 }, scaled(BUTTONWOOD, 1.12)),
      point(
        { connections: 64, ratePerSecond: 10_000, ordersPerSecond: 10_000, p50: 2.2 },
        scaled(BUTTONWOOD, 1.12),
      ),
      point({ connections: 64, ordersPerSecond: 17_800, p50: 3.4 }, scaled(BUTTONWOOD, 1.12)),
      point({ connections: 256, ordersPerSecond: 41_250, p50: 5.7 }, scaled(BUTTONWOOD, 1.12)),
    ],
  },
];

/** 30 s, the kill at second 10, one second of almost nothing, back after three. */
function killedBackend(): FailoverSecond[] {
  const dip: Readonly<Record<number, number>> = { 10: 9_200, 11: 1_350, 12: 12_600 };
  const retries: Readonly<Record<number, number>> = { 10: 412, 11: 1_130, 12: 95 };
  return Array.from({ length: SECONDS }, (_, second) => ({
    second,
    acceptedPerSecond: dip[second] ?? 19_000 + ((second * 7) % 5) * 180,
    retried: retries[second] ?? 0,
  }));
}

export function capacityFixture(): CapacityResult {
  return {
    format: CAPACITY_FORMAT,
    machine: "16 × AMD EPYC 9454P, 64 GiB, Node v22.11.0",
    cores: 16,
    startedAt: "2026-03-14T09:26:53.589Z",
    seed: 42,
    secondsPerPoint: SECONDS,
    warmUpSeconds: 5,
    layouts: LAYOUTS,
    failovers: [
      {
        layoutName: "2 × 4",
        killed: "backend",
        killedAtSecond: 10,
        seconds: killedBackend(),
        failed: 0,
      },
    ],
  };
}

/** Curves through the fixture's closed loops: x(n) = λn / (1 + σ(n − 1) + κn(n − 1)). */
export function curvesFixture(): ScalingCurve[] {
  const coefficients: Readonly<Record<string, readonly [lambda: number, sigma: number, kappa: number]>> = {
    classic: [190, 0.052, 0.000105],
    "1 × 1": [520, 0.066, 0.00004],
    "1 × 4": [490, 0.018, 0.000012],
    "2 × 4": [420, 0.0092, 0.0000045],
    "4 × 4, 3 partitions": [380, 0.0045, 0.0000008],
  };
  return Object.entries(coefficients).map(([layoutName, [lambda, sigma, kappa]]) => ({
    layoutName,
    points: Array.from({ length: 33 }, (_, i): readonly [number, number] => {
      const n = 2 ** (2 + i / 4);
      return [n, (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1))];
    }),
  }));
}
