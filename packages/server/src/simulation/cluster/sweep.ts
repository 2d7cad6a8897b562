/** Many seeds on all processors. Each thread runs every n-th seed of its own. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { ClusterSeedReport } from "./run-cluster-seed.js";

export interface Sweep {
  readonly from: number;
  readonly seeds: number;
  readonly commands: number;
}

/**
 * Runs seeds and hands their reports over as they come, in no order; stops when `onReport` answers no. Rejects when a
 * thread fails.
 */
export async function runSweep(
  sweep: Sweep,
  onReport: (report: ClusterSeedReport) => boolean,
): Promise<void> {
  const threads = Math.min(sweep.seeds, availableParallelism());
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData: ThreadSweep = { ...sweep, thread, threads };
    return new Worker(new URL("./sweep-thread.js", import.meta.url), { workerData });
  });
  const stop = () => Promise.all(workers.map((worker) => worker.terminate()));
  const ends = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        worker.on("message", (report: ClusterSeedReport) => {
          if (!onReport(report)) void stop();
        });
        worker.on("error", reject);
        worker.on("exit", () => resolve());
      }),
  );
  try {
    await Promise.all(ends);
  } finally {
    await stop();
  }
}

/** What one thread does. */
export interface ThreadSweep extends Sweep {
  readonly thread: number;
  readonly threads: number;
}
