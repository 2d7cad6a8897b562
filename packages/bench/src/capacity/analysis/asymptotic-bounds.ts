import type { LoadPoint } from "../capacity-result.js";
import { demandUs } from "./service-demand.js";

/** What a change would do to the bound, not to the throughput itself. */
export interface BoundChange {
  /** Orders/s. */
  readonly boundPerSecond: number;
  /** Orders/s; 0 where something else is the bound. */
  readonly risesBy: number;
}

export interface TierBound extends BoundChange {
  readonly tier: string;
  /** With the processes it has, orders/s; `boundPerSecond` is of the whole exchange with one more of them. */
  readonly tierBoundPerSecond: number;
}

export interface AsymptoticBounds {
  /** No layout of these processes on this machine exceeds it, orders/s: the least of the machine's and the tiers'. */
  readonly boundPerSecond: number;
  /** All cores busy with orders: cores / total demand, the load generator's included, since it runs there as well. */
  readonly machineBoundPerSecond: number;
  /** The same if the load came from another machine. */
  readonly machineBoundWithoutGeneratorPerSecond: number;
  /** Tiers with the least first. Without those whose processes take more than a core: they have threads. */
  readonly tiers: readonly TierBound[];
  readonly oneMoreCore: BoundChange;
}

/** Beyond this a process surely has more than one thread; below, the clocks may have disagreed. */
const SINGLE_THREAD_CORES_MAX = 1.05;

/**
 * Asymptotic bounds from the demands of one point: X ≤ m / D for m servers with demand D (Denning & Buzen 1978;
 * Lazowska et al., Quantitative System Performance, 1984, ch. 5), where the machine's cores serve the sum of all demands
 * and a tier's processes, each of one thread, serve its own.
 *
 * Take the point with the highest throughput: demands fall with load where work is done in batches, so that those of an
 * idle exchange would bound it too low. Undefined when the point accepted nothing or took no CPU.
 */
export function asymptoticBounds(point: LoadPoint, machineCores: number): AsymptoticBounds | undefined {
  const totalUs = point.tiers.reduce((sum, usage) => sum + usage.cpuUsPerOrder, 0);
  if (point.load.accepted === 0 || totalUs <= 0) return undefined;
  const withoutUs = totalUs - demandUs(point, "generator");
  const machine = (cores: number): number => (cores * 1e6) / totalUs;
  const single = point.tiers.filter(
    ({ tier, cores, processes, cpuUsPerOrder }) =>
      tier !== "generator" &&
      tier !== "other" &&
      cpuUsPerOrder > 0 &&
      processes > 0 &&
      cores <= processes * SINGLE_THREAD_CORES_MAX,
  );
  const boundWith = (cores: number, grown?: string): number =>
    Math.min(
      machine(cores),
      ...single.map(
        ({ tier, processes, cpuUsPerOrder }) =>
          ((processes + (tier === grown ? 1 : 0)) * 1e6) / cpuUsPerOrder,
      ),
    );
  const boundPerSecond = boundWith(machineCores);
  const change = (changedPerSecond: number): BoundChange => ({
    boundPerSecond: changedPerSecond,
    risesBy: changedPerSecond - boundPerSecond,
  });
  return {
    boundPerSecond,
    machineBoundPerSecond: machine(machineCores),
    machineBoundWithoutGeneratorPerSecond:
      withoutUs > 0 ? (machineCores * 1e6) / withoutUs : Number.POSITIVE_INFINITY,
    tiers: single
      .map(({ tier, processes, cpuUsPerOrder }) => ({
        tier,
        tierBoundPerSecond: (processes * 1e6) / cpuUsPerOrder,
        ...change(boundWith(machineCores, tier)),
      }))
      .sort((a, b) => a.tierBoundPerSecond - b.tierBoundPerSecond),
    oneMoreCore: change(boundWith(machineCores + 1)),
  };
}
