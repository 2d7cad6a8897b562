import { ResultEvent, WordBuffer } from "@buttonwood/protocol";
import type { JournalReader, JournalRow } from "../journal/port.js";

/**
 * Looks up the journaled groups of commands, one after the other. After a pause many clients repeat what they sent
 * before it, and one row holds all of it: it is read once. Read by each of them at once, it has kept a journal so busy
 * that they all gave up, repeated once more, and never got through.
 */
export class Groups {
  readonly #journal: JournalReader;
  /** The row that was read last. */
  #row: JournalRow | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(journal: JournalReader) {
    this.#journal = journal;
  }

  /** The journaled group of a command, or undefined when the sequence is not durable. */
  async find(sequence: number, durable: number): Promise<Uint8Array | undefined> {
    if (!(Number.isInteger(sequence) && sequence >= 1 && sequence <= durable)) return undefined;
    const found = this.#last.then(() => this.#read(sequence));
    this.#last = found.catch(() => undefined);
    return found;
  }

  async #read(sequence: number): Promise<Uint8Array | undefined> {
    if (this.#row === undefined || sequence < this.#row.firstSequence || sequence > this.#row.lastSequence) {
      this.#row = undefined;
      for await (const row of this.#journal.read(sequence)) {
        this.#row = row;
        break;
      }
      if (this.#row === undefined) return undefined;
    }
    const events = WordBuffer.from(this.#row.events);
    let at = 0;
    for (let i = this.#row.firstSequence; i < sequence; i++) {
      at += events.i32[at + ResultEvent.GROUP_WORDS]!;
    }
    return events.copy(at, at + events.i32[at + ResultEvent.GROUP_WORDS]!);
  }
}
