import type { LoadPoint, TierUsage } from "../capacity-result.js";
import { figure, measureText, percentText } from "../figures.js";

/** A process that takes this share of a core is near what a single thread can do. */
export const PROCESS_BUSY_SHARE = 0.85;
/** A machine whose cores are this busy is near what it can do: no schedule fills the last of them. */
export const MACHINE_BUSY_SHARE = 0.9;
/** Throughputs nearer to each other than this are taken as equal. */
export const THROUGHPUT_NOISE = 0.05;

/** What kept a point from being faster. */
export type Limit =
  /** The load generator is at its end: the exchange may be able to do more. */
  | { readonly kind: "generator"; readonly busyShare: number; readonly explanation: string }
  /** All tiers share cores that are busy; `tier` takes most of them, so that it is the one to make cheaper. */
  | {
      readonly kind: "machine";
      readonly busyShare: number;
      readonly tier: string;
      readonly explanation: string;
    }
  /** Each process of a tier takes nearly a whole core, which a single thread can't exceed. */
  | { readonly kind: "tier"; readonly busyShare: number; readonly tier: string; readonly explanation: string }
  /** An open loop whose offer was met. */
  | { readonly kind: "offer"; readonly ratePerSecond: number; readonly explanation: string }
  /** No processor is at its end: orders wait, for a commit, a disk or each other, or there are too few of them. */
  | {
      readonly kind: "waiting";
      /** Orders under way on average, by Little's law: answers/s × mean latency. */
      readonly ordersUnderWay: number;
      /** Of the mean latency, what is not CPU of the exchange, in ms; 0 or more. */
      readonly waitingMs: number;
      /** No larger number of connections was seen to bring no more: clients may be too few. */
      readonly clientsMayBeFew: boolean;
      readonly explanation: string;
    };

const isOfExchange = ({ tier }: TierUsage): boolean => tier !== "generator" && tier !== "other";

/**
 * All that limit a point, the decisive one first: generator, machine, tiers, offer; `waiting` only where none of them
 * does. The generator comes first because beyond it nothing is known of the exchange; the machine before its tiers
 * because on a full machine another process has no core to run on.
 *
 * `machineCores`: greater than 0. `others`: the layout's other points, which tell whether more connections bring more.
 *
 * A tier is judged by the mean of its processes. One of them that is busier than the rest, e.g. a partition with the
 * popular markets, does not show.
 */
export function limitsOf(
  point: LoadPoint,
  machineCores: number,
  others: readonly LoadPoint[] = [],
): readonly [Limit, ...Limit[]] {
  const limits: Limit[] = [];
  const generator = generatorShare(point);
  if (generator >= PROCESS_BUSY_SHARE) {
    limits.push({
      kind: "generator",
      busyShare: generator,
      explanation: `The load generator, not the exchange, is the limit: it takes ${percentText(generator)} of a core. Use more generator processes to learn what the exchange can do.`,
    });
  }
  const machine = machineShare(point, machineCores);
  const largest = point.tiers.filter(isOfExchange).sort((a, b) => b.cores - a.cores)[0];
  if (machine >= MACHINE_BUSY_SHARE && largest !== undefined) {
    limits.push({
      kind: "machine",
      busyShare: machine,
      tier: largest.tier,
      explanation: `The machine is the limit: ${percentText(machine)} of its ${machineCores} cores are busy. The ${largest.tier} tier takes most, ${measureText(largest.cores)} cores; it is the one to make cheaper or to move to another machine.`,
    });
  }
  const busy = point.tiers
    .filter((usage) => isOfExchange(usage) && processShare(usage) >= PROCESS_BUSY_SHARE)
    .sort((a, b) => processShare(b) - processShare(a));
  for (const usage of busy) {
    const share = processShare(usage);
    const who = usage.processes === 1 ? "its only process" : `each of its ${usage.processes} processes`;
    limits.push({
      kind: "tier",
      busyShare: share,
      tier: usage.tier,
      explanation: `The ${usage.tier} tier is the limit: ${who} takes ${percentText(share)} of a core. More of them can help while the machine has idle cores, ${measureText(point.idleCores)} now.`,
    });
  }
  const { ratePerSecond, load } = point;
  if (ratePerSecond !== undefined && load.ordersPerSecond >= ratePerSecond * (1 - THROUGHPUT_NOISE)) {
    limits.push({
      kind: "offer",
      ratePerSecond,
      explanation: `The offer of ${figure(ratePerSecond)} orders/s was met; the exchange was not driven to its limit.`,
    });
  }
  const [first, ...rest] = limits;
  return first === undefined ? [waitingAt(point, others)] : [first, ...rest];
}

/** Of a core, what each generator process takes: the larger of what it tells itself and what was seen from outside. */
function generatorShare({ load, tiers }: LoadPoint): number {
  const seen = tiers.filter(({ tier }) => tier === "generator").map(processShare);
  // Where several processes generate, their own figure is of all of them together and says nothing of each.
  const several = tiers.some(({ tier, processes }) => tier === "generator" && processes > 1);
  return Math.max(several ? 0 : load.generatorCpuPercent / 100, ...seen);
}

const machineShare = ({ idleCores }: LoadPoint, machineCores: number): number => 1 - idleCores / machineCores;

const processShare = ({ cores, processes }: TierUsage): number => (processes > 0 ? cores / processes : 0);

function waitingAt(point: LoadPoint, others: readonly LoadPoint[]): Limit {
  const { load, connections } = point;
  const cpuMs = point.tiers.filter(isOfExchange).reduce((sum, usage) => sum + usage.cpuUsPerOrder, 0) / 1000;
  const ordersUnderWay = (load.answersPerSecond * load.latencyMs.mean) / 1000;
  const waitingMs = Math.max(0, load.latencyMs.mean - cpuMs);
  const more = others.filter((other) => other.connections > connections && other.ratePerSecond === undefined);
  const best = Math.max(0, ...more.map((other) => other.load.ordersPerSecond));
  const clientsMayBeFew = more.length === 0 || best > load.ordersPerSecond * (1 + THROUGHPUT_NOISE);
  const next = clientsMayBeFew
    ? "More connections may bring more."
    : "More connections brought no more: look at commits, disks and locks.";
  return {
    kind: "waiting",
    ordersUnderWay,
    waitingMs,
    clientsMayBeFew,
    explanation: `No processor is the limit: of ${measureText(load.latencyMs.mean)} ms an order waits ${measureText(waitingMs)} ms, with ${measureText(ordersUnderWay)} orders under way on ${connections} connections. ${next}`,
  };
}
