import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Which part of the work is a thread's: every `threads`-th, from the `thread`-th on. */
export interface Share {
  readonly thread: number;
  readonly threads: number;
}

/**
 * Runs a script in as many threads as there are processors and hands over what they post, until `onMessage` answers no
 * or all have ended. Each is given its share beside `data`. Rejects when one fails.
 */
export async function runThreads<T>(
  script: string,
  data: object,
  onMessage: (message: T) => boolean,
): Promise<void> {
  const threads = availableParallelism();
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData = { ...data, thread, threads } satisfies Share;
    return new Worker(new URL(script, import.meta.url), { workerData });
  });
  const stop = () => Promise.all(workers.map((worker) => worker.terminate()));
  const ends = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        worker.on("message", (message: T) => {
          if (!onMessage(message)) void stop();
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
