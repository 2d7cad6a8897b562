import {
  DamagedJournalError,
  type JournalReader,
  type JournalTail,
  type RowPartition,
  type Snapshot,
  type SnapshotStore,
} from "../journal/port.js";
import { NO_HASH, sameHash, shortHash } from "../journal/row-hash.js";
import type { CoreFactory, DeterministicCore } from "./deterministic-core.js";
import { Follower } from "./follower.js";

export interface RecoveryParts {
  readonly journal: JournalReader;
  /** A faster way to the rows to replay than `journal.read`; for a short tail that is still the fastest. */
  readonly readRows?: JournalReader["read"] | undefined;
  readonly snapshots: SnapshotStore;
  readonly cores: CoreFactory;
  /** Where every row must belong; undefined for the exchange in one process. */
  readonly partition?: RowPartition | undefined;
  /** Says which snapshot was passed over, and why. */
  readonly onDamagedSnapshot: (error: Error) => void;
  /** Called after rows were replayed. */
  readonly onProgress?: ((progress: RecoveryProgress) => void) | undefined;
}

/** How far recovery is. */
export interface RecoveryProgress {
  /** Sequence reached. */
  readonly sequence: number;
  /** Sequence at which recovery will be complete. */
  readonly target: number;
  /** Sequence of the snapshot that recovery began from; 0 = from the first row. */
  readonly snapshotSequence: number;
}

export interface Recovered {
  readonly core: DeterministicCore;
  readonly tail: JournalTail;
  readonly snapshotSequence: number;
}

/** Commands from which a tail is long. */
const LONG_TAIL_COMMANDS = 20_000;

/** Rows between two calls of the progress callback. */
const PROGRESS_ROWS = 256;

/**
 * Brings a core to the journal's end: the newest snapshot that is whole and belongs to this journal, then every
 * row after it, each event and digest compared with what was written. Without a usable snapshot it replays
 * everything. Throws DamagedJournalError, ReplayDiffersError or PartitionMapDiffersError; nothing is ever skipped.
 */
export async function recover(parts: RecoveryParts): Promise<Recovered> {
  const target = (await parts.journal.tail()).sequence;
  const start = await newestSnapshot(parts, target);
  const core = start === undefined ? parts.cores.create() : start.core;
  const snapshotSequence = start?.snapshot.sequence ?? 0;
  const follower = new Follower(core, start?.snapshot.rowHash ?? NO_HASH, parts.partition);
  let rows = 0;
  const from = snapshotSequence + 1;
  const isLong = target - from > LONG_TAIL_COMMANDS;
  const tail = isLong && parts.readRows !== undefined ? parts.readRows(from) : parts.journal.read(from);
  for await (const row of tail) {
    follower.apply(row);
    if (++rows % PROGRESS_ROWS === 0) {
      parts.onProgress?.({ sequence: core.sequence, target, snapshotSequence });
    }
  }
  if (core.sequence < target) {
    throw new DamagedJournalError(
      `the journal ends at sequence ${target}, but only ${core.sequence} could be read`,
    );
  }
  parts.onProgress?.({ sequence: core.sequence, target, snapshotSequence });
  core.events.clear();
  return { core, tail: follower.tail, snapshotSequence };
}

async function newestSnapshot(
  parts: RecoveryParts,
  target: number,
): Promise<{ readonly snapshot: Snapshot; readonly core: DeterministicCore } | undefined> {
  for (const { sequence, name } of await parts.snapshots.list()) {
    if (sequence > target) {
      throw new DamagedJournalError(
        `${name}: was taken at sequence ${sequence}, but the journal ends at ${target}: commands are missing at its end`,
      );
    }
    let snapshot: Snapshot;
    try {
      snapshot = await parts.snapshots.load(sequence);
    } catch (error) {
      if (!(error instanceof DamagedJournalError)) throw error;
      parts.onDamagedSnapshot(error);
      continue;
    }
    const restored = (await foreign(parts.journal, snapshot)) ?? restore(parts.cores, snapshot);
    if (typeof restored !== "string") return { snapshot, core: restored };
    parts.onDamagedSnapshot(new DamagedJournalError(`${name}: ${restored}`));
  }
  return undefined;
}

/** Why a snapshot does not belong to this journal, or undefined. */
async function foreign(journal: JournalReader, snapshot: Snapshot): Promise<string | undefined> {
  for await (const row of journal.read(snapshot.sequence)) {
    return row.lastSequence === snapshot.sequence && sameHash(row.hash, snapshot.rowHash)
      ? undefined
      : `belongs to a row with hash ${shortHash(snapshot.rowHash)} that ends at sequence ${snapshot.sequence}; ` +
          `the journal's row ${row.firstSequence} ends at ${row.lastSequence} and has ${shortHash(row.hash)}`;
  }
  return `belongs to sequence ${snapshot.sequence}, which the journal does not hold`;
}

/** A core from a snapshot, or why there can be none. */
function restore(cores: CoreFactory, snapshot: Snapshot): DeterministicCore | string {
  let core: DeterministicCore;
  try {
    core = cores.restore(snapshot.state);
  } catch (error) {
    return `the state can't be restored (${String(error)})`;
  }
  const digest = core.stateDigest();
  return digest === snapshot.digest && core.sequence === snapshot.sequence
    ? core
    : `restored to sequence ${core.sequence} with digest ${digest}, but sequence ${snapshot.sequence} with digest ${snapshot.digest} was written`;
}
