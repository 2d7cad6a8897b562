import type { Clock } from "../../platform/clock.js";
import {
  type AuditEntry,
  type AuditFacts,
  type AuditLog,
  ChainCheck,
  type ChainReport,
  chained,
  FIRST_PREVIOUS,
} from "./audit-log.js";

/** An audit log that ends with the process. */
export class MemoryAuditLog implements AuditLog {
  readonly #clock: Clock;
  readonly #entries: AuditEntry[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async append(facts: AuditFacts): Promise<AuditEntry> {
    const last = this.#entries.at(-1);
    const timeMs = Math.floor(this.#clock.nowUs() / 1000);
    const entry = chained(facts, this.#entries.length + 1, timeMs, last?.hash ?? FIRST_PREVIOUS);
    this.#entries.push(entry);
    return entry;
  }

  async latest(before: number | undefined, limit: number): Promise<readonly AuditEntry[]> {
    return this.#entries
      .filter(({ number }) => before === undefined || number < before)
      .slice(-limit)
      .reverse();
  }

  async check(): Promise<ChainReport> {
    const check = new ChainCheck();
    for (const entry of this.#entries) check.take(entry);
    return check.report();
  }

  async close(): Promise<void> {}
}
