/** The audit log as a file of the data folder, one JSON object a line, for an exchange of one process. */
import { existsSync, readFileSync } from "node:fs";
import { type FileHandle, open, truncate } from "node:fs/promises";
import { join } from "node:path";
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

export const AUDIT_FILE_NAME = "audit.jsonl";

/** Opens the log of a data folder, making it when there is none. A line that was cut off by a crash is taken out. */
export async function openFileAuditLog(dataFolder: string, clock: Clock): Promise<AuditLog> {
  const path = join(dataFolder, AUDIT_FILE_NAME);
  if (existsSync(path)) {
    // What was not written whole was not acknowledged.
    const bytes = readFileSync(path);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole < bytes.length) await truncate(path, whole);
  }
  const { entries } = readEntries(path);
  const file = await open(path, "a", 0o600);
  return new FileAuditLog(path, file, clock, entries);
}

/** Checks the log of a data folder, also while an exchange writes to it; undefined when there is none. */
export function checkFileAuditLog(dataFolder: string): ChainReport | undefined {
  const path = join(dataFolder, AUDIT_FILE_NAME);
  return existsSync(path) ? checkFile(path) : undefined;
}

function readEntries(path: string): { readonly entries: AuditEntry[]; readonly problem: string | undefined } {
  const entries: AuditEntry[] = [];
  if (!existsSync(path)) return { entries, problem: undefined };
  const lines = readFileSync(path, "utf8").split("\n");
  // A last line without an end is being written, or was cut off by a crash.
  lines.pop();
  for (const [index, line] of lines.entries()) {
    try {
      entries.push(JSON.parse(line) as AuditEntry);
    } catch {
      return { entries, problem: `line ${index + 1} of ${path} is no entry` };
    }
  }
  return { entries, problem: undefined };
}

function checkFile(path: string): ChainReport {
  const check = new ChainCheck();
  const { entries, problem } = readEntries(path);
  for (const entry of entries) check.take(entry);
  if (problem !== undefined) check.fail(problem);
  return check.report();
}

class FileAuditLog implements AuditLog {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #clock: Clock;
  readonly #entries: AuditEntry[];
  #writing: Promise<unknown> = Promise.resolve();
  #failed: Error | undefined;

  constructor(path: string, file: FileHandle, clock: Clock, entries: AuditEntry[]) {
    this.#path = path;
    this.#file = file;
    this.#clock = clock;
    this.#entries = entries;
  }

  append(facts: AuditFacts): Promise<AuditEntry> {
    const work = async (): Promise<AuditEntry> => {
      if (this.#failed !== undefined) throw this.#failed;
      const last = this.#entries.at(-1);
      const timeMs = Math.floor(this.#clock.nowUs() / 1000);
      const entry = chained(facts, (last?.number ?? 0) + 1, timeMs, last?.hash ?? FIRST_PREVIOUS);
      try {
        await this.#file.appendFile(`${JSON.stringify(entry)}\n`);
        await this.#file.datasync();
      } catch (error) {
        // A part of the line may stand in the file: another one behind it could not be read.
        this.#failed = error as Error;
        throw error;
      }
      this.#entries.push(entry);
      return entry;
    };
    const done = this.#writing.then(work, work);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async latest(before: number | undefined, limit: number): Promise<readonly AuditEntry[]> {
    const found: AuditEntry[] = [];
    for (let i = this.#entries.length - 1; i >= 0 && found.length < limit; i--) {
      if (before === undefined || this.#entries[i]!.number < before) found.push(this.#entries[i]!);
    }
    return found;
  }

  async check(): Promise<ChainReport> {
    await this.#writing;
    return checkFile(this.#path);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }
}
