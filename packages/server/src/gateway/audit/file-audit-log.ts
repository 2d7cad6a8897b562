/** The audit log as a file of the data folder, one JSON object a line, for an exchange of one process. */
import { createReadStream, existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
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

/** Of the log's end so many bytes are read at the start, and so many entries kept in memory. */
const TAIL_BYTES = 4 * 1024 * 1024;
const KEPT_MAX = 2_000;

/** Opens the log of a data folder, making it when there is none. A line that was cut off by a crash is taken out. */
export async function openFileAuditLog(dataFolder: string, clock: Clock): Promise<AuditLog> {
  const path = join(dataFolder, AUDIT_FILE_NAME);
  const file = await open(path, "a+", 0o600);
  const { size } = await file.stat();
  const start = Math.max(0, size - TAIL_BYTES);
  const tail = Buffer.alloc(size - start);
  await file.read(tail, 0, tail.length, start);
  // What was not written whole was not acknowledged.
  const whole = tail.lastIndexOf(NEW_LINE) + 1;
  if (whole < tail.length) await file.truncate(start + whole);
  const lines = tail
    .subarray(0, whole)
    .toString()
    .split("\n")
    .slice(start === 0 ? 0 : 1, -1);
  return new FileAuditLog(path, file, clock, lines.slice(-KEPT_MAX).flatMap(readableEntry));
}

/** Checks the log of a data folder, also while an exchange writes to it; undefined when there is none. */
export async function checkFileAuditLog(dataFolder: string): Promise<ChainReport | undefined> {
  const path = join(dataFolder, AUDIT_FILE_NAME);
  return existsSync(path) ? checkFile(path) : undefined;
}

const NEW_LINE = 0x0a;

/** What is no entry is passed over here: the check names it. */
function readableEntry(line: string): AuditEntry[] {
  try {
    return [JSON.parse(line) as AuditEntry];
  } catch {
    return [];
  }
}

/** The lines of a file that are whole: the last one may be being written. */
async function* wholeLines(path: string): AsyncIterable<string> {
  let rest = "";
  for await (const chunk of createReadStream(path, "utf8")) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

async function checkFile(path: string): Promise<ChainReport> {
  const check = new ChainCheck();
  let number = 0;
  for await (const line of wholeLines(path)) {
    number++;
    const [entry] = readableEntry(line);
    if (entry === undefined) check.fail(`line ${number} of ${path} is no entry`);
    else check.take(entry);
  }
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
      if (this.#entries.length > 2 * KEPT_MAX) this.#entries.splice(0, KEPT_MAX);
      return entry;
    };
    const done = this.#writing.then(work, work);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async latest(before: number | undefined, limit: number): Promise<readonly AuditEntry[]> {
    const isWanted = ({ number }: AuditEntry): boolean => before === undefined || number < before;
    const kept = this.#entries.filter(isWanted).slice(-limit);
    if (kept.length === limit || (this.#entries[0]?.number ?? 1) === 1) return kept.reverse();
    const older: AuditEntry[] = [];
    for await (const line of wholeLines(this.#path)) {
      older.push(...readableEntry(line).filter(isWanted));
      if (older.length > limit) older.shift();
    }
    return older.reverse();
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
