import type { FeedReaderFigures } from "../../feed/redis/redis-feed-reader.js";
import type { Registry } from "../../platform/metrics.js";
import { addCounter, addGauge, addLabelledGauge } from "../../platform/read-metrics.js";
import type { TablesConnections } from "../../projection/postgres/postgres-tables.js";

/** What a projection's process knows of the partition's stream in Redis. */
export function registerFeedReaderMetrics(
  registry: Registry,
  figures: () => FeedReaderFigures | undefined,
): void {
  addGauge(
    registry,
    {
      name: "buttonwood_feed_reader_connected",
      help: "1 while the feed is read from Redis; 0 while it is read from the journal instead.",
    },
    () => {
      const told = figures();
      return told && Number(told.isConnected);
    },
  );
  addCounter(
    registry,
    {
      name: "buttonwood_feed_reader_connects_total",
      help: "Times that this process has reached Redis to read: all but the first are reconnects.",
    },
    () => figures()?.connects,
  );
  addCounter(
    registry,
    { name: "buttonwood_feed_entries_read_total", help: "Entries read from the stream." },
    () => figures()?.entries,
  );
}

/** What a projection's process knows of its connections to the query tables. */
export function registerTablesMetrics(
  registry: Registry,
  connections: () => TablesConnections | undefined,
): void {
  addLabelledGauge(
    registry,
    {
      name: "buttonwood_tables_connections",
      help: "Connections to PostgreSQL that questions about history are asked on, busy and idle ones.",
      label: "state",
    },
    () => {
      const told = connections();
      return told && [["busy", told.busy] as const, ["idle", told.idle] as const];
    },
  );
  addGauge(
    registry,
    {
      name: "buttonwood_tables_waiting_reads",
      help: "Questions about history that wait for a free connection.",
    },
    () => connections()?.waiting,
  );
}
