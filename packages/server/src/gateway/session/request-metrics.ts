/** What `/metrics` tells of requests. Counting happens on every request, so it is plain arithmetic until asked. */
import { Counter, Histogram, type Registry } from "prom-client";
import { addGauge } from "../../platform/read-metrics.js";

/** One kind of request. */
export interface RequestMeter {
  /** A request has arrived: it is in flight until it is answered. */
  began(): void;
  /** Counts an answer. */
  answered(status: number, seconds: number): void;
}

export interface RequestMetricsText<Label extends string> {
  /** First part of the metrics' names. */
  readonly name: string;
  /** Whose requests these are, to stand behind the word. */
  readonly what: string;
  /** What tells kinds of requests apart: never what a client may choose freely. */
  readonly labels: readonly Label[];
}

export class RequestMetrics<Label extends string> {
  readonly #seconds: Histogram<Label>;
  readonly #kinds: { labels: Record<Label, string>; byStatus: Map<number, number> }[] = [];
  #inFlight = 0;

  constructor(registry: Registry, { name, what, labels }: RequestMetricsText<Label>) {
    this.#seconds = new Histogram({
      name: `${name}_duration_seconds`,
      help: `Time of requests ${what}, from the whole request to its answer.`,
      labelNames: labels,
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers: [registry],
    });
    const kinds = this.#kinds;
    new Counter<string>({
      name: `${name}s_total`,
      help: `Requests ${what} that were answered, by HTTP status.`,
      labelNames: [...labels, "status"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels: values, byStatus } of kinds) {
          for (const [status, count] of byStatus) this.inc({ ...values, status: String(status) }, count);
        }
      },
    });
    addGauge(
      registry,
      { name: `${name}s_in_flight`, help: `Requests ${what} that are not answered yet.` },
      () => this.#inFlight,
    );
  }

  meter(labels: Record<Label, string>): RequestMeter {
    const byStatus = new Map<number, number>();
    this.#kinds.push({ labels, byStatus });
    const observe = (seconds: number): void => this.#seconds.observe(labels as never, seconds);
    return {
      began: () => {
        this.#inFlight++;
      },
      answered: (status, elapsedSeconds) => {
        this.#inFlight--;
        byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
        observe(elapsedSeconds);
      },
    };
  }
}

/** Of the REST API. */
export function restRequestMetrics(registry: Registry): RequestMetrics<"method" | "path"> {
  return new RequestMetrics(registry, {
    name: "buttonwood_request",
    what: "over HTTP",
    labels: ["method", "path"],
  });
}

/** Of the WebSocket API. */
export function socketRequestMetrics(registry: Registry): RequestMetrics<"method"> {
  return new RequestMetrics(registry, {
    name: "buttonwood_websocket_request",
    what: "of the WebSocket API",
    labels: ["method"],
  });
}
