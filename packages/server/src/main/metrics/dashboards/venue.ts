import { type Dashboard, Unit } from "./panel.js";
import { percentiles, rate } from "./queries.js";

export const venueDashboard: Dashboard = {
  uid: "buttonwood-venue",
  title: "Buttonwood: venue",
  description: "Whether the venue is well, what it does, and what limits it.",
  rows: [
    {
      title: "Is it well?",
      panels: [
        {
          title: "Processes down",
          description: "Processes that do not answer Prometheus.",
          unit: Unit.COUNT,
          queries: [{ expr: 'sum(up{job=~"buttonwood-.*"} == bool 0)', legend: "down" }],
          stat: { redFrom: 1 },
        },
        {
          title: "Partitions without a leader",
          description: "Orders of such a partition wait until an engine leads it.",
          unit: Unit.COUNT,
          queries: [
            {
              expr: "sum(max by (partition) (buttonwood_engine_leads) == bool 0) or vector(0)",
              legend: "leaderless",
            },
          ],
          stat: { redFrom: 1 },
        },
        {
          title: "Partitions without a standby",
          description: "Nobody takes such a partition over when its engine dies.",
          unit: Unit.COUNT,
          queries: [
            {
              expr: "sum(count by (partition) (buttonwood_engine_leads) < bool 2) or vector(0)",
              legend: "alone",
            },
          ],
          stat: { redFrom: 1 },
        },
        {
          title: "Reconciliation difference",
          description:
            "By how much balances and supplies differ, in smallest units. Anything but 0 means funds were made or lost.",
          unit: Unit.COUNT,
          queries: [{ expr: "sum(buttonwood_reconciliation_difference)", legend: "difference" }],
          stat: { redFrom: 1 },
        },
        {
          title: "Failed requests",
          description: "Answers of 5xx a second, without the refusals for capacity (503).",
          unit: Unit.REQUESTS_PER_SECOND,
          queries: [
            {
              expr: `(${rate('buttonwood_requests_total{status=~"5..",status!="503"}', ["job"])}) or vector(0)`,
              legend: "HTTP {{job}}",
            },
          ],
          stat: { redFrom: 1 },
        },
        {
          title: "Projection lag",
          description:
            "How far the slowest projection is behind the journal: history and streams wait, orders don't.",
          unit: Unit.SECONDS,
          queries: [{ expr: "max(buttonwood_projection_lag_seconds)", legend: "lag" }],
          stat: { redFrom: 10 },
        },
      ],
    },
    {
      title: "What it does",
      panels: [
        {
          title: "Commands",
          description: "Orders, cancels and all other commands that are committed, by engine.",
          unit: Unit.PER_SECOND,
          queries: [{ expr: rate("buttonwood_engine_commands_total"), legend: "{{instance}}" }],
        },
        {
          title: "Open orders",
          description: "Orders that rest in the books, by leading engine.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_engine_open_orders", legend: "{{instance}}" }],
        },
        {
          title: "Requests",
          description: "Requests that were answered, over HTTP and over the WebSocket API.",
          unit: Unit.REQUESTS_PER_SECOND,
          queries: [
            { expr: rate("buttonwood_requests_total"), legend: "HTTP {{instance}}" },
            { expr: rate("buttonwood_websocket_requests_total"), legend: "WebSocket {{instance}}" },
          ],
        },
        {
          title: "Time of an order",
          description: "From the whole request to its answer, which comes after the commit.",
          unit: Unit.SECONDS,
          queries: percentiles("buttonwood_request_duration_seconds", {
            selector: '{method="POST",path="/api/v3/order"}',
            by: ["job"],
          }),
        },
        {
          title: "Time of a commit",
          description:
            "From a batch's row being sent to the journal to its being durable: a part of every order's time.",
          unit: Unit.SECONDS,
          queries: percentiles("buttonwood_engine_commit_duration_seconds"),
        },
        {
          title: "Connections",
          description: "Open WebSocket connections, and those of them that are logged on.",
          unit: Unit.COUNT,
          queries: [
            { expr: "sum by (job) (buttonwood_websocket_connections)", legend: "open" },
            { expr: "sum by (job) (buttonwood_websocket_sessions)", legend: "logged on" },
          ],
        },
      ],
    },
    {
      title: "What limits it",
      panels: [
        {
          title: "CPU",
          description:
            "Cores that each process uses. An engine can't use much more than one: a partition more helps.",
          unit: Unit.CORES,
          queries: [
            {
              expr: 'rate(process_cpu_seconds_total{job=~"buttonwood-.*"}[$__rate_interval])',
              legend: "{{job}} {{instance}}",
            },
          ],
        },
        {
          title: "Event-loop lag",
          description:
            "99th percentile of how late a process gets to what has arrived. Its floor is the sampling of 100 ms.",
          unit: Unit.SECONDS,
          queries: [
            {
              expr: 'nodejs_eventloop_lag_p99_seconds{job=~"buttonwood-.*"}',
              legend: "{{job}} {{instance}}",
            },
          ],
        },
        {
          title: "Threads of the one process",
          description: "Part of the time in which each thread works: the one near 1 is the limit.",
          unit: Unit.RATIO,
          queries: [{ expr: "buttonwood_thread_utilization_ratio", legend: "{{thread}}" }],
        },
        {
          title: "Commands that wait",
          description: "In an engine to be sequenced, and in gateways to be answered.",
          unit: Unit.COUNT,
          queries: [
            { expr: "buttonwood_engine_queued_commands", legend: "queued {{instance}}" },
            { expr: "buttonwood_engine_in_flight_commands", legend: "in flight {{instance}}" },
          ],
        },
        {
          title: "Memory",
          description: "Resident memory of each process. What grows without end is a leak.",
          unit: Unit.BYTES,
          queries: [
            { expr: 'process_resident_memory_bytes{job=~"buttonwood-.*"}', legend: "{{job}} {{instance}}" },
          ],
        },
        {
          title: "Workers of backends",
          description:
            "Gateways that take connections, and how many may. When all do and are full, another backend helps.",
          unit: Unit.COUNT,
          queries: [
            { expr: "buttonwood_workers", legend: "{{state}} {{instance}}" },
            { expr: "buttonwood_workers_max", legend: "at most {{instance}}" },
          ],
        },
      ],
    },
  ],
};
