import { runLoad } from "../api-bench/load-run.js";
import type { FailoverResult, Layout } from "./capacity-result.js";
import { type Deployment, loadOf } from "./deployment.js";

/** Seconds of undisturbed load before the kill, and what is seen after it. */
const BEFORE_SECONDS = 8;
const AFTER_SECONDS = 14;

/** A process to kill: what it is, and its name in the deployment. */
export interface FailoverPlan {
  readonly layout: Layout;
  readonly killed: "backend" | "engine";
  readonly name: string;
}

export interface FailoverLoad {
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly warmUpSecondsMax: number;
  readonly seed: number;
  readonly onProgress: (fraction: number, answersPerSecond: number) => void;
}

/** Loads a deployment with clients that retry, kills one of its processes in mid-run, and records every second. */
export async function runFailover(
  plan: FailoverPlan,
  deployment: Deployment,
  { connections, warmUpSeconds, warmUpSecondsMax, seed, onProgress }: FailoverLoad,
): Promise<Omit<FailoverResult, "layoutName">> {
  const seconds = BEFORE_SECONDS + AFTER_SECONDS;
  let killing: Promise<void> | undefined;
  let killedAtSecond = BEFORE_SECONDS;
  const load = await runLoad(
    await loadOf(deployment, { connections, warmUpSeconds, warmUpSecondsMax, seconds, seed, retries: true }),
    (fraction, rate) => {
      onProgress(fraction, rate);
      if (killing !== undefined || fraction * seconds < BEFORE_SECONDS) return;
      killedAtSecond = fraction * seconds;
      killing = deployment.kill(plan.name);
      // Whether it worked is asked for when the load has ended.
      killing.catch(() => {});
    },
  );
  await killing;
  return {
    killed: plan.killed,
    killedAtSecond,
    seconds: load.acceptedBySecond.map((acceptedPerSecond, second) => ({
      second,
      acceptedPerSecond,
      retried: load.retriedBySecond[second]!,
    })),
    failed: load.sent - load.accepted,
  };
}
