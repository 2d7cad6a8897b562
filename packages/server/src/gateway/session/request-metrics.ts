/** What `/metrics` tells of requests. Counting happens on every request, so it is plain arithmetic until asked. */
import { Counter, type Registry } from "prom-client";
import { BucketCounts } from "../../platform/bucket-counts.js";
import { addGauge, addLabelledHistogram } from "../../platform/read-metrics.js";

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

/** Upper bounds for the time of a request, in seconds. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] as const;

interface Kind {
  readonly labels: Readonly<Record<string, string>>;
  readonly byStatus: Map<number, number>;
  readonly seconds: BucketCounts;
}

export class RequestMetrics<Label extends string> {
  readonly #kinds: Kind[] = [];
  #inFlight = 0;

  constructor(registry: Registry, { name, what, labels }: RequestMetricsText<Label>) {
    const kinds = this.#kinds;
    addLabelledHistogram(
      registry,
      {
        name: `${name}_duration_seconds`,
        help: `Time of requests ${what}, from the whole request to its answer.`,
        labels,
      },
      () =>
        kinds
          .filter(({ byStatus }) => byStatus.size > 0)
          .map(({ labels, seconds }) => ({ labels, buckets: seconds.read() })),
    );
    new Counter<string>({
      name: `${name}s_total`,
      help: `Requests ${what} that were answered, by HTTP status.`,
      labelNames: [...labels, "status"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, byStatus } of kinds) {
          for (const [status, count] of byStatus) this.inc({ ...labels, status: String(status) }, count);
        }
      },
    });
    addGauge(
      registry,
      { name: `${name}s_in_flight`, help: `Requests ${what} that are not answered yet.` },
      () => this.#inFlight,
    );
  }

  meter(labels: Readonly<Record<Label, string>>): RequestMeter {
    const byStatus = new Map<number, number>();
    const seconds = new BucketCounts(SECONDS);
    this.#kinds.push({ labels, byStatus, seconds });
    return {
      began: () => {
        this.#inFlight++;
      },
      answered: (status, elapsedSeconds) => {
        this.#inFlight--;
        byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
        seconds.observe(elapsedSeconds);
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
