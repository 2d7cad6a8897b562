import type { LoadPoint } from "../capacity-result.js";

/** CPU that one tier takes for an accepted order. */
export interface ServiceDemand {
  readonly tier: string;
  /** Mean over the points, weighted by their accepted orders, in µs. */
  readonly cpuUsPerOrder: number;
  /** Least and most of any point, in µs. Wide apart: the demand depends on the load, e.g. by batching. */
  readonly lowUsPerOrder: number;
  readonly highUsPerOrder: number;
}

/**
 * Service demand of each tier, the largest first: D = U / X, utilisation law (Denning & Buzen, The Operational Analysis
 * of Queueing Network Models, 1978). Points that accepted nothing say nothing of it. A tier that a point does not
 * have took nothing there.
 */
export function serviceDemands(points: readonly LoadPoint[]): readonly ServiceDemand[] {
  const counted = points.filter(({ load }) => load.accepted > 0);
  const accepted = counted.reduce((sum, { load }) => sum + load.accepted, 0);
  const names = new Set(counted.flatMap(({ tiers }) => tiers.map(({ tier }) => tier)));
  const demands = [...names].map((tier): ServiceDemand => {
    const each = counted.map((point) => demandUs(point, tier));
    const sum = counted.reduce((total, { load }, i) => total + each[i] * load.accepted, 0);
    return {
      tier,
      cpuUsPerOrder: sum / accepted,
      lowUsPerOrder: Math.min(...each),
      highUsPerOrder: Math.max(...each),
    };
  });
  return demands.sort((a, b) => b.cpuUsPerOrder - a.cpuUsPerOrder);
}

/** Of one tier at one point, in µs; a tier may be listed more than once. */
export function demandUs(point: LoadPoint, tier: string): number {
  return point.tiers.reduce((sum, usage) => sum + (usage.tier === tier ? usage.cpuUsPerOrder : 0), 0);
}
