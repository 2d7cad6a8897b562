import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DamagedJournalError, SNAPSHOTS_KEPT, type Snapshot, type SnapshotStore } from "../port.js";
import { checkSnapshot, parseSnapshot, snapshotHeader } from "./snapshot-file.js";

/** Name of the folder of snapshots inside a data folder. */
export const SNAPSHOT_FOLDER = "snapshots";

/** A snapshot is read back in pieces of this size. */
const READ_BYTES = 4 * 1024 * 1024;

/** A snapshot that is being written. */
const TEMPORARY = /^\d{16}\.snapshot\.tmp$/;

/**
 * A snapshot is on disk in pieces of this size, one after the other: a commit of the journal on the same disk waits
 * for one of them at most, and not for the whole state.
 */
const WRITE_BYTES = 8 * 1024 * 1024;

/**
 * Snapshots as files. Each is written under a temporary name, synced, renamed, and its folder synced, so that a
 * file with a final name is whole. Everything is synchronous: `save` belongs in a thread of its own.
 */
export class FileSnapshotStore implements SnapshotStore {
  readonly #folder: string;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, SNAPSHOT_FOLDER);
  }

  async save(snapshot: Snapshot): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    // Left by a process that was killed while it wrote: each is as large as the whole state.
    for (const entry of readdirSync(this.#folder)) {
      if (TEMPORARY.test(entry)) rmSync(join(this.#folder, entry), { force: true });
    }
    const path = join(this.#folder, fileName(snapshot.sequence));
    const temporary = `${path}.tmp`;
    try {
      writeFile(temporary, snapshot);
    } catch (error) {
      // On a full disk, the journal needs what this takes.
      rmSync(temporary, { force: true });
      throw error;
    }
    renameSync(temporary, path);
    const folder = openSync(this.#folder, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
    // What was just written is read back before anything older goes.
    checkSnapshot(path, piecesOf(path));
    for (const { name } of (await this.list()).slice(SNAPSHOTS_KEPT)) rmSync(name, { force: true });
  }

  async list(): Promise<readonly { readonly sequence: number; readonly name: string }[]> {
    if (!existsSync(this.#folder)) return [];
    const found: { sequence: number; name: string }[] = [];
    for (const entry of readdirSync(this.#folder)) {
      const match = /^(\d{16})\.snapshot$/.exec(entry);
      if (match !== null) found.push({ sequence: Number(match[1]), name: join(this.#folder, entry) });
    }
    return found.sort((a, b) => b.sequence - a.sequence);
  }

  async load(sequence: number): Promise<Snapshot> {
    const path = join(this.#folder, fileName(sequence));
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      throw new DamagedJournalError(`${path}: can't be read (${String(error)})`);
    }
    const snapshot = parseSnapshot(path, bytes);
    if (snapshot.sequence !== sequence) {
      throw new DamagedJournalError(
        `${path}: holds sequence ${snapshot.sequence}, not the one it is named after`,
      );
    }
    return snapshot;
  }
}

function fileName(sequence: number): string {
  return `${String(sequence).padStart(16, "0")}.snapshot`;
}

function* piecesOf(path: string): Iterable<Uint8Array> {
  const piece = new Uint8Array(READ_BYTES);
  const file = openSync(path, "r");
  try {
    for (;;) {
      const bytes = readSync(file, piece);
      if (bytes === 0) return;
      yield piece.subarray(0, bytes);
    }
  } finally {
    closeSync(file);
  }
}

function writeFile(path: string, snapshot: Snapshot): void {
  const file = openSync(path, "w");
  try {
    writeSynced(file, snapshotHeader(snapshot));
    writeSynced(file, snapshot.state);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeSynced(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) {
    at += writeSync(file, bytes, at, Math.min(WRITE_BYTES, bytes.byteLength - at));
    fdatasyncSync(file);
  }
}
