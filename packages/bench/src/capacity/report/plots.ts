/** What is plotted of a run, from its figures. */

import { bestLoads } from "../best-point.js";
import type { CapacityResult, FailoverResult } from "../capacity-result.js";
import { figure } from "../figures.js";
import { MARK_SHAPES, SWATCH } from "./mark-shapes.js";
import type {
  BarsPlot,
  LegendEntry,
  LinesPlot,
  MarksPlot,
  PlotColor,
  PlotSpec,
  TimelinePlot,
} from "./plot-spec.js";
import { closedPoints } from "./result-tables.js";
import type { ScalingCurve } from "./scaling-curve.js";
import { exchangeCpuUs, isExchangeTier, tierCpuUs, tiersOf } from "./tiers.js";

/** In the order in which they stand out from both backgrounds. */
const LINE_COLORS: readonly PlotColor[] = ["blue", "vermillion", "green", "purple", "orange", "sky", "grey"];
const LINE_SHAPES = Object.values(MARK_SHAPES);

const TIER_COLORS: Readonly<Record<string, PlotColor>> = {
  edge: "sky",
  gateway: "blue",
  engine: "vermillion",
  journal: "green",
  projection: "purple",
  tables: "orange",
  redis: "yellow",
};

const colorOfTier = (tier: string): PlotColor =>
  isExchangeTier(tier) ? (TIER_COLORS[tier] ?? "grey") : tier === "generator" ? "pale" : "grey";

export function throughputPlot(result: CapacityResult): BarsPlot {
  const loads = bestLoads(result);
  const valuesOf = (pipeline: string): number[] =>
    loads.map(({ layout, point }) => (layout.layout.pipeline === pipeline ? point.load.ordersPerSecond : 0));
  const parts: BarsPlot["parts"] = [
    { name: "the exchange", color: "blue", values: valuesOf("buttonwood") },
    { name: "classic, to compare with", color: "grey", values: valuesOf("classic") },
  ];
  return {
    kind: "bars",
    id: "plot-throughput",
    axis: "accepted orders a second",
    labels: loads.map(({ layout }) => layout.name),
    parts: parts.filter(({ values }) => values.some((value) => value > 0)),
    totals: loads.map(({ point }) => figure(point.load.ordersPerSecond)),
  };
}

export function latencyPlot(result: CapacityResult): MarksPlot {
  const loads = bestLoads(result);
  const of = (key: "mean" | "p50" | "p99" | "p999" | "max"): number[] =>
    loads.map(({ point }) => point.load.latencyMs[key]);
  return {
    kind: "marks",
    id: "plot-latency",
    axis: "ms, logarithmic",
    labels: loads.map(({ layout }) => layout.name),
    marks: [
      { name: "p50", color: "blue", shape: MARK_SHAPES.circle, values: of("p50") },
      { name: "mean", color: "sky", shape: MARK_SHAPES.plus, values: of("mean") },
      { name: "p99", color: "vermillion", shape: MARK_SHAPES.diamond, values: of("p99") },
      { name: "p99.9", color: "purple", shape: MARK_SHAPES.up, values: of("p999") },
      { name: "max", color: "grey", shape: MARK_SHAPES.bar, values: of("max") },
    ],
  };
}

export function cpuPlot(result: CapacityResult): BarsPlot {
  const loads = bestLoads(result);
  return {
    kind: "bars",
    id: "plot-cpu",
    axis: "CPU µs an accepted order",
    labels: loads.map(({ layout }) => layout.name),
    parts: tiersOf(loads)
      .filter(isExchangeTier)
      .map((tier) => ({
        name: tier,
        color: colorOfTier(tier),
        values: loads.map(({ point }) => tierCpuUs(point, tier)),
      })),
    totals: loads.map(({ point }) => figure(exchangeCpuUs(point))),
  };
}

export function connectionsPlot(result: CapacityResult, curves: readonly ScalingCurve[]): LinesPlot {
  return {
    kind: "lines",
    id: "plot-connections",
    axis: "accepted orders a second",
    xAxis: "connections, logarithmic",
    lines: result.layouts.map((layout, i) => ({
      name: layout.name,
      color: LINE_COLORS[i % LINE_COLORS.length]!,
      shape: LINE_SHAPES[i % LINE_SHAPES.length]!,
      measured: closedPoints(layout).map((point) => [point.connections, point.load.ordersPerSecond] as const),
      curve: curves.find(({ layoutName }) => layoutName === layout.name)?.points ?? [],
    })),
  };
}

/** `number` tells the failovers of a run apart. */
export function failoverPlot(failover: FailoverResult, number: number): TimelinePlot {
  return {
    kind: "timeline",
    id: `plot-failover-${number}`,
    axis: "a second",
    xAxis: "seconds",
    seconds: failover.seconds.map(({ second }) => second),
    accepted: failover.seconds.map(({ acceptedPerSecond }) => acceptedPerSecond),
    retried: failover.seconds.map(({ retried }) => retried),
    markedSecond: failover.killedAtSecond,
    markedText: `${failover.killed} killed`,
  };
}

export function legendOf(plot: PlotSpec): LegendEntry[] {
  switch (plot.kind) {
    case "bars":
      return plot.parts.map(({ name, color }) => ({ name, color, shape: SWATCH }));
    case "marks":
      return plot.marks.map(({ name, color, shape }) => ({ name, color, shape }));
    case "lines":
      return plot.lines.map(({ name, color, shape }) => ({ name, color, shape }));
    case "timeline":
      return [
        { name: "orders accepted", color: "blue", shape: SWATCH },
        { name: "requests sent again", color: "vermillion", shape: SWATCH },
      ];
  }
}
