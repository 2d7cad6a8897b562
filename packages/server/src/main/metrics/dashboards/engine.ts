import { type Dashboard, Unit } from "./panel.js";
import { percentiles, rateOf } from "./queries.js";

export const engineDashboard: Dashboard = {
  uid: "buttonwood-engine",
  title: "Buttonwood: engine and journal",
  description: "Who leads, how commands become durable, and what a start would take.",
  rows: [
    {
      title: "Leadership",
      panels: [
        {
          title: "Who leads",
          description: "1 for the engine that leads its partition. Exactly one does.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_engine_leads", legend: "{{partition}} {{instance}}" }],
        },
        {
          title: "Epoch",
          description: "Rises with every take-over; 0 for a standby.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_engine_epoch", legend: "{{instance}}" }],
        },
        {
          title: "Standby lag",
          description: "Age of the last command that a standby has applied: a take-over lasts as long.",
          unit: Unit.SECONDS,
          queries: [{ expr: "buttonwood_standby_lag_seconds", legend: "{{instance}}" }],
        },
        {
          title: "Standby lag, commands",
          description: "Commands in the journal that a standby has not applied.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_standby_lag_commands", legend: "{{instance}}" }],
        },
      ],
    },
    {
      title: "Batches and commits",
      panels: [
        {
          title: "Commands",
          description: "Commands committed a second, by engine.",
          unit: Unit.PER_SECOND,
          queries: [rateOf("buttonwood_engine_commands_total")],
        },
        {
          title: "Batches",
          description: "Rows of the journal a second: each is one commit.",
          unit: Unit.PER_SECOND,
          queries: [rateOf("buttonwood_engine_batches_total")],
        },
        {
          title: "Commands of a batch",
          description: "Grows under load, so that a commit is shared by more; 4,096 at most.",
          unit: Unit.COUNT,
          queries: percentiles("buttonwood_engine_batch_commands"),
        },
        {
          title: "Time of a commit",
          description:
            "Until a row is durable, on the synchronous standby too. A slow disk shows here first.",
          unit: Unit.SECONDS,
          queries: percentiles("buttonwood_engine_commit_duration_seconds"),
        },
        {
          title: "Time of a commit since it leads",
          description: "Exact, but over the whole time of leading.",
          unit: Unit.SECONDS,
          queries: [
            { expr: "buttonwood_engine_commit_p50_seconds", legend: "p50 {{instance}}" },
            { expr: "buttonwood_engine_commit_p99_seconds", legend: "p99 {{instance}}" },
          ],
        },
        {
          title: "Commands that wait",
          description: "Queued in the engine (65,536 at most), and on their way from gateways.",
          unit: Unit.COUNT,
          queries: [
            { expr: "buttonwood_engine_queued_commands", legend: "queued {{instance}}" },
            { expr: "buttonwood_engine_in_flight_commands", legend: "in flight {{instance}}" },
            { expr: "buttonwood_commands_waiting_for_funds", legend: "for funds {{instance}}" },
          ],
        },
      ],
    },
    {
      title: "State",
      panels: [
        {
          title: "Sequence",
          description: "Last durable sequence of each engine, and what the projection holds of it.",
          unit: Unit.COUNT,
          queries: [
            { expr: "buttonwood_engine_sequence", legend: "engine {{instance}}" },
            { expr: "buttonwood_projection_sequence", legend: "projection {{instance}}" },
          ],
        },
        {
          title: "Open orders",
          description: "Orders that rest in the books.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_engine_open_orders", legend: "{{instance}}" }],
        },
        {
          title: "Reach of repeats",
          description:
            "Age of the oldest order's client id that is remembered: repeats of younger orders are recognised. Where an exchange is older than a day, less than a day means that more orders come than can be remembered.",
          unit: Unit.SECONDS,
          queries: [{ expr: "buttonwood_engine_oldest_id_age_seconds", legend: "{{instance}}" }],
        },
        {
          title: "Reconciliation difference",
          description: "Balances against supplies, in smallest units, looked at once a minute. Must be 0.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_reconciliation_difference", legend: "{{instance}}" }],
        },
        {
          title: "Commands to replay",
          description: "Commands since the newest snapshot: a start takes about a second for half a million.",
          unit: Unit.COUNT,
          queries: [{ expr: "buttonwood_engine_snapshot_lag_commands", legend: "{{instance}}" }],
        },
        {
          title: "Age of the snapshot",
          description:
            "Time since a snapshot was saved, or the process has recovered. Snapshots follow the commands, not the clock.",
          unit: Unit.SECONDS,
          queries: [{ expr: "buttonwood_engine_snapshot_age_seconds", legend: "{{instance}}" }],
        },
        {
          title: "Snapshots",
          description: "Saved and failed within an hour, and the longest pause that one took.",
          unit: Unit.COUNT,
          queries: [
            { expr: "increase(buttonwood_engine_snapshots_total[1h])", legend: "saved {{instance}}" },
            {
              expr: "increase(buttonwood_engine_snapshot_failures_total[1h])",
              legend: "failed {{instance}}",
            },
          ],
        },
        {
          title: "Pause for a snapshot",
          description: "The longest since the engine leads: all orders wait as long.",
          unit: Unit.SECONDS,
          queries: [{ expr: "buttonwood_engine_snapshot_pause_seconds_max", legend: "{{instance}}" }],
        },
      ],
    },
    {
      title: "The processes",
      panels: [
        {
          title: "CPU",
          description: "Cores that each engine's process uses.",
          unit: Unit.CORES,
          queries: [rateOf('process_cpu_seconds_total{job=~"buttonwood-(engine|exchange)"}', "{{instance}}")],
        },
        {
          title: "Event-loop lag",
          description: "99th percentile; its floor is the sampling of 100 ms.",
          unit: Unit.SECONDS,
          queries: [
            {
              expr: 'nodejs_eventloop_lag_p99_seconds{job=~"buttonwood-(engine|exchange)"}',
              legend: "{{instance}}",
            },
          ],
        },
        {
          title: "Collector pauses",
          description: "Time a second that V8's garbage collector took, by kind.",
          unit: Unit.RATIO,
          queries: [
            rateOf(
              'nodejs_gc_duration_seconds_sum{job=~"buttonwood-(engine|exchange)"}',
              "{{kind}} {{instance}}",
              ["kind", "instance"],
            ),
          ],
        },
        {
          title: "Heap",
          description: "V8's heap in use; the core's tables lie beside it, in external memory.",
          unit: Unit.BYTES,
          queries: [
            {
              expr: 'nodejs_heap_size_used_bytes{job=~"buttonwood-(engine|exchange)"}',
              legend: "heap {{instance}}",
            },
            {
              expr: 'nodejs_external_memory_bytes{job=~"buttonwood-(engine|exchange)"}',
              legend: "external {{instance}}",
            },
          ],
        },
      ],
    },
  ],
};
