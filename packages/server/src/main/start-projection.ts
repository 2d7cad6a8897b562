import type { performance } from "node:perf_hooks";
import { type MessagePort, Worker } from "node:worker_threads";
import { fromThreadError } from "../platform/thread-error.js";
import type { FromProjection } from "../projection/channel.js";
import type { KeptProjectionFigures } from "../projection/kept-projection.js";
import { ProjectionClient } from "../projection/projection-client.js";
import type {
  FromProjectionWorker,
  ProjectionWorkerData,
  ToProjectionWorker,
} from "./projection-messages.js";

export interface StartProjectionOptions {
  readonly dataFolder: string;
  /** The engine's feed, handed over to the projection's thread. */
  readonly feedPort: MessagePort;
  /** The projection failed and is being started again, or runs again. */
  readonly onNotice?: (level: "info" | "warn" | "error", text: string) => void;
  /** The thread is gone: history and market data won't be answered any more. */
  readonly onFatal: (error: Error) => void;
}

/** A projection in a worker thread of this process. */
export interface ProjectionThread {
  /** History and market data; stays the same when the projection is started again. */
  readonly client: ProjectionClient;
  /** Resolves when the tables have caught up with the journal for the first time. */
  readonly caughtUp: Promise<void>;
  /** For the metrics; undefined while there is nothing to tell. */
  figures(): Promise<KeptProjectionFigures | undefined>;
  /** How busy the thread is. */
  readonly usage: typeof performance.eventLoopUtilization;
  /** Writes what was gathered, and ends the thread. */
  close(): Promise<void>;
}

/** Starts the projection of a data folder. Rejects with ProjectionUnusableError when its tables can't be used. */
export async function startProjection(options: StartProjectionOptions): Promise<ProjectionThread> {
  const client = new ProjectionClient();
  const data: ProjectionWorkerData = { dataFolder: options.dataFolder, feedPort: options.feedPort };
  const worker = new Worker(new URL("./projection-worker.js", import.meta.url), {
    name: "buttonwood-projection",
    workerData: data,
    transferList: [options.feedPort],
  });
  let port: MessagePort | undefined;
  const asking: ((figures: KeptProjectionFigures | undefined) => void)[] = [];
  let ended = false;
  let closed = (): void => {};
  let reached = (): void => {};
  const caughtUp = new Promise<void>((resolve) => {
    reached = resolve;
  });

  await new Promise<void>((resolve, reject) => {
    let started = false;
    const fatal = (error: Error): void => {
      if (ended) return;
      ended = true;
      for (const answer of asking.splice(0)) answer(undefined);
      client.detach();
      closed();
      if (started) options.onFatal(error);
      else reject(error);
    };
    worker.on("message", (message: FromProjectionWorker) => {
      switch (message.kind) {
        case "attached":
          port?.close();
          port = message.port;
          client.attach(port);
          port.on("message", (answer: FromProjection) => {
            if (answer.kind === "ready") reached();
          });
          if (started) options.onNotice?.("info", "the projection runs again");
          started = true;
          resolve();
          return;
        case "detached":
          client.detach();
          options.onNotice?.(
            "error",
            `the projection failed and is started again; orders are not affected: ${message.error.message}`,
          );
          return;
        case "failed":
          void worker.terminate();
          fatal(fromThreadError(message.error));
          return;
        case "figures":
          asking.shift()?.(message.figures);
          return;
        case "closed":
          ended = true;
          for (const answer of asking.splice(0)) answer(undefined);
          closed();
          return;
      }
    });
    worker.on("error", fatal);
    worker.on("exit", (code) => fatal(new Error(`the projection's thread ended with code ${code}`)));
  });

  return {
    client,
    caughtUp,
    async figures() {
      if (ended) return undefined;
      return new Promise((resolve) => {
        asking.push(resolve);
        worker.postMessage({ kind: "figures" } satisfies ToProjectionWorker);
      });
    },
    usage: (now, since) => worker.performance.eventLoopUtilization(now, since),
    async close() {
      if (ended) return;
      await new Promise<void>((resolve) => {
        closed = resolve;
        worker.postMessage({ kind: "close" } satisfies ToProjectionWorker);
      });
      port?.close();
      await worker.terminate();
    },
  };
}
