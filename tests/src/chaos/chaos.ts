/**
 * `node tests/dist/chaos/chaos.js --rounds 100 [--seed N] [--rate 1000] [--judge-every 10]`: the long form of the
 * chaos test, with progress. At the end a table of what was killed. With \`--keep\` the cluster's data and logs stay.
 */
import { parseArgs } from "node:util";
import { LocalCluster } from "../support/cluster.js";
import { CHAOS_CLUSTER } from "./chaos-cluster.js";
import { type ChaosReport, chaos } from "./chaos-run.js";
import { killTable } from "./kill-table.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    rate: { type: "string", default: "1000" },
    "judge-every": { type: "string", default: "10" },
    keep: { type: "boolean", default: false },
  },
});
const [rounds, seed, rate, judgeEvery] = [values.rounds, values.seed, values.rate, values["judge-every"]].map(
  Number,
) as [number, number, number, number];
if (![rounds, seed, rate, judgeEvery].every((value) => Number.isSafeInteger(value) && value > 0)) {
  console.error(
    "usage: node tests/dist/chaos/chaos.js [--rounds N] [--seed N] [--rate N] [--judge-every N] [--keep]   (whole numbers from 1)",
  );
  process.exit(2);
}

function show(report: ChaosReport): void {
  const last = report.rounds.at(-1)!;
  const line =
    `${report.rounds.length}/${rounds}  ${last.kill.kind} (${last.kill.victim}): served again after ` +
    `${Math.round(last.servedAfterMs)} ms, whole after ${Math.round(last.wholeAfterMs)} ms  ` +
    `${report.answered} answered  ${report.lost} lost  ${report.doubled} doubled  ${report.problems.length} problems`;
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line}`);
  else console.log(line);
}

console.log(`seed ${seed}`);
const startMs = Date.now();
const cluster = await LocalCluster.start(...CHAOS_CLUSTER);
let report: ChaosReport;
try {
  report = await chaos(cluster, { rounds, seed, rate, judgeEvery, onRound: show });
} finally {
  if (values.keep) {
    await cluster.stop();
    console.log(`data and logs stay in ${cluster.data}`);
  } else await cluster.remove();
}
if (process.stdout.isTTY) process.stdout.write("\n");
for (const problem of report.problems.slice(0, 20)) console.error(problem);
const good = report.problems.length === 0 && report.lost === 0 && report.doubled === 0;
const perSecond = (count: number): number => Math.round((count * 1000) / report.offeredMs);
console.log(killTable(report.rounds));
console.log(
  `${report.rounds.length} kills in ${Math.round((Date.now() - startMs) / 1000)} s. ${rate} requests/s were to be offered, ` +
    `${perSecond(report.offered)} were, and ${perSecond(report.answered)} answered (${report.answered} in all, ` +
    `${report.trades} trades, ${report.commands} commands in the journals). ${report.lost} acknowledged lost, ` +
    `${report.doubled} doubled, ${report.judgements} judgements with verify. User streams: ${report.reports} reports on ` +
    `${report.subscriptions} subscriptions, market streams: ${report.marketMessages} messages, no gap within any. ` +
    `${good ? "Good." : "FAILED."}`,
);
process.exit(good ? 0 : 1);
