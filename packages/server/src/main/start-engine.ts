import { hostname } from "node:os";
import type { performance } from "node:perf_hooks";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { ENGINE_OPTIONS_DEFAULT } from "../engine/engine.js";
import type { RecoveryProgress } from "../engine/recovery.js";
import type { FeedReader } from "../feed/port.js";
import { DataFolderLock } from "../journal/data-folder-lock.js";
import { fromThreadError } from "../platform/thread-error.js";
import type { EngineClient } from "../transport/engine-port.js";
import { IN_FLIGHT_MAX_DEFAULT, InProcessClient } from "../transport/in-process/in-process-client.js";
import type { EngineWorkerData, FromEngineWorker, ToEngineWorker } from "./engine-messages.js";
import type { LaggingClock } from "./lagging-clock.js";

export type { RecoveryProgress } from "../engine/recovery.js";

export interface StartEngineOptions {
  /** Holds the journal and the snapshots; locked by this process while the engine runs. */
  readonly dataFolder: string;
  /** Commands between snapshots. */
  readonly snapshotEveryCommands?: number;
  /** By which commands get their time; by default the machine's. */
  readonly clock?: LaggingClock | undefined;
  /** Commands sent and not yet answered, at most; more are refused with EngineBusyError. */
  readonly inFlightMax?: number;
  /** Called while the journal is replayed, a few times a second. */
  readonly onRecovery?: (progress: RecoveryProgress) => void;
  /** What an operator should read: damaged snapshots, quarantined commands, snapshots taken. */
  readonly onNotice?: (level: "info" | "warn" | "error", text: string) => void;
  /**
   * The engine has stopped and cannot go on (commit failed, deposed): nothing more will be answered. The role
   * must say `error.message` and exit non-zero, so that a supervisor starts it again.
   */
  readonly onFatal: (error: Error) => void;
}

/** An engine in a worker thread of this process. */
export interface RunningEngine {
  readonly client: EngineClient;
  /** Every committed batch, in this thread. Arrives in the same message as the answers. */
  readonly feed: FeedReader;
  /**
   * The feed's way into the projection's worker thread: transfer it there once and open it with
   * `openFeedPort(port)` of `feed/in-process/port-feed.ts`. What it misses the projection reads with
   * `SqliteJournal.openReader(dataFolder)`; `feed/gapless-feed.ts` joins the two.
   */
  readonly projectionPort: MessagePort;
  readonly epoch: number;
  /** Last durable sequence at the start. */
  readonly sequence: number;
  /** How busy the engine's thread is. */
  readonly usage: typeof performance.eventLoopUtilization;
  /** Answers what has arrived, takes a last snapshot when asked to, and releases the data folder. */
  close(options?: { readonly snapshot?: boolean }): Promise<void>;
}

/**
 * Starts the engine of a data folder: locks it, recovers, and takes commands once the promise resolves. Rejects
 * with DataFolderLockedError, or with what is wrong with the journal; then nothing runs.
 */
export async function startEngine(options: StartEngineOptions): Promise<RunningEngine> {
  const { dataFolder } = options;
  const lock = DataFolderLock.take(dataFolder);
  const clientChannel = new MessageChannel();
  const projectionChannel = new MessageChannel();
  const inFlightMax = options.inFlightMax ?? IN_FLIGHT_MAX_DEFAULT;
  const data: EngineWorkerData = {
    dataFolder,
    owner: `${hostname()}:${process.pid}`,
    snapshotEveryCommands: options.snapshotEveryCommands ?? ENGINE_OPTIONS_DEFAULT.snapshotEveryCommands,
    queuedCommandsMax: Math.max(inFlightMax, ENGINE_OPTIONS_DEFAULT.queuedCommandsMax),
    clientPort: clientChannel.port1,
    projectionPort: projectionChannel.port1,
    clockMemory: options.clock?.memory,
  };
  const worker = new Worker(new URL("./engine-worker.js", import.meta.url), {
    name: "buttonwood-engine",
    workerData: data,
    transferList: [clientChannel.port1, projectionChannel.port1],
  });
  const client = new InProcessClient(clientChannel.port2, { inFlightMax });
  let started = false;
  let closed: (() => void) | undefined;
  let ended = false;

  /** The engine is gone without having been closed. */
  const fatal = (error: Error, reject: (error: Error) => void): void => {
    if (ended) return;
    ended = true;
    client.lose(`the engine has stopped (${error.message})`);
    void worker.terminate().then(() => {
      clientChannel.port2.close();
      projectionChannel.port2.close();
      lock.release();
      if (started) options.onFatal(error);
      else reject(error);
      closed?.();
    });
  };

  const { epoch, sequence } = await new Promise<{ epoch: number; sequence: number }>((resolve, reject) => {
    worker.on("message", (message: FromEngineWorker) => {
      switch (message.kind) {
        case "recovering":
          options.onRecovery?.(message.progress);
          return;
        case "notice":
          options.onNotice?.(message.level, message.text);
          return;
        case "started":
          started = true;
          resolve(message);
          return;
        case "stopped":
          fatal(fromThreadError(message.error), reject);
          return;
        case "closed":
          ended = true;
          closed?.();
          return;
      }
    });
    worker.on("error", (error: Error) => fatal(error, reject));
    worker.on("exit", (code) => fatal(new Error(`the engine's thread ended with code ${code}`), reject));
  });

  let closing: Promise<void> | undefined;
  async function close(snapshot: boolean): Promise<void> {
    if (ended) return;
    await new Promise<void>((resolve) => {
      closed = resolve;
      worker.postMessage({ kind: "close", snapshot } satisfies ToEngineWorker);
    });
    await client.close();
    await worker.terminate();
    projectionChannel.port2.close();
    lock.release();
  }

  return {
    client,
    feed: client,
    projectionPort: projectionChannel.port2,
    epoch,
    sequence,
    usage: (now, since) => worker.performance.eventLoopUtilization(now, since),
    close(closeOptions) {
      closing ??= close(closeOptions?.snapshot ?? false);
      return closing;
    },
  };
}
