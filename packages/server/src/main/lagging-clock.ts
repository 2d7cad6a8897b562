import { type Clock, systemClock } from "../platform/clock.js";

/** A clock that may be behind the machine's: the same in all threads that are given its memory. */
export class LaggingClock implements Clock {
  readonly #behindUs: BigInt64Array;

  /** `memory`: of another thread's clock. */
  constructor(readonly memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)) {
    this.#behindUs = new BigInt64Array(memory);
  }

  nowUs(): number {
    return systemClock.nowUs() - this.behindUs;
  }

  get behindUs(): number {
    return Number(Atomics.load(this.#behindUs, 0));
  }

  /** Sets how far it is behind, in whole µs. */
  set behindUs(us: number) {
    Atomics.store(this.#behindUs, 0, BigInt(Math.round(us)));
  }
}
