import type { MessagePort } from "node:worker_threads";
import type { FeedReader } from "../feed/port.js";
import type { EngineClient } from "../transport/engine-port.js";

export interface StartEngineOptions {
  /** Holds the journal and the snapshots; locked by this process while the engine runs. */
  readonly dataFolder: string;
  /** Commands between snapshots. */
  readonly snapshotEveryCommands?: number;
  /** Commands sent and not yet answered, at most; more are refused with EngineBusyError. */
  readonly inFlightMax?: number;
  /** Called while the journal is replayed, a few times a second. */
  readonly onRecovery?: (progress: RecoveryProgress) => void;
  /**
   * The engine has stopped and cannot go on (commit failed, deposed, damaged journal): nothing more will be
   * answered. The role must say `error.message` and exit non-zero, so that a supervisor starts it again.
   */
  readonly onFatal: (error: Error) => void;
}

export interface RecoveryProgress {
  /** Sequence reached. */
  readonly sequence: number;
  /** Sequence at which recovery will be complete. */
  readonly target: number;
  /** Sequence of the snapshot that recovery began from; 0 = from the first row. */
  readonly snapshotSequence: number;
}

/** An engine in a worker thread of this process. */
export interface RunningEngine {
  readonly client: EngineClient;
  /** Every committed batch, in this thread. Arrives in the same message as the answers. */
  readonly feed: FeedReader;
  /**
   * The feed's way into the projection's worker thread: transfer it there once and open it with
   * `openFeedPort(port)` of `feed/in-process/`. What it misses the projection reads with
   * `SqliteJournal.openReader(dataFolder)`; `feed/gapless-feed.ts` joins the two.
   */
  readonly projectionPort: MessagePort;
  readonly epoch: number;
  /** Last durable sequence at the start. */
  readonly sequence: number;
  /** Answers what is in flight, takes a last snapshot when asked to, and releases the data folder. */
  close(options?: { readonly snapshot?: boolean }): Promise<void>;
}

/** Starts the engine of a data folder: locks it, recovers, and takes commands once the promise resolves. */
export function startEngine(_options: StartEngineOptions): Promise<RunningEngine> {
  throw new Error("not yet wired");
}
