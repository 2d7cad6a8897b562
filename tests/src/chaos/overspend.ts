/**
 * `node tests/dist/chaos/overspend.js --rounds 1000 [--seed N]`: ten clients of one account fire orders at all
 * partitions of a real cluster for twice its balance, again and again.
 */
import { parseArgs } from "node:util";
import { LocalCluster } from "../support/cluster.js";
import { CHAOS_CLUSTER } from "./chaos-cluster.js";
import { type OverspendReport, overspend } from "./overspending.js";

/** Rounds between two lines when nobody looks on. */
const LINE_EVERY = 50;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
if (!Number.isSafeInteger(rounds) || rounds < 1 || !Number.isSafeInteger(seed)) {
  console.error(
    "usage: node tests/dist/chaos/overspend.js [--rounds N] [--seed N]   (whole numbers, rounds from 1)",
  );
  process.exit(2);
}

function show(report: OverspendReport): void {
  const line =
    `${report.rounds}/${rounds} rounds  ${report.orders} orders  ${report.taken} taken  ${report.refused} refused  ` +
    `${report.repeats} sent again  ${report.problems.length} problems`;
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line}`);
  else if (report.rounds % LINE_EVERY === 0) console.log(line);
}

console.log(`seed ${seed}`);
const startMs = Date.now();
const cluster = await LocalCluster.start(...CHAOS_CLUSTER);
let report: OverspendReport;
try {
  report = await overspend(cluster, { rounds, seed, onRound: show });
} finally {
  await cluster.remove();
}
if (process.stdout.isTTY) process.stdout.write("\n");
for (const problem of report.problems.slice(0, 20)) console.error(problem);
const good = report.problems.length === 0;
console.log(
  `${report.rounds} rounds in ${Math.round((Date.now() - startMs) / 1000)} s, each for twice the balance: ${report.orders} ` +
    `orders, all answered: ${report.taken} taken, ${report.refused} refused, ${report.repeats} sent again, ` +
    `${report.transfers} transfers between partitions. Never a unit too much, none refused that was funded, journals ` +
    `and verify clean: ${good ? "good." : "FAILED."}`,
);
process.exit(good ? 0 : 1);
