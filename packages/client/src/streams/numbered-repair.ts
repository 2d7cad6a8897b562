/** A stream of messages with gapless numbers, made whole: what is missing is fetched and delivered in its place. */
import { type BackoffTimes, backoffMs, pause } from "../backoff.js";
import { ClientError } from "../errors.js";

/** What was just traded may not be in the history yet. */
const AGAIN_TIMES: BackoffTimes = { minMs: 20, maxMs: 1_000 };
/** Fetches of the same piece before it is given up: about ten seconds. */
const TRIES_MAX = 15;

export interface NumberedRepairParts<T> {
  readonly numberOf: (message: T) => number;
  /** Messages from a number on, in their order; how many is the source's. Undefined: nothing can be fetched. */
  readonly fetch: ((from: number) => Promise<readonly T[]>) | undefined;
  readonly deliver: (message: T) => void;
  /** A number is missing in a connection that goes on. */
  readonly onHole: (reason: string) => void;
  /** The stream goes on after a gap. */
  readonly onRepaired: (delivered: number, missing: number | undefined) => void;
}

export class NumberedRepair<T> {
  readonly #parts: NumberedRepairParts<T>;
  #last: number | undefined;
  /** Messages that came while what is before them is fetched; undefined when nothing is. */
  #held: T[] | undefined;
  /** The connection was made anew while a piece was being fetched: what it has missed is to be fetched too. */
  #isStale = false;

  constructor(parts: NumberedRepairParts<T>) {
    this.#parts = parts;
  }

  take(message: T): void {
    const { numberOf, deliver, onHole } = this.#parts;
    if (this.#held !== undefined) {
      this.#held.push(message);
      return;
    }
    const number = numberOf(message);
    if (this.#last !== undefined && number <= this.#last) return;
    if (this.#last !== undefined && number > this.#last + 1) {
      onHole(`${this.#last + 1} is missing: ${number} came`);
      this.#repair([message]);
      return;
    }
    this.#last = number;
    deliver(message);
  }

  /** The connection is there again: whatever came meanwhile is fetched. */
  again(): void {
    if (this.#held === undefined) this.#repair([]);
    else this.#isStale = true;
  }

  #repair(held: T[]): void {
    this.#held = held;
    void this.#fetchAll();
  }

  async #fetchAll(): Promise<void> {
    let delivered = 0;
    do {
      this.#isStale = false;
      delivered += await this.#fetchMissing();
    } while (this.#isStale);
    const isKnown = this.#last !== undefined;
    const held = this.#held!.sort((a, b) => this.#parts.numberOf(a) - this.#parts.numberOf(b));
    this.#held = undefined;
    let missing = 0;
    for (const message of held) {
      const number = this.#parts.numberOf(message);
      if (this.#last !== undefined && number <= this.#last) continue;
      if (this.#last !== undefined) missing += number - this.#last - 1;
      this.#last = number;
      this.#parts.deliver(message);
    }
    const nobodyKnows = !isKnown || (this.#parts.fetch === undefined && held.length === 0);
    this.#parts.onRepaired(delivered, nobodyKnows ? undefined : missing);
  }

  /** Fetches and delivers until what is held follows, or nothing is left to fetch. Resolves to how many. */
  async #fetchMissing(): Promise<number> {
    const { numberOf, fetch, deliver } = this.#parts;
    let delivered = 0;
    for (let tries = 0; this.#last !== undefined && fetch !== undefined && tries < TRIES_MAX; ) {
      const before: number = this.#last;
      let fetched: readonly T[] | undefined;
      try {
        fetched = await fetch(before + 1);
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        // It is asked again; when it never answers, the end of the gap says how many are missing.
      }
      for (const message of fetched ?? []) {
        // Whatever comes by both ways is delivered once.
        if (numberOf(message) !== this.#last + 1) continue;
        this.#last++;
        delivered++;
        deliver(message);
      }
      const next = this.#held!.find((message) => numberOf(message) > this.#last!);
      const isJoined = next !== undefined && numberOf(next) === this.#last + 1;
      const isAtEnd = next === undefined && fetched?.length === 0;
      if (isJoined || isAtEnd) break;
      if (this.#last > before) tries = 0;
      else await pause(backoffMs(AGAIN_TIMES, tries++));
    }
    return delivered;
  }
}
