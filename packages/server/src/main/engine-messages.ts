import type { MessagePort } from "node:worker_threads";
import type { RecoveryProgress } from "../engine/recovery.js";
import type { ThreadError } from "../platform/thread-error.js";

/** What an engine's thread is started with. */
export interface EngineWorkerData {
  readonly dataFolder: string;
  readonly owner: string;
  readonly snapshotEveryCommands: number;
  readonly queuedCommandsMax: number;
  readonly clientPort: MessagePort;
  readonly projectionPort: MessagePort;
  /** Of a clock that may be behind the machine's; without one it is the machine's. */
  readonly clockMemory?: SharedArrayBuffer | undefined;
}

/** Thread → process. */
export type FromEngineWorker =
  | { readonly kind: "recovering"; readonly progress: RecoveryProgress }
  | { readonly kind: "started"; readonly epoch: number; readonly sequence: number }
  | { readonly kind: "notice"; readonly level: "info" | "warn" | "error"; readonly text: string }
  | { readonly kind: "stopped"; readonly error: ThreadError }
  | { readonly kind: "closed" };

/** Process → thread. */
export type ToEngineWorker = { readonly kind: "close"; readonly snapshot: boolean };
