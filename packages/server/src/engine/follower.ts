import { PartitionMapDiffersError } from "../journal/lease.js";
import {
  DamagedJournalError,
  type JournalRow,
  type JournalTail,
  type RowPartition,
} from "../journal/port.js";
import { sameHash, shortHash } from "../journal/row-hash.js";
import type { DeterministicCore } from "./deterministic-core.js";
import { Replay } from "./replay.js";

/** A core that follows a journal row by row, and nothing but the row that comes next. */
export class Follower {
  readonly core: DeterministicCore;
  readonly #partition: RowPartition | undefined;
  readonly #replay = new Replay();
  #hash: Uint8Array;

  /** `rowHash` is the hash of the row that the core stands at; `partition` is where rows must belong. */
  constructor(core: DeterministicCore, rowHash: Uint8Array, partition: RowPartition | undefined) {
    this.core = core;
    this.#hash = rowHash;
    this.#partition = partition;
  }

  /** The position reached. */
  get tail(): JournalTail {
    return { sequence: this.core.sequence, hash: this.#hash };
  }

  /**
   * Checks that a row follows. Throws DamagedJournalError when it was written after another row, and
   * PartitionMapDiffersError when it was written for another partition or under another map.
   */
  check(row: JournalRow): void {
    checkPartition(row, this.#partition);
    if (!sameHash(row.previousHash, this.#hash)) {
      throw new DamagedJournalError(
        `row ${row.firstSequence} was written after ${shortHash(row.previousHash)}, but follows ${shortHash(this.#hash)}`,
      );
    }
  }

  /** Applies the next row; throws as {@link check} does, and ReplayDiffersError when the core derives anything else. */
  apply(row: JournalRow): void {
    this.check(row);
    this.#replay.apply(this.core, row);
    this.#hash = Uint8Array.from(row.hash);
  }
}

function checkPartition(row: JournalRow, own: RowPartition | undefined): void {
  const written = row.partition;
  if (written?.number === own?.number && written?.mapHash === own?.mapHash) return;
  throw new PartitionMapDiffersError(
    `row ${row.firstSequence} was written for ${name(written)}, but this process serves ${name(own)}. ` +
      "Start it with the topology file that the journal was written with.",
  );
}

function name(partition: RowPartition | undefined): string {
  return partition === undefined
    ? "an exchange in one process"
    : `partition ${partition.number} of map ${partition.mapHash}`;
}
