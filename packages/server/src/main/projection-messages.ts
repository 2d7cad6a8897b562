import type { MessagePort } from "node:worker_threads";
import type { ThreadError } from "../platform/thread-error.js";
import type { KeptProjectionFigures } from "../projection/kept-projection.js";

/** What the projection's thread is started with. */
export interface ProjectionWorkerData {
  readonly dataFolder: string;
  /** The engine's feed. */
  readonly feedPort: MessagePort;
}

/** From the projection's thread, beside what travels on the ports it opens. */
export type FromProjectionWorker =
  /** A projection runs and answers on this port; any port before it is dead. */
  | { readonly kind: "attached"; readonly port: MessagePort }
  /** The projection has failed and is started again in a moment. */
  | { readonly kind: "detached"; readonly error: ThreadError }
  /** The first start failed: the tables can't be used. */
  | { readonly kind: "failed"; readonly error: ThreadError }
  | { readonly kind: "figures"; readonly figures: KeptProjectionFigures | undefined }
  | { readonly kind: "closed" };

export type ToProjectionWorker =
  | { readonly kind: "close" }
  /** Answered with `figures`, in order. */
  | { readonly kind: "figures" };
