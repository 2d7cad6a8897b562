import type { LeasedJournal } from "../../journal/lease.js";
import type { JournalReader, JournalRow, JournalStore, JournalTail } from "../../journal/port.js";
import type { Timers } from "../../platform/timers.js";
import { LEASE_TIMES, type LeaseTimes } from "./lease-times.js";

export interface HeldLeaseParts {
  /** The store through which the partition was taken over. */
  readonly journal: LeasedJournal;
  readonly timers: Timers;
  /** Time that only goes forward, in ms. */
  readonly stopwatchMs: () => number;
  readonly times?: LeaseTimes;
  /** When the take-over was sent, by `stopwatchMs`. */
  readonly takenAtMs: number;
  /** The lease is no longer ours, or the store failed: the leader must stop at once. Called once. */
  readonly onLost: (error: Error) => void;
}

/**
 * The leader's lease, and the journal that it writes under it. Every commit renews the lease; when there is none,
 * this renews it. It also knows for how long nobody else can have taken over: from before a renewal was *sent*, so
 * that a process that was stopped between sending and hearing does not trust it too long.
 */
export class HeldLease implements JournalStore {
  readonly #parts: HeldLeaseParts;
  readonly #times: LeaseTimes;
  readonly read: JournalReader["read"];
  #renewedAtMs: number;
  /** Commits and renewals under way. */
  #underWay = 0;
  #confirming: Promise<void> | undefined;
  #cancelTimer: () => void = () => {};
  #ended = false;

  constructor(parts: HeldLeaseParts) {
    this.#parts = parts;
    this.#times = parts.times ?? LEASE_TIMES;
    this.#renewedAtMs = parts.takenAtMs;
    this.read = (fromSequence) => parts.journal.read(fromSequence);
    this.#watch();
  }

  /** Whether nobody else can lead now. False does not mean that somebody does: {@link confirm}. */
  isHeld(): boolean {
    return !this.#ended && this.#parts.stopwatchMs() - this.#renewedAtMs < this.#times.trustedMs;
  }

  /** Renews now. Resolves when the lease was ours meanwhile, rejects when it is lost. */
  confirm(): Promise<void> {
    this.#confirming ??= this.#renewing(() => this.#parts.journal.renew()).finally(() => {
      this.#confirming = undefined;
    });
    return this.#confirming;
  }

  /** Gives the lease up to a successor ("" = anyone). Nothing may be appended any more. */
  async release(successor: string): Promise<void> {
    this.#end();
    await this.#parts.journal.release(successor);
  }

  append(row: JournalRow): Promise<void> {
    return this.#renewing(() => this.#parts.journal.append(row));
  }

  tail(): Promise<JournalTail> {
    return this.#parts.journal.tail();
  }

  acquire(): Promise<never> {
    return Promise.reject(new Error("the lease is held: it is taken by takeOver, before"));
  }

  /** Renews no more; the store stays open. The lease lapses unless it was released. */
  async close(): Promise<void> {
    this.#end();
  }

  async #renewing(commit: () => Promise<void>): Promise<void> {
    const sentMs = this.#parts.stopwatchMs();
    this.#underWay++;
    try {
      await commit();
      this.#renewedAtMs = Math.max(this.#renewedAtMs, sentMs);
    } catch (error) {
      this.#lose(error as Error);
      throw error;
    } finally {
      this.#underWay--;
    }
  }

  #watch(): void {
    const { renewEveryMs } = this.#times;
    const idleMs = this.#parts.stopwatchMs() - this.#renewedAtMs;
    const waitMs = this.#underWay > 0 ? renewEveryMs : Math.max(0, renewEveryMs - idleMs);
    this.#cancelTimer = this.#parts.timers.after(waitMs, () => {
      const isDue = this.#parts.stopwatchMs() - this.#renewedAtMs >= renewEveryMs;
      // What is under way renews it, however long it takes: the store does one after the other.
      if (isDue && this.#underWay === 0) {
        void this.confirm().then(
          () => this.#ended || this.#watch(),
          () => {},
        );
      } else this.#watch();
    });
  }

  #lose(error: Error): void {
    if (this.#ended) return;
    this.#end();
    this.#parts.onLost(error);
  }

  #end(): void {
    this.#ended = true;
    this.#cancelTimer();
  }
}
