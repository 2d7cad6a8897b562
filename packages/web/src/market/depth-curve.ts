/** A book summed up from its best prices outwards: how much can be had up to each price. In doubles, for drawing. */
import type { DepthLevel } from "@buttonwood/client";

export interface DepthPoint {
  readonly price: number;
  /** From the best price to this one. */
  readonly base: number;
  readonly quote: number;
}

/** A side's points, best price first, up to a distance from the middle (a fraction of it). */
export function depthCurve(
  levels: readonly DepthLevel[],
  mid: number,
  distanceMax: number,
): readonly DepthPoint[] {
  const points: DepthPoint[] = [];
  let base = 0;
  let quote = 0;
  for (const [priceText, quantityText] of levels) {
    const price = Number(priceText);
    if (Math.abs(price - mid) > distanceMax * mid) break;
    const quantity = Number(quantityText);
    base += quantity;
    quote += price * quantity;
    points.push({ price, base, quote });
  }
  return points;
}

/** What can be had up to a price; undefined: nothing. `isBid`: prices fall from point to point. */
export function depthAt(curve: readonly DepthPoint[], price: number, isBid: boolean): DepthPoint | undefined {
  let found: DepthPoint | undefined;
  for (const point of curve) {
    if (isBid ? point.price < price : point.price > price) break;
    found = point;
  }
  return found;
}

/** The middle of the best prices; undefined without both. */
export function midOf(bids: readonly DepthLevel[], asks: readonly DepthLevel[]): number | undefined {
  const [bid, ask] = [bids[0]?.[0], asks[0]?.[0]];
  return bid === undefined || ask === undefined ? undefined : (Number(bid) + Number(ask)) / 2;
}
