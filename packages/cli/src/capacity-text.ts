/** A capacity run for the terminal. */
import type { CapacityResult, summarizeFailover } from "@buttonwood/bench";
import { grouped, tableOf } from "./terminal/table.js";

export function capacityText(
  { layouts, failovers, machine, secondsPerPoint, seed }: CapacityResult,
  summarize: typeof summarizeFailover,
): string {
  const right = { align: "right" as const };
  const ms = (value: number): string => value.toFixed(1);
  const tiers = [
    ...new Set(
      layouts.flatMap(({ points }) => points.flatMap((point) => point.tiers.map(({ tier }) => tier))),
    ),
  ];
  const rows = layouts.flatMap(({ name, points }) => points.map((point) => ({ name, ...point })));
  return [
    tableOf(
      [
        { title: "layout" },
        ...[
          "connections",
          "orders/s",
          "mean ms",
          "p50 ms",
          "p99 ms",
          "accepted",
          "rejected",
          "lost",
          "idle cores",
        ].map((title) => ({ title, ...right })),
      ],
      rows.map(({ name, connections, load, idleCores }) => [
        name,
        String(connections),
        grouped(load.ordersPerSecond),
        ms(load.latencyMs.mean),
        ms(load.latencyMs.p50),
        ms(load.latencyMs.p99),
        grouped(load.accepted),
        grouped(load.sent - load.accepted - load.lost),
        grouped(load.lost),
        idleCores.toFixed(2),
      ]),
    ),
    "",
    "CPU of an order, in µs:",
    tableOf(
      [
        { title: "layout" },
        { title: "connections", ...right },
        ...tiers.map((title) => ({ title, ...right })),
      ],
      rows.map(({ name, connections, tiers: used }) => [
        name,
        String(connections),
        ...tiers.map((tier) => {
          const usage = used.find((entry) => entry.tier === tier);
          return usage === undefined ? "–" : usage.cpuUsPerOrder.toFixed(0);
        }),
      ]),
    ),
    ...(failovers.length === 0
      ? []
      : ["", "Killed in mid-run, with clients that retry:", failoverTable(failovers, summarize)]),
    "",
    `Signed POST /api/v3/order (FULL answers), closed loop, ${secondsPerPoint} s each, seed ${seed}; every order durable before its answer.`,
    `Machine: ${machine}; the load generator ran on it too.`,
  ].join("\n");
}

function failoverTable(failovers: CapacityResult["failovers"], summarize: typeof summarizeFailover): string {
  const right = { align: "right" as const };
  return tableOf(
    [
      { title: "layout" },
      { title: "killed" },
      ...["before/s", "lowest/s", "from 2 s on", "share", "recovered after s", "sent again", "failed"].map(
        (title) => ({
          title,
          ...right,
        }),
      ),
    ],
    failovers.map((failover) => {
      const { beforePerSecond, lowestPerSecond, settledPerSecond, recoveredAfterSeconds, retried } =
        summarize(failover);
      return [
        failover.layoutName,
        failover.killed,
        grouped(beforePerSecond),
        grouped(lowestPerSecond),
        grouped(settledPerSecond),
        `${((100 * settledPerSecond) / beforePerSecond).toFixed(0)} %`,
        recoveredAfterSeconds === undefined ? "never" : recoveredAfterSeconds.toFixed(1),
        grouped(retried),
        grouped(failover.failed),
      ];
    }),
  );
}
