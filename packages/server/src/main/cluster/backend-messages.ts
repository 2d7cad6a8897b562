import type { Topology } from "../../cluster/topology/topology.js";

/** What a worker of a backend is told when it starts. */
export interface BackendWorkerData {
  readonly topology: Topology;
  /** The backend's name in the topology. */
  readonly name: string;
  /** 0, 1 … below the backend's number of workers; one that replaces another has its number. */
  readonly worker: number;
  readonly logLevel: string;
  readonly version: string;
}

/** From the backend's primary process to a worker. */
export type ToWorker =
  | { readonly kind: "start"; readonly data: BackendWorkerData }
  | { readonly kind: "close" }
  | WorkerQuestion
  | Answer;

/** From a worker to the primary. */
export type FromWorker =
  /** It listens to what it is told. */
  | { readonly kind: "loaded" }
  /** It takes requests. */
  | { readonly kind: "ready" }
  /** It can't, and no other attempt could. */
  | { readonly kind: "failed"; readonly message: string }
  | PrimaryQuestion
  | Answer;

/** Its own metrics, as JSON; or how many requests it has answered. */
export interface WorkerQuestion {
  readonly kind: "question";
  readonly id: number;
  readonly what: "metrics" | "requests";
}

/** The metrics of all workers, as text. */
export interface PrimaryQuestion {
  readonly kind: "question";
  readonly id: number;
  readonly what: "allMetrics";
}

export interface Answer {
  readonly kind: "answer";
  readonly id: number;
  readonly value: unknown;
}
