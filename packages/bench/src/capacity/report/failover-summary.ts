import type { FailoverResult } from "../capacity-result.js";

/** Accepted orders count as recovered once a second takes this share of what it took before. */
const RECOVERED_SHARE = 0.9;

/** A failover in a few figures. */
export interface FailoverSummary {
  /** Accepted orders a second, on average, in the whole seconds before the kill; NaN without any. */
  readonly beforePerSecond: number;
  /** In the worst second from the kill on; NaN without any. */
  readonly lowestPerSecond: number;
  /** From the kill to the begin of the first second at nine tenths again; 0 without a dip, undefined when never back. */
  readonly recoveredAfterSeconds: number | undefined;
  readonly retried: number;
}

export function summarizeFailover(failover: FailoverResult): FailoverSummary {
  const { seconds, killedAtSecond } = failover;
  const before = seconds.filter(({ second }) => second + 1 <= killedAtSecond);
  const after = seconds.filter(({ second }) => second + 1 > killedAtSecond);
  const beforePerSecond =
    before.reduce((sum, { acceptedPerSecond }) => sum + acceptedPerSecond, 0) / before.length;
  const isBack = (perSecond: number): boolean => !(perSecond < beforePerSecond * RECOVERED_SHARE);
  const dip = after.findIndex(({ acceptedPerSecond }) => !isBack(acceptedPerSecond));
  const back = after.slice(Math.max(0, dip)).find(({ acceptedPerSecond }) => isBack(acceptedPerSecond));
  const lowest = Math.min(...after.map(({ acceptedPerSecond }) => acceptedPerSecond));
  return {
    beforePerSecond,
    lowestPerSecond: after.length > 0 ? lowest : Number.NaN,
    recoveredAfterSeconds:
      dip < 0 ? 0 : back === undefined ? undefined : Math.max(0, back.second - killedAtSecond),
    retried: seconds.reduce((sum, { retried }) => sum + retried, 0),
  };
}
