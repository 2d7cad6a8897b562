import { bestPoint } from "../best-point.js";
import type { LayoutResult, LoadPoint } from "../capacity-result.js";
import { figure, percentText } from "../figures.js";
import { limitsOf, THROUGHPUT_NOISE } from "./limit.js";

export interface Recommendation {
  readonly layoutName: string;
  /** At its best point, orders/s. */
  readonly ordersPerSecond: number;
  /** Of the exchange: without the load generator and what else the machine ran. */
  readonly processes: number;
  readonly connections: number;
  readonly p99LatencyMs: number;
  /** For the operator, in sentences. */
  readonly reason: string;
}

interface Candidate {
  readonly layout: LayoutResult;
  readonly point: LoadPoint;
  readonly processes: number;
}

/**
 * Among the layouts within 5 % of the highest throughput the one with the fewest processes, then the faster one: what
 * brings no more orders is only more to run. The classic pipeline is a yardstick and never recommended. Undefined when
 * no layout has a point to judge by.
 */
export function recommend(
  layouts: readonly LayoutResult[],
  machineCores: number,
): Recommendation | undefined {
  const candidates = layouts.flatMap((layout): Candidate[] => {
    const point = layout.layout.pipeline === "buttonwood" ? bestPoint(layout.points) : undefined;
    return point === undefined ? [] : [{ layout, point, processes: processesOf(point) }];
  });
  const byThroughput = candidates.sort((a, b) => throughputOf(b) - throughputOf(a));
  const fastest = byThroughput[0];
  if (fastest === undefined) return undefined;
  const equal = byThroughput.filter(
    (candidate) => throughputOf(candidate) >= throughputOf(fastest) * (1 - THROUGHPUT_NOISE),
  );
  // Stable, so that the faster of two with as many processes stays first.
  const chosen = [...equal].sort((a, b) => a.processes - b.processes)[0]!;
  return {
    layoutName: chosen.layout.name,
    ordersPerSecond: throughputOf(chosen),
    processes: chosen.processes,
    connections: chosen.point.connections,
    p99LatencyMs: chosen.point.load.latencyMs.p99,
    reason: reasonFor(chosen, fastest, byThroughput, equal.length, machineCores),
  };
}

const throughputOf = ({ point }: Candidate): number => point.load.ordersPerSecond;

const processesOf = ({ tiers }: LoadPoint): number =>
  tiers.reduce(
    (sum, { tier, processes }) => (tier === "generator" || tier === "other" ? sum : sum + processes),
    0,
  );

function reasonFor(
  chosen: Candidate,
  fastest: Candidate,
  all: readonly Candidate[],
  equal: number,
  machineCores: number,
): string {
  const took = `"${chosen.layout.name}" took ${figure(throughputOf(chosen))} orders/s with ${chosen.processes} processes`;
  const sentences = [];
  if (all.length === 1) {
    sentences.push(`${took}; no other layout was measured.`);
  } else if (chosen !== fastest) {
    const share = 1 - throughputOf(chosen) / throughputOf(fastest);
    sentences.push(
      `${took}, ${percentText(share)} below the fastest, "${fastest.layout.name}", which needs ${fastest.processes}; differences within ${percentText(THROUGHPUT_NOISE)} are noise.`,
    );
  } else if (equal > 1) {
    sentences.push(
      `${took}, the most of ${all.length} layouts; ${equal - 1} more came within ${percentText(THROUGHPUT_NOISE)}, none with fewer processes.`,
    );
  } else {
    const second = all[1]!;
    const share = throughputOf(chosen) / throughputOf(second) - 1;
    sentences.push(`${took}, ${percentText(share)} more than the next, "${second.layout.name}".`);
  }
  if (limitsOf(chosen.point, machineCores)[0].kind === "generator") {
    sentences.push("The load generator was at its end, so that faster layouts may not show.");
  }
  if (!chosen.layout.layout.standbys && all.some(({ layout }) => layout.layout.standbys)) {
    sentences.push("It has no standbys: when an engine dies, its markets stand still until it is back.");
  }
  return sentences.join(" ");
}
