import { parseArgs } from "node:util";
import { benchCore } from "./bench-core.js";
import { benchCoreCapacity } from "./capacity.js";
import { measureHeapGrowth } from "./heap-growth.js";

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
    /** Instead: memory, snapshot and restore with this many resting orders. */
    capacity: { type: "string" },
    /** Instead: growth of the heap over this many commands in full mode. */
    heap: { type: "string" },
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
function measure(): object {
  if (values.capacity !== undefined) return benchCoreCapacity(Number(values.capacity));
  if (values.heap !== undefined) {
    return { commands: Number(values.heap), heapGrowthBytes: measureHeapGrowth(Number(values.heap)) };
  }
  return benchCore({
    flow: values.flow ?? given,
    full: values.full,
    ...(runs === undefined ? {} : { runs }),
  });
}
console.log(JSON.stringify(measure()));
