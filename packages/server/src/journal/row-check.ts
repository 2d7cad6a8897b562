import { DamagedJournalError, type JournalRow } from "./port.js";
import { NO_HASH, rowHash, sameHash, shortHash } from "./row-hash.js";

/**
 * Checks rows as they are read, in order: own hash, link to the row before, gapless sequences, epochs that never
 * fall. Every adapter reads through it, so that damage is named the same way everywhere.
 */
export class RowCheck {
  readonly #place: string;
  #previous: { readonly hash: Uint8Array; readonly lastSequence: number; readonly epoch: number } | undefined;

  /** `place` names the journal in messages, e.g. its file. */
  constructor(place: string) {
    this.#place = place;
  }

  /** Throws {@link DamagedJournalError} when the row is not what was written after the row before. */
  check(row: JournalRow): void {
    const name = `${this.#place}, row ${row.firstSequence}`;
    const previous = this.#previous;
    if (previous === undefined) {
      if (row.firstSequence === 1 && !sameHash(row.previousHash, NO_HASH)) {
        throw new DamagedJournalError(
          `${name}: it is the first row, but names ${shortHash(row.previousHash)} before it`,
        );
      }
    } else {
      if (row.firstSequence !== previous.lastSequence + 1) {
        throw new DamagedJournalError(
          `${name}: the row before ends at sequence ${previous.lastSequence}, so this one must begin at ${previous.lastSequence + 1}`,
        );
      }
      if (!sameHash(row.previousHash, previous.hash)) {
        throw new DamagedJournalError(
          `${name}: the hash of the row before is ${shortHash(previous.hash)}, but this row was written after ${shortHash(row.previousHash)}`,
        );
      }
      if (row.epoch < previous.epoch) {
        throw new DamagedJournalError(
          `${name}: epoch ${row.epoch} after epoch ${previous.epoch}; epochs never fall`,
        );
      }
    }
    if (row.lastSequence < row.firstSequence) {
      throw new DamagedJournalError(`${name}: ends at sequence ${row.lastSequence}, before it begins`);
    }
    const hash = rowHash(row);
    if (!sameHash(hash, row.hash)) {
      throw new DamagedJournalError(
        `${name}: its content hashes to ${shortHash(hash)}, but ${shortHash(row.hash)} was written`,
      );
    }
    this.#previous = row;
  }
}
