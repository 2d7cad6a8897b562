/** A run's figures as tables: the same ones in Markdown and beside the plots. */

import { type BestLoad, bestLoads } from "../best-point.js";
import type { CapacityResult, FailoverResult, LayoutResult, LoadPoint } from "../capacity-result.js";
import { summarizeFailover } from "../failover-summary.js";
import { counted, figure, NOTHING, percentOf, timesOf } from "../figures.js";
import type { ReportColumn, ReportTable } from "./report-table.js";
import { exchangeCpuUs, isExchangeTier, tierCpuUs, tiersOf } from "./tiers.js";

const left = (title: string): ReportColumn => ({ title });
const right = (title: string): ReportColumn => ({ title, align: "right" });

const LOAD_COLUMNS = ["orders", "orders/s", "mean ms", "p50", "p99", "success %", "against the first"];

/** How a layout was loaded, e.g. `64 connections` or `64 connections, 3,000/s offered`. */
function loadText(point: LoadPoint): string {
  const offered = point.ratePerSecond === undefined ? "" : `, ${figure(point.ratePerSecond)}/s offered`;
  const cold = point.load.isWarm ? "" : ", not warm yet";
  return `${counted(point.connections, "connection")}${offered}${cold}`;
}

function loadCells({ load }: LoadPoint): string[] {
  return [
    figure(load.accepted),
    figure(load.ordersPerSecond),
    figure(load.latencyMs.mean, 2),
    figure(load.latencyMs.p50, 2),
    figure(load.latencyMs.p99, 2),
    percentOf(load.accepted, load.sent),
  ];
}

/** What a closed loop reached against the first layout's best; nothing for an open loop, which reaches what it is offered. */
function againstFirst(point: LoadPoint, first: LoadPoint | undefined): string {
  if (first === undefined || first.ratePerSecond !== undefined || point.ratePerSecond !== undefined)
    return NOTHING;
  return timesOf(point.load.ordersPerSecond, first.load.ordersPerSecond);
}

function loadTable(loads: readonly BestLoad[], first: LoadPoint | undefined): ReportTable {
  return {
    columns: [left("configuration"), ...LOAD_COLUMNS.map(right)],
    rows: loads.map(({ layout, point }) => [
      `${layout.name}, ${loadText(point)}`,
      ...loadCells(point),
      againstFirst(point, first),
    ]),
  };
}

/** One row for each layout at its best, and one for each load that was offered in an open loop. */
export function summaryTable(result: CapacityResult): ReportTable {
  const best = bestLoads(result);
  const loads = best.flatMap(({ layout, point }) => [
    { layout, point },
    ...layout.points
      .filter((other) => other !== point && other.ratePerSecond !== undefined)
      .map((other) => ({ layout, point: other })),
  ]);
  return loadTable(loads, best[0]?.point);
}

/** Every load of every layout. */
export function everyLoadTable(result: CapacityResult): ReportTable {
  const loads = result.layouts.flatMap((layout) => layout.points.map((point) => ({ layout, point })));
  return loadTable(loads, bestLoads(result)[0]?.point);
}

/** CPU of an accepted order in µs by tier, and what was left of the machine, for each layout at its best. */
export function cpuTable(result: CapacityResult): ReportTable {
  const loads = bestLoads(result);
  const tiers = tiersOf(loads);
  const inside = tiers.filter(isExchangeTier);
  const outside = tiers.filter((tier) => !isExchangeTier(tier));
  const cell = (point: LoadPoint, tier: string): string =>
    point.tiers.some((usage) => usage.tier === tier) ? figure(tierCpuUs(point, tier), 1) : NOTHING;
  return {
    columns: [
      left("CPU µs an order"),
      ...[...inside, "exchange in all", ...outside, "idle cores"].map(right),
    ],
    rows: loads.map(({ layout, point }) => [
      layout.name,
      ...inside.map((tier) => cell(point, tier)),
      figure(exchangeCpuUs(point), 1),
      ...outside.map((tier) => cell(point, tier)),
      figure(point.idleCores, 2),
    ]),
  };
}

