import { LEASE_TIMES, type LeaseTimes } from "../cluster/leadership/lease-times.js";
import {
  type Lease,
  type LeaseClaim,
  type LeasedJournal,
  LeaseHeldError,
  mayTakeOver,
} from "../journal/lease.js";
import {
  DamagedJournalError,
  DeposedError,
  type JournalReader,
  type JournalTail,
  type RowPartition,
  type SnapshotStore,
} from "../journal/port.js";
import { sameHash, shortHash } from "../journal/row-hash.js";
import type { Clock } from "../platform/clock.js";
import type { Timers } from "../platform/timers.js";
import type { EngineFigures } from "../transport/engine-port.js";
import type { CoreFactory } from "./deterministic-core.js";
import type { EngineBeginning, EngineEvent } from "./engine.js";
import { Follower } from "./follower.js";
import { recover } from "./recovery.js";
import { SnapshotTaker } from "./snapshot-taker.js";
import { Timings } from "./timings.js";

export interface StandbyParts {
  readonly journal: LeasedJournal;
  readonly readRows?: JournalReader["read"];
  /** This process's own: leader and standby share the journal and nothing else. */
  readonly snapshots: SnapshotStore;
  readonly cores: CoreFactory;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly stopwatchMs: () => number;
  readonly onEvent: (event: EngineEvent) => void;
}

export interface StandbyOptions {
  /** This process's name in the topology. */
  readonly owner: string;
  /** Where it takes commands when it leads. */
  readonly address: string;
  readonly partition: RowPartition;
  readonly snapshotEveryCommands: number;
  readonly times?: LeaseTimes;
  /**
   * Client order ids whose memory is fetched at the start, and that of their snapshots, 0…2^25 − 1: about 100 bytes
   * each that are then not taken while it leads. 0, the default: memory is taken as it is needed, a little ahead.
   */
  readonly preparedIds?: number;
}

/** The partition is this process's. */
export interface TakenOver extends EngineBeginning {
  /** When the take-over was sent, by `stopwatchMs`. */
  readonly takenAtMs: number;
}

/** How far behind a standby is. */
export interface StandbyStatus {
  /** Sequence up to which it has applied the journal. */
  readonly sequence: number;
  /** Commands in the journal that it has not applied yet. */
  readonly lagCommands: number;
  /** Age of the last applied command, in ms; 0 when nothing is missing. */
  readonly lagMs: number;
}

/** Shortest and longest wait, in ms, before it looks for new rows: short while there are some, longer in a quiet night. */
const POLL_MS_MIN = 10;
const POLL_MS_MAX = 40;

/**
 * A partition's second engine, until it is the first. Applies every row that the leader commits and compares events
 * and digests, so that it is a constant check of the leader too. Takes over when the lease is free. What differs
 * ends it: it then never leads.
 */
export class Standby {
  readonly #parts: StandbyParts;
  readonly #options: StandbyOptions;
  readonly #follower: Follower;
  readonly #snapshots: SnapshotTaker;
  readonly #timings = new Timings();
  #stopping = false;
  #wake: () => void = () => {};

  private constructor(
    parts: StandbyParts,
    options: StandbyOptions,
    follower: Follower,
    snapshots: SnapshotTaker,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#follower = follower;
    this.#snapshots = snapshots;
  }

  /** Recovers from its own snapshots and the journal. Rejects as `recover` does. */
  static async start(parts: StandbyParts, options: StandbyOptions): Promise<Standby> {
    const { core, tail, snapshotSequence } = await recover({
      journal: parts.journal,
      readRows: parts.readRows,
      snapshots: parts.snapshots,
      cores: parts.cores,
      partition: options.partition,
      onDamagedSnapshot: (error) => parts.onEvent({ kind: "damagedSnapshot", error }),
      onProgress: (progress) => parts.onEvent({ kind: "recovering", progress }),
    });
    const follower = new Follower(core, tail.hash, options.partition);
    const snapshots = new SnapshotTaker(
      parts,
      options.snapshotEveryCommands,
      snapshotSequence,
      core.snapshotBytesMax,
    );
    if (options.preparedIds !== undefined && options.preparedIds > 0) {
      core.prepare(0, options.preparedIds);
      snapshots.prepare(core, options.preparedIds);
    }
    return new Standby(parts, options, follower, snapshots);
  }

  /** Goes on from a core that has applied the journal up to a row, as a leader's has that gave its lease up. */
  static resume(parts: StandbyParts, options: StandbyOptions, from: EngineBeginning): Standby {
    const follower = new Follower(from.core, from.tail.hash, options.partition);
    return new Standby(parts, options, follower, from.snapshots);
  }

  /** Sequence up to which it has applied the journal. */
  get sequence(): number {
    return this.#follower.core.sequence;
  }

