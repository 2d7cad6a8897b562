import type { Registry } from "../../platform/metrics.js";
import { addCounter, addGauge, addHistogram, askedOnce } from "../../platform/read-metrics.js";
import type { KeptProjectionFigures } from "../../projection/kept-projection.js";

/** Registers the metrics of a projection. It is asked when the metrics are read, once for all of them. */
export function registerProjectionMetrics(
  registry: Registry,
  ask: () => Promise<KeptProjectionFigures | undefined>,
): void {
  const asked = askedOnce(ask);
  type Read = (told: KeptProjectionFigures) => number | undefined;
  const read = (of: Read) => async (): Promise<number | undefined> => {
    const told = await asked();
    return told && of(told);
  };
  const gauge = (name: string, help: string, of: Read): void =>
    addGauge(registry, { name: `buttonwood_projection_${name}`, help }, read(of));
  const counter = (name: string, help: string, of: Read): void =>
    addCounter(registry, { name: `buttonwood_projection_${name}`, help }, read(of));

  gauge("sequence", "Last sequence that the query tables and the market data hold.", (f) => f.sequence);
  gauge(
    "live",
    "1 once the tables have caught up with the journal: only then market data and events are told.",
    (f) => (f.isLive === undefined ? undefined : Number(f.isLive)),
  );
  gauge(
    "lag_commands",
    "Durable commands of the journal that the projection has not taken in yet.",
    (f) => f.lagCommands,
  );
  gauge("lag_seconds", "Age of the last command that was taken in; 0 when none is missing.", (f) =>
    f.lagMs === undefined ? undefined : f.lagMs / 1000,
  );
  gauge(
    "unwritten_commands",
    "Commands taken in whose rows are not in the tables yet; a read writes them first.",
    (f) => f.unwrittenCommands,
  );
  counter("rows_written_total", "Rows written into the query tables.", (f) => f.rowsWritten);
  addHistogram(
    registry,
    {
      name: "buttonwood_projection_write_duration_seconds",
      help: "Time of a write into the query tables: one transaction of rows and position.",
    },
    async () => (await asked())?.writeSeconds,
  );
  counter(
    "gaps_repaired_total",
    "Times that the feed lacked something and it was read from the journal; the first reading after a start is none.",
    (f) => f.gaps,
  );
  counter("failures_total", "Times that the projection has failed and was started again.", (f) => f.failures);
}
