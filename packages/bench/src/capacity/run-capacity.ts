import { cpus } from "node:os";
import { machineName } from "../api-bench/bench-api.js";
import { runLoad } from "../api-bench/load-run.js";
import {
  CAPACITY_FORMAT,
  type CapacityResult,
  type FailoverResult,
  type Layout,
  type LayoutResult,
  type LoadPoint,
} from "./capacity-result.js";
import { type Deployment, loadOf } from "./deployment.js";
import { layoutName } from "./layouts.js";
import { sampleBelow, tierUsage } from "./process-tiers.js";
import { type FailoverPlan, runFailover } from "./run-failover.js";

export interface CapacityOptions {
  readonly layouts: readonly Layout[];
  /** Starts a layout on this machine. */
  readonly deploy: (layout: Layout) => Promise<Deployment>;
  /** Loads of each layout, ascending. */
  readonly connections: readonly number[];
  readonly seconds: number;
  /** Runs in which a process is killed, after the layouts. */
  readonly failovers: readonly FailoverPlan[];
  /** Before each load. */
  readonly warmUpSeconds: number;
  /** Before a layout's first load: many processes take long until their code is compiled. */
  readonly firstWarmUpSeconds: number;
  readonly seed: number;
  /** `done` is a share of the whole, 0 to 1. */
  readonly onProgress: (done: number, step: string) => void;
}

/** Brings up each layout in turn, loads it, and records what it did and what it took. */
export async function runCapacity(options: CapacityOptions): Promise<CapacityResult> {
  const { layouts, connections, onProgress } = options;
  const startedAt = new Date().toISOString();
  const results: LayoutResult[] = [];
  const steps = layouts.length * (connections.length + 1) + 2 * options.failovers.length;
  let step = 0;
  for (const layout of layouts) {
    const name = layoutName(layout);
    onProgress(step / steps, `${name}: starting`);
    const deployment = await options.deploy(layout);
    try {
      const points: LoadPoint[] = [];
      step++;
      for (const count of connections) {
        const warmUpSeconds = points.length === 0 ? options.firstWarmUpSeconds : options.warmUpSeconds;
        points.push(
          await measure(deployment, count, warmUpSeconds, options, (fraction, rate) =>
            onProgress((step + fraction) / steps, `${name}: ${count} connections, ${Math.round(rate)}/s`),
          ),
        );
        step++;
      }
      results.push({ name, layout, points });
    } finally {
      await deployment.stop();
    }
  }
  const failovers: FailoverResult[] = [];
  for (const plan of options.failovers) {
    const name = `${layoutName(plan.layout)}, ${plan.killed} killed`;
    onProgress(step / steps, `${name}: starting`);
    const deployment = await options.deploy(plan.layout);
    step++;
    try {
      const result = await runFailover(plan, deployment, {
        connections: connections.at(-1)!,
        warmUpSeconds: options.firstWarmUpSeconds,
        seed: options.seed,
        onProgress: (fraction, rate) =>
          onProgress((step + fraction) / steps, `${name}: ${Math.round(rate)}/s`),
      });
      failovers.push({ layoutName: layoutName(plan.layout), ...result });
      step++;
    } finally {
      await deployment.stop();
    }
  }
  return {
    format: CAPACITY_FORMAT,
    machine: machineName(),
    cores: cpus().length,
    startedAt,
    seed: options.seed,
    secondsPerPoint: options.seconds,
    warmUpSeconds: options.warmUpSeconds,
    layouts: results,
    failovers,
  };
}

async function measure(
  deployment: Deployment,
  connections: number,
  warmUpSeconds: number,
  { seconds, seed }: CapacityOptions,
  onProgress: (fraction: number, answersPerSecond: number) => void,
): Promise<LoadPoint> {
  const look = () => ({ sample: sampleBelow([...deployment.roots, process.pid]), idleMs: idleMs() });
  let before: ReturnType<typeof look> | undefined;
  let after: ReturnType<typeof look> | undefined;
  const load = await runLoad(
    // Client order ids must be new in every load of the same deployment.
    await loadOf(deployment, { connections, warmUpSeconds, seconds, seed: (seed + connections) % 2 ** 32 }),
    (fraction, rate) => {
      // The first word comes half a second into the timed part, the last one at its end.
      before ??= look();
      if (fraction >= 1) after = look();
      onProgress(fraction, rate);
    },
  );
  if (before === undefined || after === undefined)
    throw new Error("the load ended before it could be looked at");
  return {
    connections,
    load,
    tiers: tierUsage(before.sample, after.sample, load.ordersPerSecond),
    idleCores: (after.idleMs - before.idleMs) / (after.sample.atMs - before.sample.atMs),
  };
}

/** Time that the machine's cores had nothing to run, in ms. */
function idleMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0);
}
