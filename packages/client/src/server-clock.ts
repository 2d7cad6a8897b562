/** The exchange's time, as well as it can be known here. */

/** How long an estimate is trusted, in ms: clocks drift by some ms an hour. */
const TRUSTED_MS = 10 * 60_000;

/** An estimate of the exchange's clock: this machine's, and how far it is off. Times are in ms since 1970. */
export class ServerClock {
  readonly #localMs: () => number;
  #offsetMs = 0;
  #uncertaintyMs = Number.POSITIVE_INFINITY;
  #setAtMs = Number.NEGATIVE_INFINITY;
  #setting: Promise<void> | undefined;

  /** `localMs` is this machine's clock. */
  constructor(localMs: () => number = Date.now) {
    this.#localMs = localMs;
  }

  /** How far the exchange's clock is ahead of this one, in ms; 0 until it was asked. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** The estimate is off by at most this, in ms; Infinity until the exchange was asked. */
  get uncertaintyMs(): number {
    return this.#uncertaintyMs;
  }

  get isSet(): boolean {
    return this.#localMs() - this.#setAtMs < TRUSTED_MS;
  }

  nowMs(): number {
    return Math.round(this.#localMs() + this.#offsetMs);
  }

  /**
   * Takes the exchange's time between `sentMs` and `receivedMs` of this machine. The estimate lies in the middle, and
   * half the way there and back is what it can be wrong by.
   */
  observe(serverMs: number, sentMs: number, receivedMs: number): void {
    const uncertaintyMs = (receivedMs - sentMs) / 2 + 1;
    if (this.isSet && uncertaintyMs > this.#uncertaintyMs) return;
    this.#offsetMs = serverMs + 0.5 - (sentMs + receivedMs) / 2;
    this.#uncertaintyMs = uncertaintyMs;
    this.#setAtMs = receivedMs;
  }

  /** Forgets the estimate, as after a refusal that says it is wrong. */
  unset(): void {
    this.#setAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Sets the clock by asking, unless it is set. Several callers at once ask once. */
  async ensure(ask: () => Promise<number>): Promise<void> {
    if (this.isSet) return;
    this.#setting ??= (async () => {
      try {
        const sentMs = this.#localMs();
        this.observe(await ask(), sentMs, this.#localMs());
      } finally {
        this.#setting = undefined;
      }
    })();
    await this.#setting;
  }
}
