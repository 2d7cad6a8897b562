/**
 * When orders are due in an open loop: evenly spaced, fixed beforehand, whatever becomes of the earlier ones. Times are
 * in ms of one stopwatch.
 */
export class ArrivalSchedule {
  readonly #everyMs: number;
  #beginMs = 0;
  #endMs = Number.POSITIVE_INFINITY;
  #taken = 0;

  /** `ratePerSecond`: greater than 0. */
  constructor(ratePerSecond: number) {
    this.#everyMs = 1000 / ratePerSecond;
  }

  /** The first order is due at `nowMs`. */
  begin(nowMs: number): void {
    this.#beginMs = nowMs;
  }

  /** No order is due at `ms` or later. */
  end(ms: number): void {
    this.#endMs = ms;
  }

  /** Takes the oldest order that is due; undefined when none is. Returns the moment at which it was. */
  take(nowMs: number): number | undefined {
    const dueMs = this.#beginMs + this.#taken * this.#everyMs;
    if (dueMs > nowMs || dueMs >= this.#endMs) return undefined;
    this.#taken++;
    return dueMs;
  }

  /** Orders that are due and were not taken. */
  waiting(nowMs: number): number {
    const untilMs = Math.min(nowMs, this.#endMs);
    return Math.max(0, Math.ceil((untilMs - this.#beginMs) / this.#everyMs) - this.#taken);
  }
}
