import { machineName } from "../../api-bench/bench-api.js";
import { runLoad } from "../../api-bench/load-run.js";
import type { LoadResult } from "../../api-bench/plan.js";
import { type Deployment, loadOf } from "../deployment.js";
import { readInstruments } from "../operations/operations.js";
import { type DeploymentSample, sampleBelow, tierUsage } from "../process-tiers.js";
import type { SoakResult, SoakSample } from "./soak-result.js";

/** How long the peak is looked for, in s, once the load is warm. */
const PEAK_SECONDS = 15;
/** Between two looks at memory and lag, in s. */
const SAMPLE_SECONDS = 15;
/** Projections that have not stored everything after this have stopped, in s. */
const DRAIN_SECONDS_MAX = 120;

export interface SoakOptions {
  readonly layoutName: string;
  readonly connections: number;
  readonly minutes: number;
  /** Of the peak, what is offered: greater than 0, at most 1. */
  readonly share: number;
  readonly warmUpSecondsMax: number;
  readonly seed: number;
  readonly onProgress: (done: number, step: string) => void;
}

/** Looks for the most that a deployment takes, then offers it a share of that for a long time. */
export async function runSoak(deployment: Deployment, options: SoakOptions): Promise<SoakResult> {
  const { connections, minutes, share, warmUpSecondsMax, seed, onProgress } = options;
  const startedAt = new Date().toISOString();
  const { ordersPerSecond: peakPerSecond } = await runLoad(
    await loadOf(deployment, {
      connections,
      warmUpSeconds: 1,
      warmUpSecondsMax,
      seconds: PEAK_SECONDS,
      seed,
    }),
    (_, rate) => onProgress(0, `looking for the peak, ${Math.round(rate)}/s`),
  );
  const ratePerSecond = Math.max(1, Math.floor(peakPerSecond * share));
  const seconds = minutes * 60;
  const samples: SoakSample[] = [];
  let before: DeploymentSample | undefined;
  let sampling: Promise<void> = Promise.resolve();
  const load: LoadResult = await runLoad(
    await loadOf(deployment, {
      connections,
      ratePerSecond,
      warmUpSeconds: 5,
      seconds,
      seed: (seed + 1) % 2 ** 32,
    }),
    (fraction, rate) => {
      onProgress(fraction, `${ratePerSecond}/s offered, ${Math.round(rate)}/s answered`);
      const atSecond = fraction * seconds;
      if (atSecond < samples.length * SAMPLE_SECONDS) return;
      const now = sampleBelow(deployment.roots);
      const usage = tierUsage(before ?? now, now, 0);
      before = now;
      const sample = {
        atSecond,
        memoryMiB: Object.fromEntries(usage.map(({ tier, memoryMiB }) => [tier, memoryMiB])),
        cores: Object.fromEntries(usage.map(({ tier, cores }) => [tier, samples.length > 0 ? cores : 0])),
      };
      const place = samples.push({ ...sample, lagCommands: 0 }) - 1;
      sampling = sampling.then(async () => {
        samples[place] = { ...sample, lagCommands: await lagOf(deployment) };
      });
      // Whether it worked is asked for when the load has ended.
      sampling.catch(() => {});
    },
  );
  const endMs = performance.now();
  await sampling;
  return {
    machine: machineName(),
    startedAt,
    layoutName: options.layoutName,
    connections,
    peakPerSecond,
    ratePerSecond,
    load,
    samples,
    drainedAfterSeconds: await drained(deployment, endMs),
  };
}

/** Meaningful without standby engines only: they count what they have applied as well. */
async function lagOf({ instruments }: Deployment): Promise<number> {
  const { metrics } = await readInstruments(instruments);
  const sumOf = (name: string): number =>
    metrics.reduce((sum, { role, values }) => sum + (role === "gateway" ? 0 : (values.get(name) ?? 0)), 0);
  return Math.max(0, sumOf("buttonwood_engine_sequence") - sumOf("buttonwood_projection_sequence"));
}

/** Waits until nothing is behind. */
async function drained(deployment: Deployment, endMs: number): Promise<number | undefined> {
  for (;;) {
    const lag = await lagOf(deployment);
    const elapsed = (performance.now() - endMs) / 1000;
    if (lag === 0) return elapsed;
    if (elapsed > DRAIN_SECONDS_MAX) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
