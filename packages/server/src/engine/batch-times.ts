import type { BatchTimes } from "../transport/engine-port.js";

/** Batches that are remembered: who asks does so within moments of an answer. A power of two. */
const BATCHES = 1024;
const FIELDS = 5;

/** When the last batches began, were applied and were durable. Noting one costs a few stores, so it is always done. */
export class LastBatches {
  readonly #times = new Float64Array(BATCHES * FIELDS);
  #noted = 0;

  /** `beganUs`: µs since 1970; then how long the core took, and the commit, in ms. */
  note(
    firstSequence: number,
    lastSequence: number,
    beganUs: number,
    applyMs: number,
    commitMs: number,
  ): void {
    const at = (this.#noted++ & (BATCHES - 1)) * FIELDS;
    this.#times[at] = firstSequence;
    this.#times[at + 1] = lastSequence;
    this.#times[at + 2] = beganUs;
    this.#times[at + 3] = applyMs;
    this.#times[at + 4] = commitMs;
  }

  /** The batch that holds a sequence, if it is remembered. */
  find(sequence: number): BatchTimes | undefined {
    const oldest = Math.max(0, this.#noted - BATCHES);
    for (let batch = this.#noted - 1; batch >= oldest; batch--) {
      const at = (batch & (BATCHES - 1)) * FIELDS;
      const [firstSequence, lastSequence, beganUs, applyMs, commitMs] = this.#times.subarray(at, at + FIELDS);
      if (sequence > lastSequence!) return undefined;
      if (sequence < firstSequence!) continue;
      const appliedUs = beganUs! + Math.round(applyMs! * 1000);
      return {
        firstSequence: firstSequence!,
        lastSequence: lastSequence!,
        beganUs: beganUs!,
        appliedUs,
        committedUs: appliedUs + Math.round(commitMs! * 1000),
      };
    }
    return undefined;
  }
}
