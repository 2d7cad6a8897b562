import { parseArgs } from "node:util";
import { benchCore } from "./bench-core.js";

// node packages/bench/dist/core-bench/main.js --flow FILE.ofl [--full] [--runs N]
// Without --flow: the generated flow we quote, or another one by --target, --symbols, --seed, --main.
const { values } = parseArgs({
  options: {
    flow: { type: "string" },
    full: { type: "boolean", default: false },
    runs: { type: "string" },
    target: { type: "string" },
    symbols: { type: "string" },
    seed: { type: "string" },
    main: { type: "string" },
  },
});
const number = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);
const given = Object.fromEntries(
  Object.entries({
    target: number(values.target),
    symbols: number(values.symbols),
    seed: number(values.seed),
    main: number(values.main),
  }).filter(([, value]) => value !== undefined),
);
const runs = number(values.runs);
console.log(
  JSON.stringify(
    benchCore({ flow: values.flow ?? given, full: values.full, ...(runs === undefined ? {} : { runs }) }),
  ),
);
