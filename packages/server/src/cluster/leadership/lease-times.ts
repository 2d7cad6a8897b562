/** How long a leader may be silent. */
export interface LeaseTimes {
  /** A lease that was not renewed for this long, in ms on the store's clock, may be taken over. */
  readonly lapsedAfterMs: number;
  /**
   * The leader trusts its lease for this long after it sent a renewal, in ms on its own clock: less than
   * `lapsedAfterMs`, because two clocks do not run at the same speed.
   */
  readonly trustedMs: number;
  /** The leader renews when it has committed nothing for this long, in ms. */
  readonly renewEveryMs: number;
}

/** Two seconds: longer than any pause of a healthy process, and short enough that a dead one is soon replaced. */
export const LEASE_TIMES: LeaseTimes = { lapsedAfterMs: 2_000, trustedMs: 1_800, renewEveryMs: 500 };
