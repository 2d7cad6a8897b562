/** What the subscribers' process is told, and what it answers: plain data, sent between processes. */

export interface SubscriberPlan {
  readonly host: string;
  readonly port: number;
  /** Of which everyone listens to the depth. */
  readonly symbol: string;
  /** Connections, each with one stream. */
  readonly subscribers: number;
  readonly seconds: number;
}

/** Lags of all messages, in ms: from the time of the last change that one tells until it is here and was read. */
export interface LagMs {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface SubscriberResult {
  readonly seconds: number;
  /** Messages that every subscriber should have had in the timed part. */
  readonly updates: number;
  readonly updatesPerSecond: number;
  /** All messages of all subscribers. */
  readonly received: number;
  readonly receivedPerSecond: number;
  /** Messages that some subscriber did not have. */
  readonly missing: number;
  /** Messages that did not begin where the one before had ended. */
  readonly gaps: number;
  /** Connections that were closed before the end. */
  readonly closed: number;
  readonly bytesPerMessage: number;
  readonly lagMs: LagMs;
  /** Of one core, in percent: what the subscribers' process itself took. */
  readonly generatorCpuPercent: number;
  /** How long it had something to do and no core to do it on, in percent of the time; undefined: not known. */
  readonly generatorWaitPercent: number | undefined;
  /** How late its own event loop was, 99th percentile, in ms. */
  readonly generatorDelayMsP99: number;
}

/** To the subscribers' process. */
export type ToSubscribers =
  | { readonly kind: "plan"; readonly plan: SubscriberPlan }
  /** The timed part begins. */
  | { readonly kind: "begin" };

/** From it. */
export type FromSubscribers =
  | { readonly kind: "opening"; readonly open: number }
  | { readonly kind: "open" }
  | { readonly kind: "result"; readonly result: SubscriberResult }
  | { readonly kind: "failed"; readonly message: string };
