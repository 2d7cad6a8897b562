/**
 * `node simulation/cluster/main.js --seeds N [--from S] [--commands C]`: long runs of the cluster's simulation on all
 * processors. `--trace` runs one seed and prints all that happens.
 */
import { parseArgs } from "node:util";
import { type ClusterSeedReport, runClusterSeed } from "./run-cluster-seed.js";
import { runSeeds } from "./seeds-thread.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    commands: { type: "string", default: "80" },
    trace: { type: "boolean", default: false },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
const commands = Number(values.commands);
if (![from, seeds, commands].every((value) => Number.isSafeInteger(value) && value >= 1)) {
  console.error("--seeds, --from and --commands are whole numbers from 1");
  process.exit(2);
}

const sums = { commands: 0, trades: 0, transfers: 0, takeovers: 0, starts: 0, virtualMs: 0 };
const startedMs = performance.now();
let toldMs = startedMs;
let done = 0;
let failure: ClusterSeedReport | undefined;

/** Returns whether to go on. */
function take(report: ClusterSeedReport): boolean {
  done++;
  for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += report[key];
  if (report.failure !== undefined) failure ??= report;
  if (performance.now() - toldMs > 5_000) {
    toldMs = performance.now();
    const perSecond = (done / (toldMs - startedMs)) * 1000;
    console.log(`${done} of ${seeds} seeds, ${perSecond.toFixed(1)} a second, ${summary()}`);
  }
  return failure === undefined;
}

const summary = (): string => JSON.stringify({ ...sums, virtualMs: Math.round(sums.virtualMs) });

if (values.trace) {
  const log: string[] = [];
  take(await runClusterSeed(from, { commands, log }));
  for (const line of log) console.log(line);
} else {
  console.log(`cluster simulation: seeds ${from}…${from + seeds - 1}, ${commands} commands each`);
  await runSeeds({ from, seeds, commands }, take);
}
if (failure !== undefined) {
  console.error(`FAILED ${failure.failure}`);
  console.error(`again: node ${process.argv[1]} --from ${failure.seed} --commands ${commands} --trace`);
  process.exit(1);
}
const seconds = (performance.now() - startedMs) / 1000;
console.log(`${done} seeds held in ${seconds.toFixed(1)} s: ${summary()}`);
