import type { SoakResult, SoakSample } from "./soak-result.js";

/** The first part of a soak in which caches and heaps fill, and which memory is not judged by. */
const SETTLING_SHARE = 1 / 3;

const SECONDS_PER_HOUR = 3600;

export interface MemoryTrend {
  readonly tier: string;
  /** At the end. */
  readonly memoryMiB: number;
  /** Of a straight line through the samples after the first third, in % of its mean an hour; NaN below two samples. */
  readonly growthPercentPerHour: number;
}

/** A soak in a few figures. */
export interface SoakSummary {
  /** Of all tiers together first. */
  readonly memory: readonly MemoryTrend[];
  readonly lagCommandsMax: number;
  /** Mean latency in the first and in the last third, in ms, and the change between them in %. */
  readonly firstLatencyMs: number;
  readonly lastLatencyMs: number;
  readonly latencyDriftPercent: number;
}

export function summarizeSoak({ samples, load }: SoakResult): SoakSummary {
  const end = samples.at(-1)?.atSecond ?? 0;
  const settled = samples.filter(({ atSecond }) => atSecond >= end * SETTLING_SHARE);
  const tiers = [...new Set(samples.flatMap(({ memoryMiB }) => Object.keys(memoryMiB)))];
  const bySecond = load.meanLatencyMsBySecond;
  const third = Math.floor(bySecond.length / 3);
  const firstLatencyMs = meanOf(bySecond.slice(0, third));
  const lastLatencyMs = meanOf(bySecond.slice(-third));
  return {
    memory: [
      trendOf("all", settled, allOf),
      ...tiers.map((tier) => trendOf(tier, settled, ({ memoryMiB }) => memoryMiB[tier] ?? 0)),
    ],
    lagCommandsMax: Math.max(0, ...samples.map(({ lagCommands }) => lagCommands)),
    firstLatencyMs,
    lastLatencyMs,
    latencyDriftPercent: (lastLatencyMs / firstLatencyMs - 1) * 100,
  };
}

const allOf = ({ memoryMiB }: SoakSample): number =>
  Object.values(memoryMiB).reduce((sum, value) => sum + value, 0);

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Least squares; the line's growth against its own mean. */
function trendOf(
  tier: string,
  samples: readonly SoakSample[],
  memoryOf: (sample: SoakSample) => number,
): MemoryTrend {
  const xs = samples.map(({ atSecond }) => atSecond);
  const ys = samples.map(memoryOf);
  const [meanX, meanY] = [meanOf(xs), meanOf(ys)];
  const covariance = xs.reduce((sum, x, i) => sum + (x - meanX) * (ys[i]! - meanY), 0);
  const variance = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return {
    tier,
    memoryMiB: ys.at(-1) ?? 0,
    growthPercentPerHour: ((covariance / variance) * SECONDS_PER_HOUR * 100) / meanY,
  };
}
