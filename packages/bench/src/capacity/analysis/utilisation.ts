import { bestPoint } from "../best-point.js";
import type { LayoutResult, LoadPoint } from "../capacity-result.js";
import { type AsymptoticBounds, asymptoticBounds } from "./asymptotic-bounds.js";
import { type Limit, limitsOf } from "./limit.js";
import { type ServiceDemand, serviceDemands } from "./service-demand.js";

/** What a layout spends on an order, what limits it, and how far it could go. */
export interface Utilisation {
  readonly demands: readonly ServiceDemand[];
  /** The point with the highest throughput, which limits and bounds are of. */
  readonly best: LoadPoint;
  /** The decisive one first. */
  readonly limits: readonly [Limit, ...Limit[]];
  readonly bounds: AsymptoticBounds | undefined;
}

/** `machineCores`: greater than 0. Undefined when no point of the layout can be judged by. */
export function analyseUtilisation(layout: LayoutResult, machineCores: number): Utilisation | undefined {
  const best = bestPoint(layout.points);
  if (best === undefined) return undefined;
  return {
    demands: serviceDemands(layout.points),
    best,
    limits: limitsOf(
      best,
      machineCores,
      layout.points.filter((point) => point !== best),
    ),
    bounds: asymptoticBounds(best, machineCores),
  };
}
