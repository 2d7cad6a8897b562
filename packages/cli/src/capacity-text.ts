/** A capacity run for the terminal: the report's own tables, then what limits and what is recommended. */
import type { CapacityResult } from "@buttonwood/bench";
import { tableOf } from "./terminal/table.js";

type Bench = typeof import("@buttonwood/bench");

export function capacityText(result: CapacityResult, bench: Bench): string {
  const { layouts, machine, cores, secondsPerPoint, seed } = result;
  const tables = [
    bench.everyLoadTable(result),
    bench.cpuTable(result),
    bench.operationsTable(result),
    bench.failoversTable(result),
  ];
  const limits = layouts.flatMap((layout) => {
    const use = bench.analyseUtilisation(layout, cores);
    if (use === undefined) return [`${layout.name}: no load was taken without loss.`];
    return [`${layout.name}: ${use.limits.map(({ explanation }) => explanation).join(" ")}`];
  });
  const best = bench.recommend(layouts, cores);
  return [
    ...tables.flatMap(({ columns, rows }) => (rows.length === 0 ? [] : [tableOf(columns, rows), ""])),
    "What limits:",
    ...limits.map((line) => `  ${line}`),
    "",
    ...(best === undefined ? [] : [`Recommended on this machine: ${best.layoutName}. ${best.reason}`, ""]),
    `Signed POST /api/v3/order (FULL answers), closed loop unless a rate was offered, ${secondsPerPoint} s each, seed ${seed}; every order durable before its answer.`,
    `Machine: ${machine}; the load generator ran on it too.`,
  ].join("\n");
}
