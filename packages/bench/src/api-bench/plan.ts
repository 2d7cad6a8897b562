/** What the load generator is told, and what it answers: plain data, sent between processes. */

/** A key that orders are signed with. */
export interface LoadKey {
  readonly apiKey: string;
  readonly secretKey: string;
}

/** A market to send orders to; all amounts are whole numbers of its own steps. */
export interface LoadMarket {
  readonly symbol: string;
  /** The middle that orders lie around, in ticks. */
  readonly midTicks: number;
  readonly tick: DecimalStep;
  readonly lot: DecimalStep;
  /** The smallest quantity that passes every filter, in lots. */
  readonly lots: number;
}

/** A step of `mantissa × 10^-decimals`. */
export interface DecimalStep {
  readonly mantissa: number;
  readonly decimals: number;
}

export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  /**
   * `http`: a signed request each, one under way on a connection. `websocket`: the WebSocket API, a session for each
   * connection, `inFlight` requests under way on it. `batches`: the client package's batches of limit orders, each for
   * one market and of up to `batchSize` orders, over such sessions.
   */
  readonly transport: "http" | "websocket" | "batches";
  readonly connections: number;
  /** Requests (of batches: orders) under way on each connection; 1 for HTTP. */
  readonly inFlight: number;
  /** Of `batches` only, where `inFlight` is four times as much at least. */
  readonly batchSize?: number | undefined;
  /** `limits`: limit orders alone. `mixed`: limit orders, cancels and market orders as venues see them. */
  readonly flow: "limits" | "mixed";
  /**
   * Requests offered a second, evenly spaced, whether or not the earlier ones are answered (an open loop); undefined:
   * the next one is sent as soon as one is answered (a closed loop).
   */
  readonly ratePerSecond?: number | undefined;
  /** Untimed load before, so that the server's code is compiled. */
  readonly warmUpSeconds: number;
  /** The untimed load goes on for up to so long, while more is answered from one window to the next. */
  readonly warmUpSecondsMax?: number | undefined;
  readonly seconds: number;
  readonly keys: readonly LoadKey[];
  readonly markets: readonly LoadMarket[];
  readonly seed: number;
  readonly responseType: "ACK" | "RESULT" | "FULL";
  /**
   * A request that was not answered, or refused because something was away (a status of 502 to 504), is sent again with
   * the same id until it is: as clients do that must not lose or double one. Its latency counts from the first time.
   * Over HTTP only.
   */
  readonly retries?: boolean | undefined;
}

/**
 * Latencies of all answers, in ms: from the moment at which a request was sent, or, in an open loop, was due. One
 * that had to wait for a free connection is not spared that (no coordinated omission).
 */
export interface LatencyMs {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
}

/** What came back in the timed part. Every request sent is in exactly one of the counts. */
export interface LoadResult {
  /** How long the untimed part took. */
  readonly warmUpSeconds: number;
  /** The untimed part ended because no more was answered than before, not because it had taken as long as it may. */
  readonly isWarm: boolean;
  readonly seconds: number;
  readonly sent: number;
  readonly accepted: number;
  /** Answers other than 200, by code and message. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Requests whose connection broke, or that were not answered in time, or were due and never found a connection. */
  readonly lost: number;
  /** How often one was sent again. */
  readonly retried: number;
  /** Requests accepted, and sent again, in each second of the timed part. */
  readonly acceptedBySecond: readonly number[];
  readonly retriedBySecond: readonly number[];
  /** Of the answers in each second; 0 where there were none. */
  readonly meanLatencyMsBySecond: readonly number[];
  /** Answers of any kind a second. */
  readonly answersPerSecond: number;
  /** Accepted requests a second. */
  readonly ordersPerSecond: number;
  readonly latencyMs: LatencyMs;
  /** Of one core, in percent: what the generator itself took. */
  readonly generatorCpuPercent: number;
  /** How late the generator's own event loop was, 99th percentile, in ms. */
  readonly generatorDelayMsP99: number;
}

/** From the generator, while it runs. */
export type LoadMessage =
  | { readonly kind: "warm-up"; readonly answersPerSecond: number }
  /** `answers`: of the timed part so far. */
  | {
      readonly kind: "progress";
      readonly fraction: number;
      readonly answersPerSecond: number;
      readonly answers: number;
    }
  | { readonly kind: "result"; readonly result: LoadResult }
  | { readonly kind: "failed"; readonly message: string };
