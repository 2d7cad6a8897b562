/**
 * The long run of one balance over many partitions:
 *
 *   node packages/server/dist/cluster/routing/overspend.fuzz.js [--rounds 1000] [--seed N]
 */
import { parseArgs } from "node:util";
import { overspend } from "../../main/testing/overspend.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});

const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
console.log(`${rounds} rounds, seed ${seed}`);
const started = performance.now();
const { taken, refused } = await overspend(rounds, seed);
console.log(
  `${taken} orders taken, ${refused} refused in ${((performance.now() - started) / 1000).toFixed(0)} s: ` +
    "never a unit too much, every order answered, none refused that could have been funded",
);
