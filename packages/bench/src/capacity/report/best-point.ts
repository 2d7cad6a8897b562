import type { CapacityResult, LayoutResult, LoadPoint } from "../capacity-result.js";

/** A layout with the load that shows what it can take. */
export interface BestLoad {
  readonly layout: LayoutResult;
  readonly point: LoadPoint;
}

/**
 * The load of a layout with the most accepted orders a second. An open loop takes what it is offered and says nothing
 * of a limit, so one counts only where there is no closed loop; undefined when nothing was measured.
 */
export function bestPoint(layout: LayoutResult): LoadPoint | undefined {
  const closed = layout.points.filter((point) => point.ratePerSecond === undefined);
  let best: LoadPoint | undefined;
  for (const point of closed.length > 0 ? closed : layout.points) {
    if (best === undefined || point.load.ordersPerSecond > best.load.ordersPerSecond) best = point;
  }
  return best;
}

/** Every measured layout at its best, in the run's order. */
export function bestLoads(result: CapacityResult): BestLoad[] {
  return result.layouts.flatMap((layout) => {
    const point = bestPoint(layout);
    return point === undefined ? [] : [{ layout, point }];
  });
}
