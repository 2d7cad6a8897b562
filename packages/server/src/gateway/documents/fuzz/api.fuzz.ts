/**
 * The API against its own document:
 *
 *   node packages/server/dist/gateway/documents/fuzz/api.fuzz.js [--requests N] [--seed S]
 *
 * Starts an exchange, takes `/docs/openapi.json` from it and sends requests made from it, right and wrong, one after
 * the other. Exits with 1 after the first ten answers that are not as they must be; the same seed makes them again.
 */
import { parseArgs } from "node:util";
import { fuzzApi } from "./run.fuzz.js";

const { values } = parseArgs({
  options: { requests: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const requests = Number(values.requests);
const seed = Number(values.seed);
if (![requests, seed].every((value) => Number.isSafeInteger(value) && value >= 1)) {
  console.error("--requests and --seed are whole numbers from 1");
  process.exit(2);
}

console.log(`API against its document: seed ${seed}, ${requests.toLocaleString("en")} requests`);
let toldMs = performance.now();
const report = await fuzzApi({
  requests,
  seed,
  onProgress: (done) => {
    if (performance.now() - toldMs < 5_000) return;
    toldMs = performance.now();
    console.error(`${done.toLocaleString("en")} requests`);
  },
});
for (const { request, cell, what, sent, answered } of report.failures) {
  console.error(`FAILED request ${request}, ${cell}\n  ${what}\n  sent: ${sent}\n  answered: ${answered}`);
  console.error(`  again: node ${process.argv[1]} --seed ${seed} --requests ${request}`);
}
const answers = [...report.answers].sort((a, b) => b[1] - a[1]);
console.log(
  `${report.requests.toLocaleString("en")} requests over ${report.operations} operations and ${report.cells} cells ` +
    `in ${report.seconds.toFixed(1)} s, ${Math.round(report.requests / report.seconds).toLocaleString("en")}/s`,
);
console.log(answers.map(([answer, count]) => `${answer}: ${count.toLocaleString("en")}`).join("\n"));
process.exit(report.failures.length === 0 ? 0 : 1);
