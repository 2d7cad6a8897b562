/**
 * The journal is the truth: one row per batch. A row is appended once, never changed, and bound to the row before
 * it by its hash. Adapters: `sqlite/` (commit = fsync), `postgres/`, `memory/`, and the simulator's; one contract suite.
 */

/** Where a row of a cluster belongs: a process with another map must not go on from it. */
export interface RowPartition {
  readonly number: number;
  /** Hash of the partition map that its writer used. */
  readonly mapHash: string;
}

/** One committed batch. */
export interface JournalRow {
  /** Set in a cluster; the exchange in one process has no partitions. */
  readonly partition?: RowPartition | undefined;
  /** Who wrote it: epochs rise with every change of writer. */
  readonly epoch: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Hash of the row before; 32 zero bytes before the first. */
  readonly previousHash: Uint8Array;
  /** SHA-256 over everything else in this row; see `row-hash.ts`. */
  readonly hash: Uint8Array;
  /** Command records back to back, with their times. */
  readonly commands: Uint8Array;
  /** Event groups back to back, one per command. */
  readonly events: Uint8Array;
  /** The core's state digest after the row: 16 hex digits. */
  readonly digest: string;
}

/** Where a journal ends. */
export interface JournalTail {
  /** Last durable sequence; 0 when empty. */
  readonly sequence: number;
  readonly hash: Uint8Array;
}

/** Another writer has raised the epoch: this one must stop at once and say nothing more. */
export class DeposedError extends Error {
  override readonly name = "DeposedError";
}

/** The outcome of a commit is unknown, or the store failed: stop, and recover from what is durable. */
export class JournalFailedError extends Error {
  override readonly name = "JournalFailedError";
}

/** A row or snapshot is not what was written: names file, row and what differs. Never repaired silently. */
export class DamagedJournalError extends Error {
  override readonly name = "DamagedJournalError";
}

/** A reader's way to a partition's journal: projections, `verify`, readers of the feed that missed something. */
export interface JournalReader {
  /**
   * Durable rows in order, beginning with the one that holds `fromSequence`. Checks every row's hash, its link to
   * the row before, and gapless sequences; throws {@link DamagedJournalError}.
   */
  read(fromSequence: number): AsyncIterable<JournalRow>;

  tail(): Promise<JournalTail>;

  close(): Promise<void>;
}

/** The one writer's way to a partition's journal. */
export interface JournalStore extends JournalReader {
  /** Takes the partition over: raises the epoch, so that any earlier writer is deposed. */
  acquire(owner: string): Promise<{ readonly epoch: number; readonly tail: JournalTail }>;

  /**
   * Makes a row durable. When the promise resolves, it survives loss of power. Rejects with
   * {@link DeposedError} when the epoch is no longer this writer's, {@link JournalFailedError} when the outcome
   * is unknown; both are final for this store.
   */
  append(row: JournalRow): Promise<void>;
}

/** A copy of the core's state after a command, from which recovery begins. */
export interface Snapshot {
  readonly sequence: number;
  /** Hash of the journal row that ends at `sequence`: the snapshot belongs to this journal and no other. */
  readonly rowHash: Uint8Array;
  readonly digest: string;
  readonly state: Uint8Array;
}

/** Snapshots kept: the newest, and two to fall back to. */
export const SNAPSHOTS_KEPT = 3;

/** Keeps the newest three snapshots, each whole or not at all. */
export interface SnapshotStore {
  save(snapshot: Snapshot): Promise<void>;
  /** Brings shared memory that a later snapshot will be copied into up to speed. Changes nothing in it. */
  prepare?(memory: Uint8Array): Promise<void>;
  /** Newest first. A damaged one is reported with what is wrong instead of a state. */
  list(): Promise<readonly { readonly sequence: number; readonly name: string }[]>;
  /** Throws {@link DamagedJournalError} naming the file and what differs. */
  load(sequence: number): Promise<Snapshot>;
}
