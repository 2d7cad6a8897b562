import type { Supplies } from "../transport/engine-port.js";
import type { DeterministicCore } from "./deterministic-core.js";

/** How long an answer is given again, in ms: looking at every balance takes 8 to 20 ms where there are a million. */
const CHECKED_MS = 60_000;
/** The same of the sums by asset, in ms: operators look at them live, and orders must not wait for who looks. */
const SUMMED_MS = 5_000;

/** Compares balances and supplies when somebody asks: their difference once a minute at most, the sums every five seconds. */
export class SupplyCheck {
  readonly #stopwatchMs: () => number;
  #difference = 0;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #supplies: Supplies = { sequence: 0, assets: [] };
  #summedAtMs = Number.NEGATIVE_INFINITY;

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

  /** The sums by asset, with the sequence at which they were taken. */
  supplies(core: Pick<DeterministicCore, "supplies" | "sequence">): Supplies {
    const nowMs = this.#stopwatchMs();
    if (nowMs - this.#summedAtMs >= SUMMED_MS) {
      this.#summedAtMs = nowMs;
      this.#supplies = { sequence: core.sequence, assets: core.supplies() };
    }
    return this.#supplies;
  }
}
