import { AggregatorRegistry, collectDefaultMetrics, Registry } from "prom-client";

export { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** How often the event loop's delay is sampled, in ms: every 10 ms, as is usual, would wake dozens of idle processes. */
const DELAY_SAMPLE_MS = 100;

/** A registry of this process's metrics; `process: true` adds memory, event-loop lag and collector pauses. */
export function createMetrics(options: { readonly process: boolean }): Registry {
  const registry = new Registry();
  if (options.process)
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: DELAY_SAMPLE_MS });
  return registry;
}

/** The metrics of several processes as one, from what each registry's `getMetricsAsJSON` says: sums, mostly. */
export function sumOfMetrics(metrics: readonly unknown[]): Promise<string> {
  return AggregatorRegistry.aggregate([...metrics] as object[]).metrics();
}
