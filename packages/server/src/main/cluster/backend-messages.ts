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
  /** Take connections. */
  | { readonly kind: "listen" }
  /** Close as many connections, each after its next answer. */
  | { readonly kind: "shed"; readonly connections: number }
  | { readonly kind: "close" }
  | WorkerQuestion
  | Answer;

/** From a worker to the primary. */
export type FromWorker =
  /** It listens to what it is told. */
  | { readonly kind: "loaded" }
  /** It could take requests. */
  | { readonly kind: "ready" }
  /** It takes connections. */
  | { readonly kind: "listening" }
  /** It can't, and no other attempt could. */
  | { readonly kind: "failed"; readonly message: string }
  | PrimaryQuestion
  | Answer;

/** Its own metrics, as JSON; how many requests it has answered; or its `WorkerLoad` since it was last asked. */
export interface WorkerQuestion {
  readonly kind: "question";
  readonly id: number;
  readonly what: "metrics" | "requests" | "load";
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
