/** What the exit code of every command means. */
export const ExitCode = {
  /** All that was asked for holds or was done. */
  OK: 0,
  /** A check failed, or the work could not be done. */
  FAILED: 1,
  /** The command line itself is wrong; nothing was done. */
  USAGE: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** An operator's error: what happened, what it means, what to do. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly meaning: string;
  readonly remedy: string;
  readonly exitCode: ExitCode;

  constructor(what: string, meaning: string, remedy: string, exitCode: ExitCode = ExitCode.FAILED) {
    super(what);
    this.meaning = meaning;
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}
