import { DeposedError, type JournalRow, type JournalStore, type JournalTail } from "../port.js";
import { RowCheck } from "../row-check.js";
import { NO_HASH } from "../row-hash.js";

/** What several stores over the same journal share: the rows and who may write. */
export interface MemoryJournalFile {
  epoch: number;
  readonly rows: JournalRow[];
}

/** A journal in memory: for tests and for exchanges that may forget. Nothing survives the process. */
export class MemoryJournal implements JournalStore {
  readonly #file: MemoryJournalFile;
  #epoch = 0;

  constructor(file: MemoryJournalFile = { epoch: 0, rows: [] }) {
    this.#file = file;
  }

  async acquire(_owner: string): Promise<{ readonly epoch: number; readonly tail: JournalTail }> {
    this.#epoch = ++this.#file.epoch;
    return { epoch: this.#epoch, tail: await this.tail() };
  }

  async append(row: JournalRow): Promise<void> {
    if (this.#epoch === 0 || this.#epoch !== this.#file.epoch || row.epoch !== this.#epoch) {
      throw new DeposedError(
        `epoch ${row.epoch} may no longer write: epoch ${this.#file.epoch} has taken over`,
      );
    }
    const sequence = this.#file.rows.at(-1)?.lastSequence ?? 0;
    if (row.firstSequence !== sequence + 1) {
      throw new DeposedError(`a row from sequence ${row.firstSequence} does not follow ${sequence}`);
    }
    // The writer uses its buffers again, so the journal keeps copies.
    this.#file.rows.push({
      ...row,
      previousHash: row.previousHash.slice(),
      hash: row.hash.slice(),
      commands: row.commands.slice(),
      events: row.events.slice(),
    });
  }

  async *read(fromSequence: number): AsyncIterable<JournalRow> {
    const check = new RowCheck("journal in memory");
    const { rows } = this.#file;
    for (let i = rowIndexOf(rows, fromSequence); i < rows.length; i++) {
      const row = rows[i]!;
      check.check(row);
      yield row;
    }
  }

  async tail(): Promise<JournalTail> {
    const last = this.#file.rows.at(-1);
    return last === undefined
      ? { sequence: 0, hash: NO_HASH }
      : { sequence: last.lastSequence, hash: last.hash };
  }

  async close(): Promise<void> {}
}

/** Index of the row that holds a sequence; 0 before the first, `rows.length` after the last. */
export function rowIndexOf(rows: readonly JournalRow[], sequence: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.lastSequence < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}
