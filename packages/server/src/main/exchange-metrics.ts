import { Gauge, type Registry } from "../platform/metrics.js";
import type { EngineClient, EngineStatus } from "../transport/engine-port.js";
import type { HistoryClient } from "../transport/history-port.js";

/** What `/metrics` tells of the engine, by the field of its status that it is read from. */
const ENGINE_GAUGES: readonly (readonly [name: string, field: keyof EngineStatus, help: string])[] = [
  ["buttonwood_engine_sequence", "sequence", "Last durable sequence of the journal."],
  ["buttonwood_engine_epoch", "epoch", "Epoch under which the engine writes."],
  ["buttonwood_engine_open_orders", "openOrders", "Open orders."],
  ["buttonwood_engine_queued_commands", "queuedCommands", "Commands that wait to be sequenced."],
  ["buttonwood_engine_batches", "batches", "Batches committed since the start."],
  ["buttonwood_engine_commands", "commands", "Commands committed since the start."],
  ["buttonwood_engine_commit_ms_p50", "commitMsP50", "Median time of a commit since the start, in ms."],
  ["buttonwood_engine_commit_ms_p99", "commitMsP99", "99th percentile of commits since the start, in ms."],
  ["buttonwood_engine_snapshot_pause_ms_max", "snapshotPauseMsMax", "Longest pause for a snapshot, in ms."],
];

/** Registers the gauges of an engine. It is asked when the metrics are read, once for all of them. */
export function registerEngineMetrics(registry: Registry, ask: () => Promise<EngineStatus>): void {
  let asked: Promise<EngineStatus | undefined> | undefined;
  const status = (): Promise<EngineStatus | undefined> => {
    asked ??= ask()
      .catch(() => undefined)
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
  for (const [name, field, help] of ENGINE_GAUGES) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = (await status())?.[field];
        if (typeof value === "number") this.set(value);
      },
    });
  }
}

/** Registers the gauges of the engine and of the projection; they are asked when the metrics are read. */
export function registerExchangeMetrics(
  registry: Registry,
  engine: EngineClient,
  history: HistoryClient,
): void {
  registerEngineMetrics(registry, () => engine.query({ kind: "status" }));
  new Gauge({
    name: "buttonwood_engine_in_flight_commands",
    help: "Commands sent to the engine and not yet answered.",
    registers: [registry],
    collect() {
      this.set(engine.inFlight);
    },
  });
  new Gauge({
    name: "buttonwood_projection_sequence",
    help: "Sequence up to which the query tables are complete.",
    registers: [registry],
    async collect() {
      const position = await history.position().catch(() => undefined);
      if (position !== undefined) this.set(position);
    },
  });
}
