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
import { operationsBetween, readInstruments } from "./operations/operations.js";
import { sampleBelow, tierUsage } from "./process-tiers.js";
import { type FailoverPlan, runFailover } from "./run-failover.js";

export interface CapacityOptions {
  readonly layouts: readonly Layout[];
  /** Starts a layout on this machine. */
  readonly deploy: (layout: Layout) => Promise<Deployment>;
  /** Loads of each layout, ascending. */
  readonly connections: readonly number[];
  /** Then these are offered in an open loop, in orders/s, over as many connections as were used last. */
  readonly ratesPerSecond: readonly number[];
  readonly seconds: number;
  /** Runs in which a process is killed, after the layouts. */
  readonly failovers: readonly FailoverPlan[];
  /** Before each load. */
  readonly warmUpSeconds: number;
  /** A layout's first load is warmed up until it becomes no faster, for up to so long: many processes take long. */
  readonly firstWarmUpSecondsMax: number;
  readonly seed: number;
  /** `done` is a share of the whole, 0 to 1. */
  readonly onProgress: (done: number, step: string) => void;
}

/** Brings up each layout in turn, loads it, and records what it did and what it took. */
export async function runCapacity(options: CapacityOptions): Promise<CapacityResult> {
  const { layouts, onProgress } = options;
  const loads: readonly Load[] = [
    ...options.connections.map((connections) => ({ connections })),
    ...options.ratesPerSecond.map((ratePerSecond) => ({
      connections: options.connections.at(-1)!,
      ratePerSecond,
    })),
  ];
  const startedAt = new Date().toISOString();
  const results: LayoutResult[] = [];
  const steps = layouts.length * (loads.length + 1) + 2 * options.failovers.length;
  let step = 0;
  for (const layout of layouts) {
    const name = layoutName(layout);
    onProgress(step / steps, `${name}: starting`);
    const deployment = await options.deploy(layout);
    try {
      const points: LoadPoint[] = [];
      step++;
      for (const load of loads) {
        const warmUpSecondsMax = points.length === 0 ? options.firstWarmUpSecondsMax : options.warmUpSeconds;
        points.push(
          await measure(deployment, load, warmUpSecondsMax, options, (fraction, rate) =>
            onProgress(
              (step + fraction) / steps,
              `${name}: ${load.connections} connections, ${Math.round(rate)}/s${fraction === 0 ? ", warming up" : ""}`,
            ),
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
        connections: options.connections.at(-1)!,
        warmUpSeconds: options.warmUpSeconds,
        warmUpSecondsMax: options.firstWarmUpSecondsMax,
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

/** A closed loop, or an open one where a rate is given. */
type Load = Pick<LoadPoint, "connections" | "ratePerSecond">;

async function measure(
  deployment: Deployment,
  { connections, ratePerSecond }: Load,
  warmUpSecondsMax: number,
  { seconds, seed, warmUpSeconds }: CapacityOptions,
  onProgress: (fraction: number, answersPerSecond: number) => void,
): Promise<LoadPoint> {
  const look = () => {
    const operations = readInstruments(deployment.instruments);
    // Whether it worked is asked for when the load has ended.
    operations.catch(() => {});
    return {
      sample: sampleBelow([...deployment.roots, process.pid]),
      idleMs: idleMs(),
      operations,
    };
  };
  let before: ReturnType<typeof look> | undefined;
  let after: ReturnType<typeof look> | undefined;
  const load = await runLoad(
    await loadOf(deployment, {
      connections,
      ratePerSecond,
      warmUpSeconds,
      warmUpSecondsMax,
      seconds,
      seed: (seed + connections + (ratePerSecond ?? 0)) % 2 ** 32,
    }),
    (fraction, rate) => {
      // The first word of the timed part comes half a second into it, the last one at its end.
      if (fraction > 0) before ??= look();
      if (fraction >= 1) after = look();
      onProgress(fraction, rate);
    },
  );
  if (before === undefined || after === undefined)
    throw new Error("the load ended before it could be looked at");
  return {
    connections,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    load,
    tiers: tierUsage(before.sample, after.sample, load.ordersPerSecond),
    operations: operationsBetween(await before.operations, await after.operations),
    idleCores: (after.idleMs - before.idleMs) / (after.sample.atMs - before.sample.atMs),
  };
}

/** Time that the machine's cores had nothing to run, in ms. */
function idleMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0);
}
