import { type Dashboard, Unit } from "./panel.js";
import { percentiles, rateOf } from "./queries.js";

export const storesDashboard: Dashboard = {
  uid: "buttonwood-stores",
  title: "Buttonwood: PostgreSQL and Redis",
  description:
    "What our processes know of the shards and of Redis: how long they take, how often they were away, what was repaired.",
  rows: [
    {
      title: "PostgreSQL: the journal",
      panels: [
        {
          title: "Time of a commit",
          description: "Until a row is durable, on the synchronous standby too.",
          unit: Unit.SECONDS,
          queries: percentiles("buttonwood_engine_commit_duration_seconds"),
        },
        {
          title: "Commits",
          description: "Rows of the journal a second.",
          unit: Unit.PER_SECOND,
          queries: [rateOf("buttonwood_engine_batches_total")],
        },
        {
          title: "Connected",
          description: "1 while the connection to the shard's primary is open.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_journal_connected", legend: "{{job}} {{instance}}" }],
        },
        {
          title: "Reconnects",
          description:
            "Connections made within an hour: after a start, a restart of PostgreSQL, or a promotion.",
          unit: Unit.COUNT,
          queries: [
            { expr: "increase(buttonwood_journal_connects_total[1h])", legend: "{{job}} {{instance}}" },
          ],
        },
      ],
    },
    {
      title: "PostgreSQL: the query tables",
      panels: [
        {
          title: "Time of a write",
          description: "One transaction of rows and position.",
          unit: Unit.SECONDS,
          queries: percentiles("buttonwood_projection_write_duration_seconds"),
        },
        {
          title: "Rows written",
          description: "Rows a second into orders, trades and candles.",
          unit: Unit.PER_SECOND,
          queries: [rateOf("buttonwood_projection_rows_written_total")],
        },
        {
          title: "Unwritten commands",
          description: "Taken in, but not in the tables yet.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_projection_unwritten_commands", legend: "{{instance}}" }],
        },
        {
          title: "Connections for reads",
          description: "Busy and idle ones (4 at most), and questions that wait for one.",
          unit: Unit.COUNT,
          queries: [
            { expr: "buttonwood_tables_connections", legend: "{{state}} {{instance}}" },
            { expr: "buttonwood_tables_waiting_reads", legend: "waiting {{instance}}" },
          ],
        },
        {
          title: "Lag of the projection",
          description: "Age of the last command taken in; 0 when none is missing.",
          unit: Unit.SECONDS,
          queries: [{ expr: "buttonwood_projection_lag_seconds", legend: "{{instance}}" }],
        },
        {
          title: "Lag of the projection, commands",
          description: "Durable commands that were not taken in yet.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_projection_lag_commands", legend: "{{instance}}" }],
        },
        {
          title: "Live",
          description: "1 once the tables have caught up: only then market data and events are told.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_projection_live", legend: "{{instance}}" }],
        },
        {
          title: "Failures",
          description: "Times within an hour that a projection has failed and was started again.",
          unit: Unit.COUNT,
          queries: [{ expr: "increase(buttonwood_projection_failures_total[1h])", legend: "{{instance}}" }],
        },
      ],
    },
    {
      title: "Redis",
      panels: [
        {
          title: "Connected",
          description: "1 while the leader publishes into the stream, and while the projection reads it.",
          unit: Unit.COUNT,
          queries: [
            { expr: "buttonwood_feed_publisher_connected", legend: "publisher {{instance}}" },
            { expr: "buttonwood_feed_reader_connected", legend: "reader {{instance}}" },
          ],
        },
        {
          title: "Reconnects",
          description: "Times within an hour that Redis was reached anew.",
          unit: Unit.COUNT,
          queries: [
            {
              expr: "increase(buttonwood_feed_publisher_connects_total[1h])",
              legend: "publisher {{instance}}",
            },
            { expr: "increase(buttonwood_feed_reader_connects_total[1h])", legend: "reader {{instance}}" },
          ],
        },
        {
          title: "Entries of the stream",
          description: "Put in and read a second; each holds one batch or more.",
          unit: Unit.PER_SECOND,
          queries: [
            rateOf("buttonwood_feed_entries_total", "put in {{instance}}"),
            rateOf("buttonwood_feed_entries_read_total", "read {{instance}}"),
          ],
        },
        {
          title: "Length of the stream",
          description: "What it holds of what the leader has put in: it shrinks as readers go on.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_feed_stream_entries", legend: "{{instance}}" }],
        },
        {
          title: "Bytes of the stream",
          description: "32 MiB at most; what is on its way to Redis is beside it.",
          unit: Unit.BYTES,
          queries: [
            { expr: "buttonwood_feed_stream_bytes", legend: "stream {{instance}}" },
            { expr: "buttonwood_feed_pending_bytes", legend: "on its way {{instance}}" },
          ],
        },
        {
          title: "Left out and repaired",
          description:
            "Batches a second that Redis did not get, and gaps that a projection has read from the journal instead.",
          unit: Unit.PER_SECOND,
          queries: [
            rateOf("buttonwood_feed_dropped_batches_total", "left out {{instance}}"),
            rateOf("buttonwood_projection_gaps_repaired_total", "repaired {{instance}}"),
          ],
        },
        {
          title: "Gateways counting alone",
          description: "Gateways without Redis: they count requests alone, and more strictly.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_gateways_counting_alone", legend: "{{instance}}" }],
        },
      ],
    },
  ],
};
