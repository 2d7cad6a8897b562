import { AggregatorRegistry, collectDefaultMetrics, Registry } from "prom-client";

export { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** A registry of this process's metrics; `process: true` adds memory, event-loop lag and collector pauses. */
export function createMetrics(options: { readonly process: boolean }): Registry {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  return registry;
}

/** The metrics of several processes as one, from what each registry's `getMetricsAsJSON` says: sums, mostly. */
export function sumOfMetrics(metrics: readonly unknown[]): Promise<string> {
  return AggregatorRegistry.aggregate([...metrics] as object[]).metrics();
}
