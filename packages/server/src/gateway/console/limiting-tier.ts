/**
 * Which tier limits the venue now, by the utilisation law: a tier that is busy for a share ρ of the time at X commands
 * a second can do X / ρ at most, so that the busiest one is the limit. The same law and shares as the capacity model's,
 * `packages/bench/src/capacity/analysis/limit.ts`, whose page is docs/capacity; but of the busiest part of a tier
 * instead of the mean of all: what is looked at live is where orders wait, e.g. the partition of a popular market.
 */
import { Tier, type VenueLook, type VenuePart } from "./venue.js";

/** A thread that takes this share of a core is near what it can do. */
export const PROCESS_BUSY_SHARE = 0.85;
/** A machine whose cores are this busy is near what it can do. */
export const MACHINE_BUSY_SHARE = 0.9;
/** Below this rate, in commands/s, or this share a bound would be made of noise, and of what costs the same at any rate. */
const RATE_MIN = 10;
const SHARE_MIN = 0.2;

export interface TierUsage {
  readonly tier: Tier;
  readonly parts: number;
  /** Processor time of all of them, in cores. */
  readonly cores: number;
  /** The part of it that is nearest to what it can do, and the share of its time in which it is busy; null: no thread is. */
  readonly busiest: { readonly name: string; readonly share: number } | null;
}

export interface LimitNow {
  /** `none`: neither the machine nor a tier is near what it can do; `tier` is then the one that would be first. */
  readonly kind: "machine" | "tier" | "none";
  readonly tier: Tier | null;
  readonly busyShare: number;
  readonly explanation: string;
  /** What to do for more. */
  readonly raise: string;
  /** Commands a second at which the busiest part would be full, at this mix of work; null when too little is done to tell. */
  readonly boundPerSecond: number | null;
}

export function tierUsages(parts: readonly VenuePart[]): readonly TierUsage[] {
  return Object.values(Tier).flatMap((tier) => {
    const own = parts.filter((part) => part.tier === tier && part.cores !== null);
    if (own.length === 0) return [];
    const shares = own
      .filter(({ threads }) => threads !== null)
      .map(({ name, cores, threads }) => ({ name, share: cores! / Math.max(1, threads!) }))
      .sort((a, b) => b.share - a.share);
    const cores = own.reduce((sum, part) => sum + part.cores!, 0);
    return [{ tier, parts: own.length, cores, busiest: shares[0] ?? null }];
  });
}

export interface Machine {
  readonly cores: number;
  readonly idleCores: number;
}

export function limitNow(
  kind: VenueLook["kind"],
  usages: readonly TierUsage[],
  machine: Machine,
  commandsPerSecond: number,
): LimitNow {
  const machineShare = 1 - machine.idleCores / machine.cores;
  const [busiest] = usages
    .filter((usage) => usage.busiest !== null)
    .sort((a, b) => b.busiest!.share - a.busiest!.share);
  const bound = (share: number): number | null =>
    commandsPerSecond < RATE_MIN || share < SHARE_MIN ? null : commandsPerSecond / share;
  if (machineShare >= MACHINE_BUSY_SHARE) {
    const largest = [...usages].sort((a, b) => b.cores - a.cores)[0];
    const own = usages.reduce((sum, usage) => sum + usage.cores, 0);
    const isOwn = own >= (machine.cores * machineShare) / 2;
    return {
      kind: "machine",
      tier: largest?.tier ?? null,
      busyShare: machineShare,
      explanation: `The machine is the limit: ${percent(machineShare)} of its ${machine.cores} cores are busy, ${own.toFixed(2)} cores of it with the exchange.${
        largest === undefined ? "" : ` The ${largest.tier} tier takes most, ${largest.cores.toFixed(2)}.`
      }`,
      raise: isOwn
        ? `More cores, or another machine for the ${largest?.tier} tier.`
        : "See what else runs on the machine, and give the exchange one of its own.",
      // How far it could go beside other programs depends on what they do next.
      boundPerSecond: isOwn ? bound(machineShare) : null,
    };
  }
  if (busiest === undefined) {
    return {
      kind: "none",
      tier: null,
      busyShare: machineShare,
      explanation: `No process tells how busy it is; ${percent(machineShare)} of the machine's ${machine.cores} cores are busy.`,
      raise: "Nothing has to be raised now.",
      boundPerSecond: null,
    };
  }
  const { tier } = busiest;
  const { name, share } = busiest.busiest!;
  const isFull = share >= PROCESS_BUSY_SHARE;
  return {
    kind: isFull ? "tier" : "none",
    tier,
    busyShare: share,
    explanation: isFull
      ? `The ${tier} tier is the limit: ${name} is busy ${percent(share)} of the time, and a thread can't take more than a core.`
      : `Nothing is at its limit. The ${tier} tier would be first: ${name} is busy ${percent(share)} of the time.`,
    raise: RAISED_BY[kind][tier],
    boundPerSecond: bound(share),
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

const CLUSTER = "A cluster has it in processes of its own: `buttonwood cluster up`.";

/** What raises a tier's limit. */
const RAISED_BY: Record<VenueLook["kind"], Record<Tier, string>> = {
  process: {
    edge: CLUSTER,
    gateway: `Gateways in processes of their own. ${CLUSTER}`,
    engine: `More partitions share the symbols among engines. ${CLUSTER}`,
    projection: `A projection for each partition. ${CLUSTER}`,
    journal: CLUSTER,
    redis: CLUSTER,
  },
  cluster: {
    edge: "More nginx workers, or another edge beside this one.",
    gateway: "More workers or backends: `workers` and `backends` in topology.yaml.",
    engine:
      "More partitions, fixed when a cluster is made: `cluster up --partitions`. A popular market has one engine; give it a partition of its own.",
    projection: "More partitions, each with a projection of its own, or a faster disk below its shard.",
    journal: "More shards, or faster disks below them.",
    redis: "More Redis nodes: `redis.nodes` in topology.yaml.",
  },
};
