import type { Registry } from "../../platform/metrics.js";
import { addGauge } from "../../platform/read-metrics.js";
import type { RunningEngine } from "../start-engine.js";
import type { ProjectionThread } from "../start-projection.js";
import { registerEngineMetrics } from "./engine-metrics.js";
import { registerProjectionMetrics } from "./projection-metrics.js";
import { registerThreadMetrics } from "./thread-metrics.js";

export type ExchangeMetricsSource = () => {
  readonly engine: Pick<RunningEngine, "client" | "usage">;
  readonly projection: Pick<ProjectionThread, "figures" | "usage">;
};

/** Registers the metrics of the one process, but for the gateway's; threads are asked when the metrics are read. */
export function registerExchangeMetrics(registry: Registry, source: ExchangeMetricsSource): void {
  registerEngineMetrics(registry, () => source().engine.client.query({ kind: "status", figures: true }));
  registerInFlight(registry, () => source().engine.client.inFlight);
  registerProjectionMetrics(registry, () => source().projection.figures());
  registerThreadMetrics(registry, {
    engine: (now, since) => source().engine.usage(now, since),
    projection: (now, since) => source().projection.usage(now, since),
  });
}

/** What a gateway has sent to engines. */
export function registerInFlight(registry: Registry, inFlight: () => number): void {
  addGauge(
    registry,
    {
      name: "buttonwood_engine_in_flight_commands",
      help: "Commands sent to engines and not yet answered; near its limit clients are refused with -1008.",
    },
    inFlight,
  );
}
