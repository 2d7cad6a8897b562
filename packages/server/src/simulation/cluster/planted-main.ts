/**
 * `node simulation/cluster/planted-main.js [WORD] [--short]`: which seed finds which planted bug, as a table; `--short` under
 * the faults under which it shows soon.
 */
import { parseArgs } from "node:util";
import { PLANTED_SEEDS_MAX, type Search, searchPlantedBugs } from "./planted-thread.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: "boolean", default: false } },
});
const searches: Search[] = [];
await searchPlantedBugs({ word: positionals[0] ?? "", isShort: values.short }, (search) => {
  searches.push(search);
  const { bug, seed, failure, seconds } = search;
  console.log(`${bug}: ${seed ?? "NOT FOUND"} (${seconds.toFixed(1)} s) ${failure.slice(0, 240)}`);
});
searches.sort((a, b) => (a.bug < b.bug ? -1 : 1));
console.log("\n| planted bug | found by seed |\n| --- | ---: |");
for (const { bug, seed } of searches) console.log(`| ${bug} | ${seed ?? `none of ${PLANTED_SEEDS_MAX}`} |`);
process.exitCode = searches.every(({ seed }) => seed !== undefined) ? 0 : 1;
