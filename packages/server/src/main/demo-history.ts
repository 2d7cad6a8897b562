/** A day of trading before an exchange opens for the first time, so that its charts have something to show. */
import type { LaggingClock } from "./lagging-clock.js";

/** How much of it there is. */
export const DEMO_HISTORY_US = 24 * 3600 * 1_000_000;

/** Between two visits of a market, in µs: a candle of a minute has some. */
const VISIT_US = 20 * 1_000_000;
/** All visits of this time are one batch of the journal: it costs one commit. The last hours are finer. */
const STEP_US = 60 * 1_000_000;
const FINE_STEP_US = 20 * 1_000_000;
const FINE_US = 2 * 3600 * 1_000_000;
/** Share of the steps for all that lies before, when not all can be afforded: charts open on the last hours. */
const EARLIER_SHARE = 0.4;

/** Of one step: what a coarse one leaves out nobody will miss. */
const VISITS_MAX = 12;

/** What a person who waits for the demo should not wait longer for, in ms: a slow disk gets coarser steps. */
const BUDGET_MS = 10_000;

/**
 * Lets the engine's clock, which must be behind, run up to the machine's in steps. `trade` is called for each of them
 * with the time between two visits, in s, and how many there are; it resolves when what it sent is durable.
 */
export async function makeHistory(
  clock: LaggingClock,
  trade: (visitSeconds: number, visits: number) => Promise<void>,
): Promise<void> {
  const startedMs = performance.now();
  for (let steps = 0; clock.behindUs > 0; steps++) {
    const spentMs = performance.now() - startedMs;
    const affordable = steps === 0 ? Number.POSITIVE_INFINITY : (BUDGET_MS - spentMs) / (spentMs / steps);
    const earlierUs = clock.behindUs - FINE_US;
    const stepUs =
      earlierUs > 0
        ? Math.max(STEP_US, earlierUs / Math.max(1, affordable * EARLIER_SHARE))
        : Math.max(FINE_STEP_US, clock.behindUs / Math.max(1, affordable));
    clock.behindUs = Math.max(0, clock.behindUs - stepUs);
    await trade(VISIT_US / 1_000_000, Math.max(1, Math.min(VISITS_MAX, Math.round(stepUs / VISIT_US))));
  }
}
