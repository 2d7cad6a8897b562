import type { Timers } from "../platform/timers.js";
import type { DeterministicCore } from "./deterministic-core.js";

/** What is waited for; see the engine's query `transferArrived`. */
interface Arrival {
  readonly fromPartition: number;
  readonly channelSequence: number;
  readonly waitMs: number;
}

interface Waiter extends Arrival {
  readonly resolve: (hasArrived: boolean) => void;
  readonly reject: (error: Error) => void;
  readonly stopTimer: () => void;
}

/** Longest wait, in ms: who asks may be gone, and would be waited for for ever. */
const WAIT_MS_MAX = 30_000;

/** Those who wait for transfers from other partitions. */
export class Arrivals {
  readonly #timers: Timers;
  readonly #waiting = new Set<Waiter>();
  #isEnded = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Resolves with yes once the core has the transfer, with no when the time is up or the engine closes. */
  wait(core: DeterministicCore, arrival: Arrival): Promise<boolean> {
    if (hasArrived(core, arrival)) return Promise.resolve(true);
    if (this.#isEnded || !(arrival.waitMs > 0)) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      const stopTimer = this.#timers.after(Math.min(arrival.waitMs, WAIT_MS_MAX), () => {
        this.#waiting.delete(waiter);
        resolve(false);
      });
      const waiter: Waiter = { ...arrival, resolve, reject, stopTimer };
      this.#waiting.add(waiter);
    });
  }

  /** Answers those whose transfer the core has; after every commit. */
  look(core: DeterministicCore): void {
    for (const waiter of this.#waiting) {
      if (!hasArrived(core, waiter)) continue;
      this.#leave(waiter);
      waiter.resolve(true);
    }
  }

  /** Answers all with no, or rejects them when the engine has failed. Nobody waits any more. */
  end(error?: Error): void {
    this.#isEnded = true;
    for (const waiter of this.#waiting) {
      this.#leave(waiter);
      if (error === undefined) waiter.resolve(false);
      else waiter.reject(error);
    }
  }

  #leave(waiter: Waiter): void {
    waiter.stopTimer();
    this.#waiting.delete(waiter);
  }
}

function hasArrived(core: DeterministicCore, { fromPartition, channelSequence }: Arrival): boolean {
  return core.received(fromPartition) >= channelSequence;
}
