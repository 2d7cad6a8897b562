import { AggregatorRegistry, collectDefaultMetrics, Registry } from "prom-client";

export { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** How often the event loop's delay is sampled, in ms. */
const DELAY_SAMPLE_MS = 100;

/**
 * With the metrics of the process itself. These are watched from the first time on that somebody asks: sampling the
 * event loop wakes a process, and dozens of idle ones in a cluster would take from those that work.
 */
class ProcessRegistry extends Registry {
  #isWatched = false;

  override metrics(): Promise<string> {
    this.#watch();
    return super.metrics();
  }

  override getMetricsAsJSON(): ReturnType<Registry["getMetricsAsJSON"]> {
    this.#watch();
    return super.getMetricsAsJSON();
  }

  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    collectDefaultMetrics({ register: this, eventLoopMonitoringPrecision: DELAY_SAMPLE_MS });
  }
}

/** A registry of this process's metrics; `process: true` adds memory, event-loop lag and collector pauses. */
export function createMetrics(options: { readonly process: boolean }): Registry {
  return options.process ? new ProcessRegistry() : new Registry();
}

/** A process's metrics, as its registry's `getMetricsAsJSON` says them. */
export type MetricsJson = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** Those metrics that only grow. */
export function countsOf(metrics: MetricsJson): MetricsJson {
  // In a message from another process a type is the word that it is in the text.
  return metrics.filter(({ type }) => ["counter", "histogram"].includes(String(type)));
}

/** The metrics of several processes as those of one. */
export function addedMetrics(metrics: readonly MetricsJson[]): Promise<MetricsJson> {
  return AggregatorRegistry.aggregate([...metrics]).getMetricsAsJSON();
}

/** The metrics of several processes as one, from what each registry's `getMetricsAsJSON` says: sums, mostly. */
export function sumOfMetrics(metrics: readonly unknown[]): Promise<string> {
  return AggregatorRegistry.aggregate([...metrics] as object[]).metrics();
}
