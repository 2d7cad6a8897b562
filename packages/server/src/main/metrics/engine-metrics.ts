import type { Registry } from "../../platform/metrics.js";
import { addCounter, addGauge, addHistogram, askedOnce } from "../../platform/read-metrics.js";
import type { EngineFigures, EngineStatus } from "../../transport/engine-port.js";

const MS = 1000;

/** Registers the metrics of an engine. It is asked when the metrics are read, once for all of them. */
export function registerEngineMetrics(registry: Registry, ask: () => Promise<EngineStatus>): void {
  const asked = askedOnce(ask);
  const gauge = (name: string, help: string, read: (status: EngineStatus) => number): void =>
    addGauge(registry, { name: `buttonwood_engine_${name}`, help }, async () => read(await asked()));
  const counter = (name: string, help: string, read: (status: EngineStatus) => number): void =>
    addCounter(registry, { name: `buttonwood_engine_${name}`, help }, async () => read(await asked()));
  const figures = async (): Promise<EngineFigures | undefined> => (await asked()).figures;
  const inSeconds = (ms: (told: EngineFigures) => number) => async (): Promise<number | undefined> => {
    const told = await figures();
    return told && ms(told) / MS;
  };

  gauge("sequence", "Last durable sequence of the journal, as this engine knows it.", (s) => s.sequence);
  gauge("epoch", "Epoch under which the engine writes; 0 for a standby.", (s) => s.epoch);
  gauge("open_orders", "Open orders.", (s) => s.openOrders);
  gauge("queued_commands", "Commands that wait to be sequenced.", (s) => s.queuedCommands);
  counter("commands_total", "Commands committed: orders, cancels and all others.", (s) => s.commands);
  counter("batches_total", "Batches committed, each a row of the journal.", (s) => s.batches);
  addHistogram(
    registry,
    {
      name: "buttonwood_engine_commit_duration_seconds",
      help: "Time of a commit: from a batch's row being sent to the journal to its being durable.",
    },
    async () => (await figures())?.commitSeconds,
  );
  gauge(
    "commit_p50_seconds",
    "Median time of a commit since the engine leads, exact where the histogram is rough.",
    (s) => s.commitMsP50 / MS,
  );
  gauge(
    "commit_p99_seconds",
    "99th percentile of the time of a commit since the engine leads, exact where the histogram is rough.",
    (s) => s.commitMsP99 / MS,
  );
  addHistogram(
    registry,
    { name: "buttonwood_engine_batch_commands", help: "Commands of a batch." },
    async () => (await figures())?.batchCommands,
  );
  gauge(
    "snapshot_pause_seconds_max",
    "Longest pause that a snapshot took since the engine leads.",
    (s) => s.snapshotPauseMsMax / MS,
  );
  addCounter(
    registry,
    { name: "buttonwood_engine_snapshots_total", help: "Snapshots that this process has saved." },
    async () => (await figures())?.snapshots,
  );
  addCounter(
    registry,
    { name: "buttonwood_engine_snapshot_failures_total", help: "Snapshots that could not be saved." },
    async () => (await figures())?.snapshotsFailed,
  );
  addGauge(
    registry,
    {
      name: "buttonwood_engine_snapshot_age_seconds",
      help: "Time since this process has saved a snapshot, or has recovered.",
    },
    inSeconds((told) => told.snapshotAgeMs),
  );
  addGauge(
    registry,
    {
      name: "buttonwood_engine_oldest_id_age_seconds",
      help: "Age of the oldest order's client id that is remembered: repeats of younger orders are recognised. Where an exchange is older than a day, less than a day means that more orders come than can be remembered.",
    },
    inSeconds((told) => told.oldestIdAgeMs),
  );
  addGauge(
    registry,
    {
      name: "buttonwood_engine_snapshot_lag_commands",
      help: "Commands since the newest snapshot: what a start has to replay.",
    },
    async () => (await figures())?.snapshotLagCommands,
  );
  addGauge(
    registry,
    {
      name: "buttonwood_reconciliation_difference",
      help: "By how much all balances and the supplies of their assets differ, in smallest units, looked at once a minute. Must be 0. A standby tells none.",
    },
    async () => (await figures())?.supplyDifference,
  );
}
