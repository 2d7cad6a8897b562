import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fchownSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunAs } from "./run-as.js";

/** How a server's program is started. */
export interface ServerProcessOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly user: RunAs;
  /** Its standard output and error are appended here. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Its children would outlive it and go on without it: they are ended with it, however it ends. */
  readonly endsChildren?: boolean;
  /** In a process group of its own, which Ctrl-C at the terminal does not reach. */
  readonly detached?: boolean | undefined;
}

/** Time between two looks at a server that is starting, in ms. */
const READY_POLL_MS = 20;

/** Lines of the log that an error shows. */
const LOG_LINES = 12;

/** Servers end with the process that started them. */
const running = new Map<ChildProcess, () => void>();
process.on("exit", () => {
  for (const kill of running.values()) kill();
});

/** Ends what is left of a process and its children: it was started as the leader of a group of its own. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Nothing is left.
  }
}

/** A server's program, run by this process. It does not keep this process alive. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #logFile: string;
  readonly #logFrom: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<void>;
  #hasExited = false;

  private constructor(child: ChildProcess, options: ServerProcessOptions, logFrom: number) {
    const { file, logFile, endsChildren } = options;
    this.#child = child;
    this.#name = file.slice(file.lastIndexOf("/") + 1);
    this.#logFile = logFile;
    this.#logFrom = logFrom;
    running.set(child, () => (endsChildren ? killGroup(child.pid!) : child.kill("SIGKILL")));
    child.unref();
    this.exited = once(child, "exit").then(() => {
      if (endsChildren) killGroup(child.pid!);
      running.delete(child);
      this.#hasExited = true;
    });
  }

  /** Starts the program. Rejects when the operating system could not. */
  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const { file, args, user, logFile, env, endsChildren, detached } = options;
    const log = openSync(logFile, "a", 0o600);
    try {
      if (user.uid !== undefined && user.gid !== undefined) fchownSync(log, user.uid, user.gid);
      const logFrom = readFileSync(logFile).byteLength;
      const child = spawn(file, args, {
        ...user,
        cwd: "/",
        env: env ?? process.env,
        stdio: ["ignore", log, log],
        detached: detached === true || endsChildren === true,
      });
      await once(child, "spawn");
      return new ServerProcess(child, options, logFrom);
    } finally {
      closeSync(log);
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get isRunning(): boolean {
    return !this.#hasExited;
  }

  /** What it has written to its log since it was started. */
  log(): string {
    return readFileSync(this.#logFile).subarray(this.#logFrom).toString("utf8");
  }

  /** Resolves once `isReady` says so. Rejects, with the end of the log, when the process ends or takes too long. */
  async ready(isReady: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
    const untilMs = performance.now() + timeoutMs;
    while (!(await isReady())) {
      const late = performance.now() > untilMs;
      if (this.isRunning && !late) {
        await sleep(READY_POLL_MS);
        continue;
      }
      const log = this.log().trimEnd().split("\n").slice(-LOG_LINES).join("\n");
      await this.stop("SIGKILL", 0);
      throw new Error(
        `${this.#name} ${late ? `was not ready after ${timeoutMs} ms` : "did not start"}. Its log (${this.#logFile}) ends with:\n${log}`,
      );
    }
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end with a signal, kills it when it has not after a time, and resolves when it has ended. */
  async stop(signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
    if (!this.isRunning) return;
    this.#child.ref();
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), timeoutMs);
    await this.exited;
    clearTimeout(timer);
  }
}
