import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import type { CoreConfig } from "@buttonwood/core";
import type { JournalRow } from "../../journal/port.js";
import { NO_HASH } from "../../journal/row-hash.js";

/** A journal as one version of the program has written it, and the capacities that its core had. */
export interface Recording {
  readonly capacity: Partial<CoreConfig>;
  readonly rows: readonly JournalRow[];
}

interface Line {
  readonly epoch: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly hash: string;
  readonly digest: string;
  readonly commands: string;
  readonly events: string;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

/** Writes a recording: a line of JSON with the capacities, then one per row, compressed. */
export function writeRecording(file: string, { capacity, rows }: Recording): void {
  const lines = rows.map(({ epoch, firstSequence, lastSequence, hash, digest, commands, events }): Line => {
    const bytes = { hash: base64(hash), commands: base64(commands), events: base64(events) };
    return { epoch, firstSequence, lastSequence, digest, ...bytes };
  });
  const text = [capacity, ...lines].map((line) => JSON.stringify(line)).join("\n");
  writeFileSync(file, gzipSync(text, { level: 9 }));
}

/** Reads what {@link writeRecording} wrote. */
export function readRecording(file: string): Recording {
  const [first, ...lines] = gunzipSync(readFileSync(file)).toString().split("\n");
  let previousHash = NO_HASH;
  const rows = lines.map((text): JournalRow => {
    const { hash, commands, events, ...rest } = JSON.parse(text) as Line;
    const row = {
      ...rest,
      previousHash,
      hash: bytesOf(hash),
      commands: bytesOf(commands),
      events: bytesOf(events),
    };
    previousHash = row.hash;
    return row;
  });
  return { capacity: JSON.parse(first!) as Partial<CoreConfig>, rows };
}
