/** One thing that was checked, in words for an operator. */
export interface VerifyCheck {
  /** What must hold. */
  readonly name: string;
  /** "passed", "failed", or "skipped" when an earlier failure leaves nothing to check it against. */
  readonly outcome: VerifyOutcome;
  /** How much was checked, or what is wrong: file, row, and what differs. */
  readonly detail: string;
}

export const VerifyOutcome = { PASSED: "passed", FAILED: "failed", SKIPPED: "skipped" } as const;
export type VerifyOutcome = (typeof VerifyOutcome)[keyof typeof VerifyOutcome];

/** What a whole verification came to. */
export interface VerifyReport {
  readonly dataFolder: string;
  /** Whether everything holds. */
  readonly ok: boolean;
  readonly rows: number;
  readonly commands: number;
  /** Last sequence verified. */
  readonly sequence: number;
  /** State digest there; "" when the replay did not get to the end. */
  readonly digest: string;
  readonly seconds: number;
  readonly checks: readonly VerifyCheck[];
}

/** Gathers checks in the order in which they are made. */
export class CheckList {
  readonly checks: VerifyCheck[] = [];
  readonly #subject: string;

  /** `subject` begins the name of each check: what it is about, where there are several. */
  constructor(subject = "") {
    this.#subject = subject;
  }

  passed(name: string, detail: string): void {
    this.checks.push({ name: this.#subject + name, outcome: VerifyOutcome.PASSED, detail });
  }

  failed(name: string, detail: string): void {
    this.checks.push({ name: this.#subject + name, outcome: VerifyOutcome.FAILED, detail });
  }

  skipped(name: string, detail: string): void {
    this.checks.push({ name: this.#subject + name, outcome: VerifyOutcome.SKIPPED, detail });
  }

  get ok(): boolean {
    return this.checks.every((check) => check.outcome === VerifyOutcome.PASSED);
  }
}
