/** A thread that runs seeds and posts their reports. */
import { parentPort, workerData } from "node:worker_threads";
import { type ClusterSeedReport, runClusterSeed } from "./run-cluster-seed.js";
import { runThreads, type Share } from "./threads.js";

export interface Seeds {
  readonly from: number;
  readonly seeds: number;
  readonly commands: number;
}

/** Runs seeds on all processors. Reports come in no order; stops when `onReport` answers no. */
export function runSeeds(seeds: Seeds, onReport: (report: ClusterSeedReport) => boolean): Promise<void> {
  return runThreads("./seeds-thread.js", seeds, onReport);
}

if (parentPort !== null) {
  const { from, seeds, commands, thread, threads } = workerData as Seeds & Share;
  for (let seed = from + thread; seed < from + seeds; seed += threads) {
    parentPort.postMessage(await runClusterSeed(seed, { commands }));
  }
}
