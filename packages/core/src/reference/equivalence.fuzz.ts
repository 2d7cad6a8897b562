/**
 * The long run of the core against the reference:
 *
 *   node packages/core/dist/reference/equivalence.fuzz.js --commands 10000000 [--seed N] [--episode N]
 *        [--digest-every N] [--restore-every N]
 *
 * Every seed is an episode of its own: a small world, then random commands. `--seed N --commands 2000` runs one
 * episode again. Exits with 1 on a mismatch, after printing its seed and the few commands that show it.
 */
import { parseArgs } from "node:util";
import { CORE } from "./core-under-test.js";
import { describeMismatch, runEpisode, shrink } from "./equivalence.js";
import { REFERENCE } from "./exchange-under-test.js";

const { values } = parseArgs({
  options: {
    commands: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    /** Commands of one seed. */
    episode: { type: "string", default: "2000" },
    "digest-every": { type: "string", default: "1" },
    "restore-every": { type: "string", default: "1000" },
  },
});

function numberOf(name: keyof typeof values): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) {
    console.error(`--${name} must be a whole number from 1, not "${values[name]}"`);
    process.exit(2);
  }
  return number;
}

const total = numberOf("commands");
const firstSeed = numberOf("seed");
const episode = numberOf("episode");
const thoroughness = {
  digestEvery: numberOf("digest-every"),
  restoreChance: 1 / numberOf("restore-every"),
};

const startMs = Date.now();
let shownMs = 0;
let done = 0;
let seed = firstSeed;

function showProgress(isEnd: boolean): void {
  const seconds = Math.max(1, Date.now() - startMs) / 1000;
  const rate = Math.round(done / seconds).toLocaleString("en");
  const line = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} commands, ${rate}/s, seed ${seed}`;
  if (process.stderr.isTTY) process.stderr.write(`\r${line}${isEnd ? "\n" : ""}`);
  else process.stderr.write(`${line}\n`);
}

console.log(`core against reference, ${total.toLocaleString("en")} commands, first seed ${firstSeed}`);
while (done < total) {
  const commandCount = Math.min(episode, total - done);
  const mismatch = runEpisode(REFERENCE, CORE, seed, commandCount, thoroughness);
  if (mismatch !== undefined) {
    console.log(`mismatch: seed ${seed}, command ${mismatch.commands.length} of its episode; shrinking`);
    console.log(describeMismatch(shrink(REFERENCE, CORE, mismatch)));
    process.exit(1);
  }
  done += commandCount;
  seed++;
  if (Date.now() - shownMs > (process.stderr.isTTY ? 1_000 : 10_000)) {
    shownMs = Date.now();
    showProgress(false);
  }
}
showProgress(true);
console.log(
  `${done.toLocaleString("en")} commands in ${((Date.now() - startMs) / 1000).toFixed(0)} s: ` +
    "equal events and digests, conservation held",
);
