/** `node simulation/main.js --seeds N [--from S] [--commands C] [--trace]`: long runs of the simulation. */
import { parseArgs } from "node:util";
import { runSeed } from "./run-seed.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    commands: { type: "string", default: "300" },
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

const startedMs = performance.now();
let toldMs = startedMs;
const sums = { commands: 0, rows: 0, trades: 0, starts: 0, quarantined: 0 };
console.log(`simulation: seeds ${from}…${from + seeds - 1}, ${commands} commands each`);
for (let seed = from; seed < from + seeds; seed++) {
  const log: string[] | undefined = values.trace ? [] : undefined;
  const report = await runSeed(seed, { commands, ...(log && { log }) });
  if (log !== undefined) for (const line of log) console.log(line);
  if (report.failure !== undefined) {
    console.error(`FAILED ${report.failure}`);
    console.error(`again: node ${process.argv[1]} --from ${seed} --seeds 1 --commands ${commands} --trace`);
    process.exit(1);
  }
  for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += report[key];
  if (performance.now() - toldMs > 2_000) {
    toldMs = performance.now();
    const done = seed - from + 1;
    const perSecond = (done / (toldMs - startedMs)) * 1000;
    console.log(`${done} of ${seeds} seeds, ${perSecond.toFixed(0)} a second, ${JSON.stringify(sums)}`);
  }
}
const seconds = (performance.now() - startedMs) / 1000;
console.log(`${seeds} seeds held in ${seconds.toFixed(1)} s: ${JSON.stringify(sums)}`);
