import type { ShardFigures } from "../../journal/postgres/shard.js";
import type { Registry } from "../../platform/metrics.js";
import { addCounter, addGauge } from "../../platform/read-metrics.js";

/** What a process knows of its connection to the PostgreSQL that holds a journal. */
export function registerShardMetrics(registry: Registry, figures: () => ShardFigures): void {
  addGauge(
    registry,
    {
      name: "buttonwood_journal_connected",
      help: "1 while the connection to the shard's primary that this process writes or reads the journal on is open.",
    },
    () => (figures().isConnected ? 1 : 0),
  );
  addCounter(
    registry,
    {
      name: "buttonwood_journal_connects_total",
      help: "Connections made to the shard's primary for the journal: all but the first are reconnects.",
    },
    () => figures().connects,
  );
}
