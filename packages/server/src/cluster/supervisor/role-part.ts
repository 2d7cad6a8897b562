import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { askRoleStatus } from "../role-control.js";
import type { Part, PartRole, RunningPart } from "./part.js";

/** Time between two questions to a role that is starting, in ms. */
const READY_POLL_MS = 50;
/** A role that recovers a long journal takes its time; one that hangs must not keep a start waiting for ever. */
const READY_MS_MAX = 300_000;
/** Roles give up an orderly end after eight seconds; one that is stuck is killed a little later. */
const STOP_MS_MAX = 12_000;
/** One that is not ready yet has nothing to bring to an end. */
const GIVE_UP_MS_MAX = 2_000;
/** How much of the end of a log is shown when a role ends before it was ready. */
const LOG_BYTES_SHOWN = 2_000;

export interface RolePartOptions {
  readonly name: string;
  readonly role: PartRole;
  readonly partition?: number;
  /** Program and arguments. Its standard input is open for as long as this process lives. */
  readonly command: readonly [file: string, ...args: string[]];
  readonly controlPath: string;
  readonly logFile: string;
}

/** A process of our own: started by its command, ready when its socket says so, ended by SIGTERM. */
export function rolePart(options: RolePartOptions): Part {
  return { ...options, start: (signal) => startRole(options, signal) };
}

async function startRole(options: RolePartOptions, signal: AbortSignal): Promise<RunningPart> {
  const [file, ...args] = options.command;
  const logFrom = sizeOf(options.logFile);
  const log = openSync(options.logFile, "a", 0o600);
  let child: ChildProcess;
  try {
    // A group of its own: what is typed at the terminal reaches the supervisor alone, which stops all in order.
    child = spawn(file, args, { stdio: ["pipe", log, log], detached: true });
    child.stdin!.on("error", () => {});
    await once(child, "spawn");
  } finally {
    closeSync(log);
  }
  let how: string | undefined;
  const ended = once(child, "exit").then(([code, killed]) => {
    how = killed === null ? `it ended with exit code ${code}` : `it was ended by ${killed}`;
    return how;
  });
  const stop = async (msMax: number): Promise<void> => {
    if (how !== undefined) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), msMax);
    await ended;
    clearTimeout(timer);
  };
  const untilMs = performance.now() + READY_MS_MAX;
  try {
    while (!(await isReady(options.controlPath, child.pid!))) {
      if (how !== undefined) throw new Error(`${how}.${endOf(options.logFile, logFrom)}`);
      if (performance.now() > untilMs) throw new Error(`it was not ready after ${READY_MS_MAX / 1000} s`);
      signal.throwIfAborted();
      await sleep(READY_POLL_MS);
    }
  } catch (error) {
    await stop(GIVE_UP_MS_MAX);
    throw error;
  }
  return { pid: child.pid!, ended, stop: () => stop(STOP_MS_MAX) };
}

/** Whether the process that answers is this one, and ready. */
async function isReady(controlPath: string, pid: number): Promise<boolean> {
  try {
    const status = await askRoleStatus(controlPath);
    return status.pid === pid && status.ready;
  } catch {
    return false;
  }
}

/** The last words of a role: from its error on if it told one, else the end of its log. */
function endOf(logFile: string, from: number): string {
  const text = readFileSync(logFile).subarray(from).toString().trimEnd();
  const error = text.lastIndexOf("\nerror: ");
  const shown =
    text.startsWith("error: ") && error < 0
      ? text
      : error < 0
        ? text.slice(-LOG_BYTES_SHOWN)
        : text.slice(error + 1);
  return shown === "" ? ` Its log (${logFile}) says nothing.` : ` Its log (${logFile}) says:\n${shown}`;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
