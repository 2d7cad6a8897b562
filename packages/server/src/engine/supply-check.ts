import type { DeterministicCore } from "./deterministic-core.js";

/** How long an answer is given again, in ms: looking at every balance takes 8 to 20 ms where there are a million. */
const CHECKED_MS = 60_000;

/** Compares balances and supplies when somebody asks, once a minute at most. */
export class SupplyCheck {
  readonly #stopwatchMs: () => number;
  #difference = 0;
  #checkedAtMs = Number.NEGATIVE_INFINITY;

  constructor(stopwatchMs: () => number) {
    this.#stopwatchMs = stopwatchMs;
  }

  /** By how much they differ in smallest units, summed over the assets; 0, or funds were made or lost. */
  difference(core: Pick<DeterministicCore, "supplyDifference">): number {
    const nowMs = this.#stopwatchMs();
    if (nowMs - this.#checkedAtMs >= CHECKED_MS) {
      this.#checkedAtMs = nowMs;
      this.#difference = core.supplyDifference();
    }
    return this.#difference;
  }
}
