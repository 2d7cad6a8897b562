/** One thread of a sweep. */
import { parentPort, workerData } from "node:worker_threads";
import { runClusterSeed } from "./run-cluster-seed.js";
import type { ThreadSweep } from "./sweep.js";

const { from, seeds, commands, thread, threads } = workerData as ThreadSweep;
for (let seed = from + thread; seed < from + seeds; seed += threads) {
  parentPort?.postMessage(await runClusterSeed(seed, { commands }));
}
