/** What `/metrics` tells of requests. Counting happens on every request, so it is plain arithmetic until asked. */
import { Counter, Histogram, type Registry } from "prom-client";

export interface RouteMeter {
  /** Counts an answered request. */
  answered(status: number, seconds: number): void;
}

export class RequestMetrics {
  readonly #seconds: Histogram<"method" | "path">;
  readonly #statuses: { method: string; path: string; byStatus: Map<number, number> }[] = [];

  constructor(registry: Registry) {
    this.#seconds = new Histogram({
      name: "buttonwood_request_duration_seconds",
      help: "Time from a request's body to its answer.",
      labelNames: ["method", "path"],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers: [registry],
    });
    const statuses = this.#statuses;
    new Counter({
      name: "buttonwood_requests_total",
      help: "Requests answered, by path and HTTP status.",
      labelNames: ["method", "path", "status"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { method, path, byStatus } of statuses) {
          for (const [status, count] of byStatus) this.inc({ method, path, status: String(status) }, count);
        }
      },
    });
  }

  meter(method: string, path: string): RouteMeter {
    const byStatus = new Map<number, number>();
    this.#statuses.push({ method, path, byStatus });
    const seconds = this.#seconds.labels(method, path);
    return {
      answered: (status, elapsedSeconds) => {
        byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
        seconds.observe(elapsedSeconds);
      },
    };
  }
}
