import type { Registry } from "../../platform/metrics.js";
import { addCounter, addGauge, addLabelledGauge } from "../../platform/read-metrics.js";
import { registerInFlight } from "./exchange-metrics.js";

export interface GatewayMetricsSource {
  readonly engine: { readonly inFlight: number; readonly waitingForFunds: number };
  readonly counters: { readonly isShared: boolean };
  readonly isListening: boolean;
}

/** Registers what a gateway of a cluster knows beside its requests. */
export function registerGatewayMetrics(registry: Registry, source: () => GatewayMetricsSource): void {
  registerInFlight(registry, () => source().engine.inFlight);
  addGauge(
    registry,
    {
      name: "buttonwood_commands_waiting_for_funds",
      help: "Commands whose funds are on their way from other partitions.",
    },
    () => source().engine.waitingForFunds,
  );
  addGauge(
    registry,
    {
      name: "buttonwood_gateways_listening",
      help: "Gateways that take connections; the others wait until these are full.",
    },
    () => (source().isListening ? 1 : 0),
  );
  addGauge(
    registry,
    {
      name: "buttonwood_gateways_counting_alone",
      help: "Gateways that can't reach Redis, and count requests and orders alone and more strictly.",
    },
    () => (source().counters.isShared ? 0 : 1),
  );
}

export interface WorkersMetricsSource {
  readonly states: ReadonlyMap<string, number>;
  /** Workers that have ended, and whose place another one took. */
  readonly restarts: number;
  /** As many as may run. */
  readonly workersMax: number;
}

/** Registers what a backend's primary process knows of its workers. */
export function registerWorkersMetrics(registry: Registry, source: () => WorkersMetricsSource): void {
  addLabelledGauge(
    registry,
    {
      name: "buttonwood_workers",
      help: "Workers of this backend, by state: starting, ready to help, listening, or silent, which is one that hangs.",
      label: "state",
    },
    () => source().states,
  );
  addGauge(
    registry,
    { name: "buttonwood_workers_max", help: "Workers that this backend may run, by the topology." },
    () => source().workersMax,
  );
  addCounter(
    registry,
    { name: "buttonwood_worker_restarts_total", help: "Workers that have ended and were replaced." },
    () => source().restarts,
  );
}