  /** For the metrics: a standby commits nothing. */
  figures(): EngineFigures {
    return {
      ...this.#timings.figures(),
      ...this.#snapshots.figures(this.sequence),
      oldestIdAgeMs: this.#follower.core.oldestIdAgeUs / 1000,
    };
  }

  async status(): Promise<StandbyStatus> {
    const { sequence: end } = await this.#parts.journal.tail();
    const { sequence, timeUs } = this.#follower.core;
    const lagCommands = Math.max(0, end - sequence);
    const lagMs = lagCommands === 0 ? 0 : Math.max(0, (this.#parts.clock.nowUs() - timeUs) / 1000);
    return { sequence, lagCommands, lagMs };
  }

  /**
   * Follows the journal until this process leads; undefined when {@link stop} was called before. Rejects with
   * ReplayDiffersError, DamagedJournalError or PartitionMapDiffersError when it must not lead, with
   * JournalFailedError when the store failed.
   */
  async run(): Promise<TakenOver | undefined> {
    const { journal, stopwatchMs } = this.#parts;
    const { lapsedAfterMs } = this.#options.times ?? LEASE_TIMES;
    let waitMs = POLL_MS_MIN;
    let graceUntilMs = Number.NEGATIVE_INFINITY;
    while (!this.#stopping) {
      const before = this.sequence;
      const askedMs = stopwatchMs();
      await this.#catchUp();
      if (this.sequence > before) waitMs = POLL_MS_MIN;
      else {
        // Who has just written leads; only a silent one may have to be replaced.
        const lease = await journal.lease();
        const nowMs = stopwatchMs();
        // A store that was away for a while was away for the leader too: it is given the time to renew.
        if (nowMs - askedMs >= lapsedAfterMs / 2) graceUntilMs = nowMs + lapsedAfterMs;
        const taken = nowMs >= graceUntilMs ? await this.#takeOverWhenFree(lease) : undefined;
        if (taken !== undefined) return taken;
        waitMs = Math.min(POLL_MS_MAX, waitMs * 2);
      }
      await this.#wait(waitMs);
    }
    return undefined;
  }

  /** Ends {@link run}; a snapshot that is being written is finished first. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#snapshots.finish();
  }

  async #catchUp(): Promise<void> {
    const { core } = this.#follower;
    for await (const row of this.#parts.journal.read(core.sequence + 1)) {
      if (this.#stopping) return;
      this.#follower.check(row);
      // A leader writes a row only when the one before is acknowledged. So that one is durable everywhere, while
      // the last row seen may still vanish with the machine that showed it: it must not be in a snapshot.
      this.#snapshots.consider(core, this.#follower.tail.hash, this.#timings);
      this.#follower.apply(row);
    }
  }

  async #takeOverWhenFree(lease: Lease): Promise<TakenOver | undefined> {
    const { owner, address, partition, times = LEASE_TIMES } = this.#options;
    const claim: LeaseClaim = {
      owner,
      address,
      mapHash: partition.mapHash,
      overEpoch: lease.epoch,
      lapsedAfterMs: times.lapsedAfterMs,
    };
    if (this.#stopping || !mayTakeOver(lease, claim)) return undefined;
    const takenAtMs = this.#parts.stopwatchMs();
    let taken: { readonly epoch: number; readonly tail: JournalTail };
    try {
      taken = await this.#parts.journal.takeOver(claim);
    } catch (error) {
      if (error instanceof LeaseHeldError) return undefined;
      throw error;
    }
    try {
      await this.#reach(taken);
    } catch (error) {
      // Whoever else stands by need not wait until the lease lapses.
      await this.#parts.journal.release("").catch(() => {});
      throw error;
    }
    if (this.#stopping) {
      await this.#parts.journal.release("");
      return undefined;
    }
    const { core } = this.#follower;
    core.events.clear();
    return { epoch: taken.epoch, tail: taken.tail, core, snapshots: this.#snapshots, takenAtMs };
  }

  /** Applies what is missing up to the tail that the take-over has fixed. */
  async #reach({ epoch, tail }: { readonly epoch: number; readonly tail: JournalTail }): Promise<void> {
    await this.#catchUp();
    const reached = this.#follower.tail;
    if (this.#stopping) return;
    if (reached.sequence === tail.sequence && sameHash(reached.hash, tail.hash)) return;
    const lease = await this.#parts.journal.lease();
    if (lease.epoch > epoch) {
      throw new DeposedError(
        `${lease.owner} took over under epoch ${lease.epoch} before this standby could lead`,
      );
    }
    throw new DamagedJournalError(
      `the journal ends at sequence ${tail.sequence} with ${shortHash(tail.hash)}, but this standby stands at ` +
        `sequence ${reached.sequence} with ${shortHash(reached.hash)}: it has applied what was never durable. ` +
        "Start it again; it then recovers from its snapshots and the journal.",
    );
  }

  #wait(ms: number): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#parts.timers.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
