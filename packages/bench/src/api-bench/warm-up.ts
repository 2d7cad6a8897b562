/** How long one look at the untimed load takes, in s. */
export const WINDOW_SECONDS = 4;

/** More than this above the best window before counts as faster. */
const FASTER_BY = 1.05;

/** Windows in a row that are no faster than the best before, when a load is warm. */
const STEADY_WINDOWS = 2;

/** Tells when a load no longer becomes faster, as it does while the server's code is compiled. */
export class WarmUp {
  #best = 0;
  #steady = 0;

  /** Takes in how many were answered in a window. Returns whether the load is warm. */
  isWarmAfter(answers: number): boolean {
    if (answers > this.#best * FASTER_BY) this.#steady = 0;
    else this.#steady++;
    this.#best = Math.max(this.#best, answers);
    return this.#steady >= STEADY_WINDOWS;
  }
}
