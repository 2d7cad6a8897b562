import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { generateFlow } from "../flow/generate.js";
import { FullMode } from "./full-mode.js";
import { planFull } from "./full-plan.js";

/** Growth that counts as nothing: what the machine itself keeps about a loop that gets hot. */
export const HEAP_GROWTH_MAX_BYTES = 256 * 1024;

/**
 * Applies `commands` commands in full mode and returns by how many bytes the JavaScript heap has grown, garbage
 * collected before and after. The first tenth warms up and is not counted.
 */
export function measureHeapGrowth(commands: number): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const plan = planFull(generateFlow({ main: commands }));
  const mode = new FullMode(plan);
  const end = plan.starts.length;
  const warm = Math.floor(end / 10);
  mode.run(0, warm);
  collect();
  const before = process.memoryUsage().heapUsed;
  mode.run(warm, end);
  collect();
  return process.memoryUsage().heapUsed - before;
}
