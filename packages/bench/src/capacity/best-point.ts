import type { CapacityResult, LayoutResult, LoadPoint } from "./capacity-result.js";

/** A point that lost more than this share of its requests shows a collapse, not a capacity. */
export const LOST_SHARE_MAX = 0.001;

/**
 * The point with the most accepted orders a second, the one with fewer connections first. An open loop takes what it is
 * offered and says nothing of a limit, so one counts only where there is no closed loop. Undefined when every point
 * accepted nothing or lost too much.
 */
export function bestPoint(points: readonly LoadPoint[]): LoadPoint | undefined {
  const taken = points.filter(({ load }) => load.accepted > 0 && load.lost <= load.sent * LOST_SHARE_MAX);
  const closed = taken.filter(({ ratePerSecond }) => ratePerSecond === undefined);
  return (closed.length > 0 ? closed : taken).sort(
    (a, b) => b.load.ordersPerSecond - a.load.ordersPerSecond || a.connections - b.connections,
  )[0];
}

/** A layout with the load that shows what it can take. */
export interface BestLoad {
  readonly layout: LayoutResult;
  readonly point: LoadPoint;
}

/** Every layout at its best, in the run's order; without those that took no load without loss. */
export function bestLoads({ layouts }: Pick<CapacityResult, "layouts">): BestLoad[] {
  return layouts.flatMap((layout) => {
    const point = bestPoint(layout.points);
    return point === undefined ? [] : [{ layout, point }];
  });
}
