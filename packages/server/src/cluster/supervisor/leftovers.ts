import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processEntry } from "../../platform/process-table.js";
import type { PartRole } from "./part.js";
import type { PartState } from "./supervisor.js";

/** An orderly end takes PostgreSQL a checkpoint; then it is killed. */
const END_MS_MAX = 20_000;
const POLL_MS = 50;

interface Recorded {
  readonly name: string;
  readonly role: PartRole;
  readonly pid: number;
  readonly startTicks: number;
}

/** Notes which processes run, so that the next start finds them when the supervisor was killed. */
export function recordProcesses(file: string, states: readonly PartState[]): void {
  const recorded: Recorded[] = states.flatMap(({ part: { name, role }, pid }) => {
    const entry = pid === undefined ? undefined : processEntry(pid);
    return entry === undefined ? [] : [{ name, role, pid: pid!, startTicks: entry.startTicks }];
  });
  writeFileSync(`${file}.new`, JSON.stringify(recorded));
  renameSync(`${file}.new`, file);
}

/**
 * Ends what a supervisor that was killed has left running, and answers the names. A process is ended only when both
 * its id and its time of start are those that were noted.
 */
export async function endLeftovers(file: string): Promise<string[]> {
  const left = read(file).filter(isRunning);
  for (const { pid, role } of left) signal(pid, role === "postgres" ? "SIGINT" : "SIGTERM");
  const untilMs = performance.now() + END_MS_MAX;
  while (left.some(isRunning) && performance.now() < untilMs) await sleep(POLL_MS);
  for (const recorded of left.filter(isRunning)) signal(recorded.pid, "SIGKILL");
  while (left.some(isRunning)) await sleep(POLL_MS);
  return left.map(({ name }) => name);
}

function isRunning({ pid, startTicks }: Recorded): boolean {
  return processEntry(pid)?.startTicks === startTicks;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function read(file: string): readonly Recorded[] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Recorded[];
  } catch {
    return [];
  }
}
