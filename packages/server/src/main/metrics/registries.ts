/**
 * The metrics of each kind of process, registered as a running one registers them, but with nothing behind them: for
 * the page that documents them. A test compares this with what real processes export.
 */
import { registerKeyMetrics } from "../../gateway/session/key-metrics.js";
import { registerRateLimitMetrics } from "../../gateway/session/rate-limit-metrics.js";
import { restRequestMetrics, socketRequestMetrics } from "../../gateway/session/request-metrics.js";
import { registerSocketMetrics } from "../../gateway/websocket/socket-metrics.js";
import { createMetrics, type Registry, sumOfMetrics } from "../../platform/metrics.js";
import { registerExchangeMetrics } from "./exchange-metrics.js";
import { registerGatewayMetrics, registerWorkersMetrics } from "./gateway-metrics.js";
import { registerNodeMetrics } from "./node-metrics.js";
import { registerFeedReaderMetrics, registerTablesMetrics } from "./projection-links.js";
import { registerProjectionMetrics } from "./projection-metrics.js";
import { registerShardMetrics } from "./shard-metrics.js";
import { registerTlsMetrics } from "./tls-metrics.js";

/** Processes that answer `/metrics`; a standby is an engine. */
export const METRICS_PROCESSES = ["exchange", "engine", "projection", "backend"] as const;
export type MetricsProcess = (typeof METRICS_PROCESSES)[number];

/** A metric, and the processes that export it. */
export interface MetricEntry {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly processes: readonly MetricsProcess[];
}

const nothing = (): never => {
  throw new Error("nothing runs here");
};

const REGISTER: Readonly<Record<MetricsProcess, (registry: Registry) => void>> = {
  exchange(registry) {
    registerExchangeMetrics(registry, nothing);
    registerGateway(registry);
    registerTlsMetrics(registry, nothing);
  },
  engine(registry) {
    registerNodeMetrics(registry, { partition: 0, node: nothing, journal: nothing, feed: nothing });
  },
  projection(registry) {
    registerProjectionMetrics(registry, nothing);
    registerShardMetrics(registry, nothing);
    registerFeedReaderMetrics(registry, nothing);
    registerTablesMetrics(registry, nothing);
  },
  backend(registry) {
    registerGatewayMetrics(registry, nothing);
    registerGateway(registry);
    registerWorkersMetrics(registry, nothing);
  },
};

function registerGateway(registry: Registry): void {
  restRequestMetrics(registry);
  socketRequestMetrics(registry);
  registerSocketMetrics(registry, nothing);
  registerRateLimitMetrics(registry, nothing);
  registerKeyMetrics(registry, nothing);
}

/** Every metric of every process, by name. */
export async function metricEntries(): Promise<readonly MetricEntry[]> {
  const entries = new Map<string, MetricEntry>();
  for (const kind of METRICS_PROCESSES) {
    const registry = createMetrics({ process: true });
    REGISTER[kind](registry);
    const told = await registry.getMetricsAsJSON();
    // A backend tells the sum of its workers, and some metrics have none.
    const text = kind === "backend" ? await sumOfMetrics([told]) : await registry.metrics();
    const labels = new Map(
      registry
        .getMetricsAsArray()
        .map((metric) => [metric.name, (metric as unknown as { labelNames: string[] }).labelNames]),
    );
    for (const { name, type, help } of metricsOfText(text)) {
      const known = entries.get(name);
      entries.set(name, {
        name,
        type,
        help,
        labels: labels.get(name) ?? [],
        processes: [...(known?.processes ?? []), kind],
      });
    }
  }
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function metricsOfText(text: string): { name: string; type: string; help: string }[] {
  const helps = new Map<string, string>();
  const found: { name: string; type: string; help: string }[] = [];
  for (const line of text.split("\n")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") helps.set(name, rest);
    else if (kind === "TYPE") found.push({ name, type: rest, help: helps.get(name) ?? "" });
  }
  return found;
}
