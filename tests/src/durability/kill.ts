/** `node tests/dist/durability/kill.js --kills 50 [--seed N]`: the long form of the kill test, with progress. */
import { parseArgs } from "node:util";
import { killAgainAndAgain } from "./killing.js";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, seed: { type: "string", default: "1" } },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  console.error(
    "usage: node tests/dist/durability/kill.js [--kills N] [--seed N]   (whole numbers, N from 1)",
  );
  process.exit(2);
}
console.log(`seed ${seed}`);
const startMs = Date.now();
const report = await killAgainAndAgain({
  kills,
  seed,
  onRound: (now) => {
    const line =
      `${now.round}/${kills} kills  ${now.acknowledged} answered  ${now.unanswered} sent again  ` +
      `${now.trades} trades  ${now.lost} lost  ${now.doubled} doubled  ${now.problems.length} problems`;
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line}`);
    else if (now.round % 5 === 0) console.log(line);
  },
});
if (process.stdout.isTTY) process.stdout.write("\n");
for (const problem of report.problems.slice(0, 20)) console.error(problem);
const good = report.problems.length === 0 && report.lost === 0 && report.doubled === 0;
console.log(
  `${report.round} kills in ${Math.round((Date.now() - startMs) / 1000)} s: ${report.acknowledged} requests answered, ` +
    `${report.unanswered} sent again after a crash (${report.unansweredButTaken} of them orders that were on disk), ${report.trades} trades; ${report.lost} acknowledged orders lost, ` +
    `${report.doubled} doubled, ${report.verifyFailures} failures of verify. ${good ? "Good." : "FAILED."}`,
);
process.exit(good ? 0 : 1);
