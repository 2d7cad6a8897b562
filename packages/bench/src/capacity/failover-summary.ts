import type { FailoverResult, FailoverSecond } from "./capacity-result.js";

/** Accepted orders count as recovered once a second takes this share of what it took before. */
const RECOVERED_SHARE = 0.9;

/** So long after the kill the others must have taken over what it did, in s. */
const SETTLED_SECONDS = 2;

/** A failover in a few figures. */
export interface FailoverSummary {
  /** Accepted orders a second, on average, in the whole seconds before the kill; NaN without any. */
  readonly beforePerSecond: number;
  /** In the worst second from the kill on; NaN without any. */
  readonly lowestPerSecond: number;
  /** On average in the whole seconds from two after the kill on; NaN without any. */
  readonly settledPerSecond: number;
  /** From the kill to the begin of the first second at nine tenths again; 0 without a dip, undefined when never back. */
  readonly recoveredAfterSeconds: number | undefined;
  readonly retried: number;
}

export function summarizeFailover(failover: FailoverResult): FailoverSummary {
  const { seconds, killedAtSecond } = failover;
  const before = seconds.filter(({ second }) => second + 1 <= killedAtSecond);
  const after = seconds.filter(({ second }) => second + 1 > killedAtSecond);
  const settled = seconds.filter(({ second }) => second >= killedAtSecond + SETTLED_SECONDS);
  const beforePerSecond = meanOf(before);
  const isBack = (perSecond: number): boolean => !(perSecond < beforePerSecond * RECOVERED_SHARE);
  const dip = after.findIndex(({ acceptedPerSecond }) => !isBack(acceptedPerSecond));
  const back = after.slice(Math.max(0, dip)).find(({ acceptedPerSecond }) => isBack(acceptedPerSecond));
  const lowest = Math.min(...after.map(({ acceptedPerSecond }) => acceptedPerSecond));
  return {
    beforePerSecond,
    lowestPerSecond: after.length > 0 ? lowest : Number.NaN,
    settledPerSecond: meanOf(settled),
    recoveredAfterSeconds:
      dip < 0 ? 0 : back === undefined ? undefined : Math.max(0, back.second - killedAtSecond),
    retried: seconds.reduce((sum, { retried }) => sum + retried, 0),
  };
}

function meanOf(seconds: readonly FailoverSecond[]): number {
  return seconds.reduce((sum, { acceptedPerSecond }) => sum + acceptedPerSecond, 0) / seconds.length;
}
