/**
 * The audit log: what operators did, each entry bound to the one before it by its hash, so that none can be changed or
 * taken out without being found. `docs/operating/console.md` says what is written when.
 */
import { createHash } from "node:crypto";

/**
 * ASKED stands before anything is done, and one of the others after it: an ASKED without one is an action during which
 * the process ended.
 */
export const AuditStage = {
  ASKED: "ASKED",
  DONE: "DONE",
  /** Nothing was changed. */
  REFUSED: "REFUSED",
  /** It may or may not have been done. */
  UNKNOWN: "UNKNOWN",
} as const;
export type AuditStage = (typeof AuditStage)[keyof typeof AuditStage];

/** What is told of an action. */
export interface AuditFacts {
  readonly stage: AuditStage;
  /** Of an outcome: the number of its ASKED; null for those, and for an attempt that was refused before that. */
  readonly of: number | null;
  /** A login of the console, or `system:USER` for the command line. */
  readonly who: string;
  /** The role that allowed it, or that was not enough. */
  readonly role: string;
  /** The address it came from, or `socket`. */
  readonly from: string;
  /** What was asked, e.g. `SET_MARKET_STATUS`. */
  readonly action: string;
  /** What exactly, as JSON without secrets; "" for an outcome. */
  readonly detail: string;
  /** In the operator's own words. */
  readonly reason: string;
  /** Of the journaled command; null when there was none. */
  readonly sequence: number | null;
  /** Of a refusal. */
  readonly code: string | null;
}

export interface AuditEntry extends AuditFacts {
  /** From 1, without a gap. */
  readonly number: number;
  /** ms since 1970. */
  readonly timeMs: number;
  /** Hash of the entry before it; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256 over all of the above, in hex. */
  readonly hash: string;
}

/** Where the log is kept: a file, or a table that may only be added to. */
export interface AuditLog {
  /** Resolves when the entry is durable. Rejects when it can't be written; then it is not in the log. */
  append(facts: AuditFacts): Promise<AuditEntry>;
  /** The newest first, with numbers below `before` (undefined: all); `limit` at most. */
  latest(before: number | undefined, limit: number): Promise<readonly AuditEntry[]>;
  /** Checks the whole log as it stands. */
  check(): Promise<ChainReport>;
  close(): Promise<void>;
}

/** What a check of the chain has found. */
export interface ChainReport {
  readonly entries: number;
  /**
   * Hash of the last entry that holds. The chain can't show that its end was cut off: whoever has noted an earlier head
   * sees that it is not in the log any more.
   */
  readonly head: string;
  /** What does not hold, with the entry's number; undefined when everything does. */
  readonly problem: string | undefined;
}

/** The hash that stands before the first entry. */
export const FIRST_PREVIOUS = "0".repeat(64);

/** Binds facts to the entry before. */
export function chained(facts: AuditFacts, number: number, timeMs: number, previous: string): AuditEntry {
  return {
    ...withoutHash({ ...facts, number, timeMs, previous }),
    hash: hashOf({ ...facts, number, timeMs, previous }),
  };
}

type Unhashed = Omit<AuditEntry, "hash">;

/** The fields in the order in which they are written. */
function withoutHash(entry: Unhashed): Unhashed {
  const { number, timeMs, stage, of, who, role, from, action, detail, reason, sequence, code, previous } =
    entry;
  return { number, timeMs, stage, of, who, role, from, action, detail, reason, sequence, code, previous };
}

function hashOf(entry: Unhashed): string {
  return createHash("sha256")
    .update(JSON.stringify(withoutHash(entry)))
    .digest("hex");
}

/** Checks entries one after the other. */
export class ChainCheck {
  #entries = 0;
  #head = FIRST_PREVIOUS;
  #problem: string | undefined;

  /** Takes the next entry as it was read; what follows a first problem is not judged. */
  take(entry: AuditEntry): void {
    if (this.#problem !== undefined) return;
    const number = this.#entries + 1;
    if (entry.number !== number) this.fail(`entry ${number} is missing: ${entry.number} stands in its place`);
    else if (entry.previous !== this.#head) this.fail(`entry ${number} does not follow the one before it`);
    else if (entry.hash !== hashOf(entry)) this.fail(`entry ${number} was changed: its hash is another`);
    else {
      this.#entries = number;
      this.#head = entry.hash;
    }
  }

  /** Ends the check with a problem that is not in the chain itself. */
  fail(problem: string): void {
    this.#problem ??= problem;
  }

  report(): ChainReport {
    return { entries: this.#entries, head: this.#head, problem: this.#problem };
  }
}
