import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { DamagedJournalError, type JournalTail } from "../port.js";
import { sameHash, shortHash } from "../row-hash.js";

const MAGIC = "BTWDMARK";
const BYTES = 56;

/**
 * Remembers, beside the journal, how far it reached. The database drops the end of its write-ahead log from the
 * first damaged frame on without a word; the mark makes that loss visible. It is written after each commit and
 * never synced, so it may lag behind after a loss of power, but is never ahead of what is durable.
 */
export class TailMark {
  readonly #path: string;
  readonly #bytes = new Uint8Array(BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#bytes.set(Buffer.from(MAGIC));
  }

  write(tail: JournalTail): void {
    this.#file ??= openSync(this.#path, existsSync(this.#path) ? "r+" : "w");
    this.#view.setFloat64(8, tail.sequence, true);
    this.#bytes.set(tail.hash, 16);
    this.#bytes.set(checksum(this.#bytes), 48);
    writeSync(this.#file, this.#bytes, 0, BYTES, 0);
  }

  /** The mark, or undefined when there is none. Throws {@link DamagedJournalError} when it is not readable. */
  read(): JournalTail | undefined {
    if (!existsSync(this.#path)) return undefined;
    const bytes = readFileSync(this.#path);
    if (bytes.byteLength === 0) return undefined;
    if (
      bytes.byteLength !== BYTES ||
      bytes.toString("latin1", 0, 8) !== MAGIC ||
      !sameHash(bytes.subarray(48), checksum(bytes))
    ) {
      throw new DamagedJournalError(
        `${this.#path}: the mark of the journal's end is damaged (${bytes.byteLength} bytes, checksum differs). ` +
          "The journal itself may be whole: move this file away and run `buttonwood verify`; if it ends at the sequence you expect, start again without the file.",
      );
    }
    return { sequence: bytes.readDoubleLE(8), hash: Uint8Array.from(bytes.subarray(16, 48)) };
  }

  /** Throws when the journal, which ends at `tail`, is shorter than the mark says. `place` names the journal. */
  static check(mark: JournalTail | undefined, tail: JournalTail, place: string): void {
    if (mark === undefined) return;
    if (tail.sequence < mark.sequence) {
      throw new DamagedJournalError(
        `${place}: the journal ends at sequence ${tail.sequence}, but sequence ${mark.sequence} was committed to it: ` +
          `${mark.sequence - tail.sequence} commands are missing at its end. Its -wal file was damaged, removed or not copied along. ` +
          "Restore the missing file or a whole copy of the folder; nothing was changed.",
      );
    }
    if (tail.sequence === mark.sequence && !sameHash(tail.hash, mark.hash)) {
      throw new DamagedJournalError(
        `${place}: the row that ends at sequence ${tail.sequence} has hash ${shortHash(tail.hash)}, but ${shortHash(mark.hash)} was committed`,
      );
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function checksum(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes.subarray(0, 48)).digest().subarray(0, 8);
}