/** What servers and event loops did for the orders, for each layout at its best. */
export function operationsTable(result: CapacityResult): ReportTable {
  const loads = bestLoads(result);
  const roles = ["gateway", "engine", "projection"];
  const orNothing = (value: number | undefined, decimals: number): string =>
    value === undefined ? NOTHING : figure(value, decimals);
  return {
    columns: [
      left("configuration"),
      ...["commands a batch", "commit ms p50", "commands waiting", "transactions/s", "Redis commands/s"].map(
        right,
      ),
      ...roles.map((role) => right(`${role}'s loop late, ms p99`)),
    ],
    rows: loads.map(({ layout, point: { operations } }) => [
      layout.name,
      orNothing(operations.commandsPerBatch, 1),
      orNothing(operations.commitMsP50, 2),
      orNothing(operations.queuedCommands, 0),
      figure(operations.transactionsPerSecond),
      figure(operations.redisCommandsPerSecond),
      ...roles.map((role) => orNothing(operations.eventLoopDelayMsP99[role], 1)),
    ]),
  };
}

/** What a kill did to each run in which something was killed. */
export function failoversTable({ failovers }: CapacityResult): ReportTable {
  return {
    columns: [
      left("configuration"),
      left("killed"),
      ...[
        "before/s",
        "lowest/s",
        "from 2 s on/s",
        "share %",
        "recovered after s",
        "sent again",
        "failed",
      ].map(right),
    ],
    rows: failovers.map((failover) => {
      const { beforePerSecond, lowestPerSecond, settledPerSecond, recoveredAfterSeconds, retried } =
        summarizeFailover(failover);
      return [
        failover.layoutName,
        failover.killed,
        figure(beforePerSecond),
        figure(lowestPerSecond),
        figure(settledPerSecond),
        percentOf(settledPerSecond, beforePerSecond),
        recoveredAfterSeconds === undefined ? "never" : figure(recoveredAfterSeconds, 1),
        figure(retried),
        figure(failover.failed),
      ];
    }),
  };
}

export function throughputTable(result: CapacityResult): ReportTable {
  const loads = bestLoads(result);
  return {
    columns: [
      left("configuration"),
      ...["connections", "orders/s", "against the first", "success %"].map(right),
    ],
    rows: loads.map(({ layout, point }) => [
      layout.name,
      figure(point.connections),
      figure(point.load.ordersPerSecond),
      againstFirst(point, loads[0]?.point),
      percentOf(point.load.accepted, point.load.sent),
    ]),
  };
}

export function latencyTable(result: CapacityResult): ReportTable {
  return {
    columns: [left("ms"), ...["p50", "mean", "p99", "p99.9", "p99.99", "max"].map(right)],
    rows: bestLoads(result).map(({ layout, point: { load } }) => {
      const { p50, mean, p99, p999, p9999, max } = load.latencyMs;
      return [layout.name, ...[p50, mean, p99, p999, p9999, max].map((ms) => figure(ms, 2))];
    }),
  };
}

/** Loads of a closed loop, one for each number of connections. */
export function closedPoints(layout: LayoutResult): LoadPoint[] {
  return layout.points.filter((point) => point.ratePerSecond === undefined);
}

/** Orders a second: a row for each layout, a column for each number of connections. */
export function connectionsTable(result: CapacityResult): ReportTable {
  const measured = result.layouts.filter((layout) => closedPoints(layout).length > 0);
  const numbers = measured.flatMap((layout) => closedPoints(layout).map((point) => point.connections));
  const connections = [...new Set(numbers)].sort((a, b) => a - b);
  return {
    columns: [left("orders/s at connections"), ...connections.map((count) => right(figure(count)))],
    rows: measured.map((layout) => [
      layout.name,
      ...connections.map((count) => {
        const point = closedPoints(layout).find((candidate) => candidate.connections === count);
        return point === undefined ? NOTHING : figure(point.load.ordersPerSecond);
      }),
    ]),
  };
}

export function failoverTable({ seconds, killed, killedAtSecond }: FailoverResult): ReportTable {
  return {
    columns: [right("second"), right("orders/s"), right("sent again"), left("event")],
    rows: seconds.map(({ second, acceptedPerSecond, retried }) => [
      figure(second),
      figure(acceptedPerSecond),
      figure(retried),
      second === Math.floor(killedAtSecond) ? `${killed} killed` : "",
    ]),
  };
}

/** What each layout consists of. */
export function layoutsTable(result: CapacityResult): ReportTable {
  const yes = (value: boolean): string => (value ? "yes" : "no");
  return {
    columns: [
      left("configuration"),
      left("pipeline"),
      ...["backends", "workers of each", "partitions", "shards", "Redis nodes"].map(right),
      left("standbys"),
      left("edge"),
    ],
    rows: result.layouts.map(({ name, layout }) => [
      name,
      layout.pipeline,
      ...[layout.backends, layout.workers, layout.partitions, layout.shards, layout.redisNodes].map((count) =>
        figure(count),
      ),
      yes(layout.standbys),
      yes(layout.edge),
    ]),
  };
}
