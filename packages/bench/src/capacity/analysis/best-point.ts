import type { LoadPoint } from "../capacity-result.js";

/** A point that lost more than this share of its requests shows a collapse, not a capacity. */
export const LOST_SHARE_MAX = 0.001;

/**
 * The point with the most accepted orders a second, the one with fewer connections first. Undefined when every point
 * accepted nothing or lost too much.
 */
export function bestPoint(points: readonly LoadPoint[]): LoadPoint | undefined {
  return points
    .filter(({ load }) => load.accepted > 0 && load.lost <= load.sent * LOST_SHARE_MAX)
    .sort((a, b) => b.load.ordersPerSecond - a.load.ordersPerSecond || a.connections - b.connections)[0];
}
