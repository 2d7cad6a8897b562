/** Headings of a report: each a sentence that says what is seen below it. */

import { type BestLoad, bestLoads, bestPoint } from "../best-point.js";
import type { CapacityResult, FailoverResult } from "../capacity-result.js";
import { summarizeFailover } from "../failover-summary.js";
import { counted, figure } from "../figures.js";
import { closedPoints } from "./result-tables.js";
import { exchangeCpuUs, isExchangeTier, tierCpuUs, tiersOf } from "./tiers.js";

/** In quotes, since names hold commas and figures. */
const quoted = (name: string): string => `“${name}”`;

function nothingTaken({ layouts }: CapacityResult): string {
  return layouts.some(({ points }) => points.length > 0)
    ? "No load was taken without loss"
    : "No load was measured";
}

function extremes(loads: readonly BestLoad[], figureOf: (load: BestLoad) => number): [BestLoad, BestLoad] {
  const sorted = [...loads].sort((a, b) => figureOf(a) - figureOf(b));
  return [sorted[0]!, sorted.at(-1)!];
}

export function throughputHeadline(result: CapacityResult): string {
  const loads = bestLoads(result);
  if (loads.length === 0) return nothingTaken(result);
  const [, most] = extremes(loads, ({ point }) => point.load.ordersPerSecond);
  const first = loads[0]!;
  const rate = figure(most.point.load.ordersPerSecond);
  const against =
    most === first
      ? ""
      : `, ${figure(most.point.load.ordersPerSecond / first.point.load.ordersPerSecond, 1)} times those of ${quoted(first.layout.name)}`;
  return `${quoted(most.layout.name)} takes the most orders: ${rate} a second${against}`;
}

export function latencyHeadline(result: CapacityResult): string {
  const loads = bestLoads(result).filter(({ point }) => point.load.latencyMs.p50 > 0);
  if (loads.length === 0) return "No latency was measured";
  const [low, high] = extremes(loads, ({ point }) => point.load.latencyMs.p50);
  const [lowTail, highTail] = extremes(loads, ({ point }) => point.load.latencyMs.p99);
  const ms = (value: number): string => figure(value, 1);
  if (low === high) {
    const { p50, p99 } = low.point.load.latencyMs;
    return `Half of the answers come within ${ms(p50)} ms, 99 of 100 within ${ms(p99)} ms`;
  }
  return (
    `Half of the answers come within ${ms(low.point.load.latencyMs.p50)} ms (${quoted(low.layout.name)}) to ` +
    `${ms(high.point.load.latencyMs.p50)} ms (${quoted(high.layout.name)}), 99 of 100 within ` +
    `${ms(lowTail.point.load.latencyMs.p99)} to ${ms(highTail.point.load.latencyMs.p99)} ms`
  );
}

/** The tier that takes most of an order's CPU. */
function heaviestTier({ point }: BestLoad, tiers: readonly string[]): string | undefined {
  let heaviest: string | undefined;
  for (const tier of tiers) {
    if (heaviest === undefined || tierCpuUs(point, tier) > tierCpuUs(point, heaviest)) heaviest = tier;
  }
  return heaviest;
}

export function cpuHeadline(result: CapacityResult): string {
  const loads = bestLoads(result);
  const tiers = tiersOf(loads).filter(isExchangeTier);
  if (tiers.length === 0) return "No tier’s CPU was measured";
  const [low, high] = extremes(loads, ({ point }) => exchangeCpuUs(point));
  const cost = (load: BestLoad): string => `${figure(exchangeCpuUs(load.point))} µs`;
  const range =
    low === high
      ? cost(low)
      : `${cost(low)} (${quoted(low.layout.name)}) to ${cost(high)} (${quoted(high.layout.name)})`;
  const counts = new Map<string, number>();
  for (const load of loads) {
    const tier = heaviestTier(load, tiers)!;
    counts.set(tier, (counts.get(tier) ?? 0) + 1);
  }
  const [tier, count] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  const share = loads.length === 1 ? "" : ` in ${count} of ${counted(loads.length, "configuration")}`;
  return `An order costs the exchange ${range} of CPU; the largest part is the ${tier}’s${share}`;
}

export function connectionsHeadline(result: CapacityResult): string {
  const layouts = result.layouts.filter((layout) => closedPoints(layout).length > 1);
  if (bestLoads(result).length === 0) return nothingTaken(result);
  if (layouts.length === 0) return "Each configuration was loaded with one number of connections only";
  const gaining = layouts.filter((layout) => bestPoint(layout.points) === closedPoints(layout).at(-1));
  const of = counted(layouts.length, "configuration");
  if (gaining.length === layouts.length)
    return `Up to the most connections tried, more of them took more orders in each of ${of}`;
  if (gaining.length === 0)
    return `Each of ${of} took the most orders with fewer connections than the most tried`;
  return `${gaining.length} of ${of} took the most orders with the most connections tried, the others with fewer`;
}

export function failoverHeadline(failover: FailoverResult): string {
  const { beforePerSecond, lowestPerSecond, recoveredAfterSeconds, retried } = summarizeFailover(failover);
  const killed = `${quoted(failover.layoutName)}, ${failover.killed} killed at second ${figure(failover.killedAtSecond)}`;
  const outcome = `${figure(retried)} requests sent again, ${
    failover.failed === 0 ? "none failed" : `${figure(failover.failed)} failed`
  }`;
  if (failover.seconds.length === 0) return `${killed}: no second was measured; ${outcome}`;
  const back =
    recoveredAfterSeconds === undefined
      ? "and was not back at nine tenths when the run ended"
      : `and was back at nine tenths ${figure(recoveredAfterSeconds, Number.isInteger(recoveredAfterSeconds) ? 0 : 1)} s after the kill`;
  const course =
    recoveredAfterSeconds === 0
      ? `never took less than nine tenths of its ${figure(beforePerSecond)} orders a second`
      : `fell from ${figure(beforePerSecond)} orders a second to ${figure(lowestPerSecond)}, ${back}`;
  return `${killed}: ${course}; ${outcome}`;
}
