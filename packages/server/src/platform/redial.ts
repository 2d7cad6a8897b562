import { systemTimers, type Timers } from "./timers.js";

/** First and longest wait between two attempts, in ms; a takeover must not be over long before it is noticed. */
const BACKOFF_MS_MIN = 20;
const BACKOFF_MS_MAX = 500;

/** A connection that has lasted this long, in ms, was a good one: the next attempt comes soon again. */
const GOOD_MS = 1_000;

/** A connection, as far as it is kept. */
export interface Closable {
  /** Closes it and tells the other side why. */
  close(reason: string): void;
}

export interface RedialerOptions<L extends Closable> {
  /** Finds where to connect, connects and says hello. */
  readonly dial: () => Promise<L>;
  /** A connection is there. Whoever uses it calls `onLost` once when it is over, whoever has ended it. */
  readonly onLink: (link: L, onLost: () => void) => void;
  /** An attempt has failed; the next one follows. */
  readonly onFailed?: ((error: Error) => void) | undefined;
  readonly timers?: Timers | undefined;
  /** 0 ≤ number < 1, for the jitter. */
  readonly random?: (() => number) | undefined;
}

/**
 * Keeps a connection: dials, and dials again when it is lost or never came. Waits twice as long after each failure,
 * and for a random part of that: when a server comes back, its clients do not come all at once.
 */
export class Redialer<L extends Closable> {
  readonly #options: RedialerOptions<L>;
  readonly #timers: Timers;
  readonly #random: () => number;
  #link: L | undefined;
  #backoffMs = BACKOFF_MS_MIN;
  #cancelTimer: () => void = () => {};
  #closed = false;

  constructor(options: RedialerOptions<L>) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    this.#random = options.random ?? Math.random;
    void this.#dial();
  }

  /** Closes the connection, if there is one, and dials no more. */
  close(reason: string): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#link?.close(reason);
  }

  async #dial(): Promise<void> {
    let link: L;
    try {
      link = await this.#options.dial();
    } catch (error) {
      if (this.#closed) return;
      this.#options.onFailed?.(error as Error);
      this.#later();
      return;
    }
    if (this.#closed) {
      link.close("the client has stopped");
      return;
    }
    this.#link = link;
    this.#cancelTimer = this.#timers.after(GOOD_MS, () => {
      this.#backoffMs = BACKOFF_MS_MIN;
    });
    this.#options.onLink(link, () => {
      this.#link = undefined;
      this.#cancelTimer();
      if (!this.#closed) this.#later();
    });
  }

  #later(): void {
    const waitMs = this.#backoffMs * (0.5 + 0.5 * this.#random());
    this.#backoffMs = Math.min(BACKOFF_MS_MAX, this.#backoffMs * 2);
    this.#cancelTimer = this.#timers.after(waitMs, () => void this.#dial());
  }
}
