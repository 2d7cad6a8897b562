/** What a process of a local cluster is there for. */
export type PartRole = "postgres" | "redis" | "engine" | "projection" | "backend" | "nginx";

/** A process that the supervisor starts, watches, and starts again. */
export interface Part {
  /** Its name in the topology: what an operator calls it. */
  readonly name: string;
  readonly role: PartRole;
  /** The partition it works for, when it works for one. */
  readonly partition?: number;
  /** What it writes while it runs. */
  readonly logFile: string;
  /** Where it answers, when it is one of our own roles. */
  readonly controlPath?: string;
  /** Starts it; resolves when it is ready. When it rejects, nothing of it runs. */
  start(signal: AbortSignal): Promise<RunningPart>;
}

/** A part that was started. */
export interface RunningPart {
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason, with how it ended in a few words. */
  readonly ended: Promise<string>;
  /** Ends it in order; resolves when it has ended. */
  stop(): Promise<void>;
}
