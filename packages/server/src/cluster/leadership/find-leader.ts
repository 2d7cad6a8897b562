import type { Lease, LeaseReader } from "../../journal/lease.js";
import type { Timers } from "../../platform/timers.js";
import { LEASE_TIMES, type LeaseTimes } from "./lease-times.js";

export interface FindLeaderParts {
  readonly leases: LeaseReader;
  readonly timers: Timers;
  readonly times?: LeaseTimes;
}

/** Time between two looks at the lease while nobody leads, in ms. */
const POLL_MS = 40;

/** Looks at the lease before the caller is told that nobody leads: longer than a take-over, so that it seldom is. */
const POLLS_MAX = 125;

/**
 * Where a partition's leader takes commands; waits while nobody leads. A leader that has been silent for as long as
 * a lease lasts is not named: its process may be stopped and its socket still take connections. Rejects when nobody
 * leads for five seconds, or as the store does when it can't be asked.
 */
export async function findLeader({ leases, timers, times = LEASE_TIMES }: FindLeaderParts): Promise<string> {
  for (let poll = 1; ; poll++) {
    const lease = await leases.lease();
    if (leads(lease, times)) return lease.address;
    if (poll === POLLS_MAX) throw new Error(`nobody leads the partition: ${why(lease)}`);
    await new Promise<void>((resolve) => timers.after(POLL_MS, resolve));
  }
}

function leads({ epoch, isReleased, idleMs }: Lease, times: LeaseTimes): boolean {
  return epoch > 0 && !isReleased && idleMs < times.lapsedAfterMs;
}

function why({ epoch, owner, isReleased, successor, idleMs }: Lease): string {
  if (epoch === 0) return "no engine has ever led it";
  if (isReleased) {
    const heir = successor === "" ? "any engine" : successor;
    return `${owner} gave its lease (epoch ${epoch}) up to ${heir}, which has not taken it`;
  }
  return `${owner} (epoch ${epoch}) has been silent for ${Math.round(idleMs)} ms, and no other engine took over`;
}
