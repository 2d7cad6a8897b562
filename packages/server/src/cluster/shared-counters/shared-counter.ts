import type { Clock } from "../../platform/clock.js";
import type { WindowCounter } from "../../platform/window-counters.js";

/** What is counted of one key in one window. */
interface Count {
  readonly key: string;
  readonly window: number;
  /** Total over all gateways when it was last heard of. */
  known: number;
  /** Counted here and on its way. */
  sent: number;
  /** Counted here since. */
  gathered: number;
  /** Whether it is to be sent: also when it was only read, to learn what the others have counted. */
  hasChanged: boolean;
}

/** What a counter has to send of one window. */
export interface Gathered {
  readonly window: number;
  readonly amounts: readonly { readonly key: string; readonly amount: number }[];
  /** Takes the totals over all gateways, in the order of the amounts. */
  arrived(totals: readonly number[]): void;
  /** It may not have arrived: it will be sent again, so that it is counted twice rather than never. */
  failed(): void;
}

export interface SharedCounterParts {
  readonly name: string;
  /** Length of its windows in µs. */
  readonly lengthUs: number;
  readonly clock: Clock;
  /** By how much counts that have not arrived count. */
  readonly factor: () => number;
  /** There is something to send. */
  readonly onChange: () => void;
}

/** A counter's part in this gateway: knows totals, and gathers what is to be added to them. */
export class SharedCounter implements WindowCounter {
  readonly name: string;
  readonly lengthUs: number;
  readonly #parts: SharedCounterParts;
  readonly #counts = new Map<string, Count>();
  #changed: Count[] = [];
  #window = -1;

  constructor(parts: SharedCounterParts) {
    this.name = parts.name;
    this.lengthUs = parts.lengthUs;
    this.#parts = parts;
  }

  get hasChanged(): boolean {
    return this.#changed.length > 0;
  }

  add(key: string, amount: number): number {
    const count = this.#count(key);
    count.gathered += amount;
    return this.#total(count);
  }

  get(key: string): number {
    return this.#total(this.#count(key));
  }

  /** Takes what there is to send; undefined when there is nothing. */
  take(): Gathered | undefined {
    // What is left of a window that is over interests nobody.
    const counts = this.#changed.filter(({ window }) => window === this.#window);
    this.#changed = [];
    if (counts.length === 0) return undefined;
    for (const count of counts) {
      count.hasChanged = false;
      count.sent = count.gathered;
      count.gathered = 0;
    }
    return {
      window: this.#window,
      amounts: counts.map(({ key, sent }) => ({ key, amount: sent })),
      arrived: (totals) => {
        for (const [index, count] of counts.entries()) {
          count.known = totals[index]!;
          count.sent = 0;
          if (count.known >= 0 || count.window !== this.#window) continue;
          // More was taken away than there was. Gateways that see it at once may all give it back: stricter, not looser.
          count.gathered -= count.known;
          this.#change(count);
        }
      },
      failed: () => {
        for (const count of counts) {
          count.gathered += count.sent;
          count.sent = 0;
          this.#change(count);
        }
      },
    };
  }

  #count(key: string): Count {
    const window = Math.floor(this.#parts.clock.nowUs() / this.lengthUs);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.clear();
    }
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = { key, window, known: 0, sent: 0, gathered: 0, hasChanged: false };
      this.#counts.set(key, count);
    }
    this.#change(count);
    return count;
  }

  #change(count: Count): void {
    if (count.hasChanged) return;
    count.hasChanged = true;
    this.#changed.push(count);
    this.#parts.onChange();
  }

  #total({ known, sent, gathered }: Count): number {
    const own = sent + gathered;
    return Math.max(0, known + (own > 0 ? own * this.#parts.factor() : own));
  }
}
