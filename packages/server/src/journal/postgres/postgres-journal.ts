import { checkMapHash, type Lease, type LeaseClaim, type LeasedJournal, LeaseHeldError } from "../lease.js";
import {
  DamagedJournalError,
  DeposedError,
  JournalFailedError,
  type JournalRow,
  type JournalTail,
} from "../port.js";
import { sameHash, shortHash } from "../row-hash.js";
import {
  ANSWER_TIMEOUT_MS,
  MISSING_TIMEOUT_MS,
  PostgresReader,
  type PostgresReaderOptions,
  readLease,
  readTail,
} from "./postgres-reader.js";
import { Shard, type ShardFigures, type ShardLink } from "./shard.js";
import { ConnectionLostError, codeOf } from "./shard-connection.js";
import { ACQUIRE, APPEND, CREATE_LEASE, HASH_AT, RELEASE, RENEW, TAKE_OVER } from "./sql.js";

export type PostgresJournalOptions = PostgresReaderOptions;

/** SQLSTATE of a second row at the same place. */
const UNIQUE_VIOLATION = "23505";

/** What became of one try to write a row. */
type Outcome = "written" | "refused" | "unknown";

/**
 * The journal of a partition in a shard: one statement writes a batch, if the epoch is still this writer's, renews
 * the lease, and is answered when the batch is durable, on the synchronous standby too where the shard has one.
 *
 * When the answer does not come, the row is not sent blindly again:
 *
 * 1. connect again, to whichever server is the primary now;
 * 2. commit under this epoch: whoever took over has deposed this writer; else every earlier try of it has ended,
 *    and what is visible from now on was not left behind by a server's death;
 * 3. look for the row by its hash: when it is there, commit once more, so that it is durable for certain; when it
 *    is not, send the same row again.
 */
export class PostgresJournal implements LeasedJournal {
  readonly #shard: Shard;
  readonly #reader: PostgresReader;
  readonly #partition: number;
  readonly #synchronous: boolean;
  readonly #timeoutMs: number;
  #epoch = 0;
  /** Why nothing more is written. */
  #ended: Error | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: PostgresJournalOptions) {
    const { access, partition, answerTimeoutMs, missingTimeoutMs, machine } = options;
    const name = options.name ?? `buttonwood engine, partition ${partition}`;
    this.#shard = new Shard(access, name, missingTimeoutMs ?? MISSING_TIMEOUT_MS, machine);
    this.#reader = new PostgresReader({ ...options, name: `${name}, reading` });
    this.#partition = partition;
    this.#synchronous = access.synchronous;
    this.#timeoutMs = answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
  }

  /**
   * Opens a partition's journal to write. Rejects with JournalFailedError when the shard can't be reached, was not
   * prepared for this version, or lacks the synchronous standby that it must have.
   */
  static async open(options: PostgresJournalOptions): Promise<PostgresJournal> {
    const journal = new PostgresJournal(options);
    try {
      await journal.#shard.connect();
      return journal;
    } catch (error) {
      if (error instanceof ConnectionLostError) {
        throw new JournalFailedError(`${journal.#place}: ${error.message}. Nothing was changed.`);
      }
      throw journal.#shard.failure(error);
    }
  }

  /** Opens a partition's journal and lease to read; connects when it is first asked. */
  static openReader(options: PostgresReaderOptions): PostgresReader {
    return new PostgresReader(options);
  }

  acquire(owner: string): Promise<{ readonly epoch: number; readonly tail: JournalTail }> {
    return this.#inOrder(() =>
      this.#raise(async (connection) => {
        return (await connection.value(ACQUIRE, [this.#partition, owner], this.#timeoutMs)) as number;
      }),
    );
  }

  takeOver(claim: LeaseClaim): Promise<{ readonly epoch: number; readonly tail: JournalTail }> {
    return this.#inOrder(() =>
      this.#raise(async (connection) => {
        const { owner, address, mapHash, overEpoch, lapsedAfterMs } = claim;
        const values = [this.#partition, owner, address, mapHash, overEpoch, lapsedAfterMs];
        const epoch = await connection.value(TAKE_OVER, values, this.#timeoutMs);
        if (epoch !== undefined) return epoch as number;
        const lease = await readLease(connection, this.#partition, this.#timeoutMs);
        checkMapHash(this.#place, lease, mapHash);
        throw new LeaseHeldError(`${this.#place}: ${lease.owner} leads under epoch ${lease.epoch}`);
      }),
    );
  }

  append(row: JournalRow): Promise<void> {
    return this.#inOrder(() => this.#commit(() => this.#append(row)));
  }

  renew(): Promise<void> {
    return this.#inOrder(() =>
      this.#commit(() => this.#shard.persist((connection) => this.#renew(connection))),
    );
  }

  release(successor: string): Promise<void> {
    return this.#inOrder(() =>
      this.#commit(async () => {
        await this.#release(successor);
        this.#ended = new DeposedError(`${this.#place}: epoch ${this.#epoch} was given up`);
      }),
    );
  }

  /** For the metrics: of the connection that rows are written on. */
  get shardFigures(): ShardFigures {
    return this.#shard.figures;
  }

  lease(): Promise<Lease> {
    return this.#reader.lease();
  }

  tail(): Promise<JournalTail> {
    return this.#reader.tail();
  }

  read(fromSequence: number): AsyncIterable<JournalRow> {
    return this.#reader.read(fromSequence);
  }

  async close(): Promise<void> {
    await Promise.all([this.#shard.close(), this.#reader.close()]);
  }

  get #place(): string {
    return `${this.#shard.place}, partition ${this.#partition}`;
  }

  /** One call after the other, in the order they came. */
  #inOrder<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Runs a commit of this writer. One that failed is its last. */
  async #commit(run: () => Promise<void>): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#epoch === 0) throw new DeposedError(`${this.#place}: this process has not taken over`);
    try {
      await run();
    } catch (error) {
      this.#ended = this.#shard.failure(error);
      throw this.#ended;
    }
  }

  /**
   * Raises the epoch. That it was raised durably also makes durable what the tail shows: no other writer can add to
   * it. When the answer is lost, whether it was raised is found out by who tries next.
   */
  async #raise(
    take: (connection: ShardLink) => Promise<number>,
  ): Promise<{ readonly epoch: number; readonly tail: JournalTail }> {
    // Also finds the primary, so that an old connection's end is not taken for an unknown outcome.
    await this.#shard.persist((connection) =>
      connection.query(CREATE_LEASE, [this.#partition], this.#timeoutMs),
    );
    let epoch: number;
    try {
      epoch = await take(await this.#shard.connect());
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw this.#shard.failure(error);
      throw new JournalFailedError(
        `${this.#place}: whether this process took over is unknown (${error.message}). Start it again.`,
      );
    }
    const tail = await this.#shard.persist((connection) =>
      readTail(connection, this.#partition, this.#timeoutMs),
    );
    if (epoch <= tail.epoch) {
      const lease = await this.#shard.persist((connection) =>
        readLease(connection, this.#partition, this.#timeoutMs),
      );
      // Its answers took so long that the lease lapsed and the next leader has written already.
      if (lease.epoch > epoch && lease.epoch >= tail.epoch) throw this.#deposed(epoch, lease);
      throw new DamagedJournalError(
        `${this.#place}: the lease stands at epoch ${epoch}, but the last row was written under epoch ${tail.epoch}`,
      );
    }
    this.#epoch = epoch;
    this.#ended = undefined;
    return { epoch, tail: { sequence: tail.sequence, hash: tail.hash } };
  }

  async #append(row: JournalRow): Promise<void> {
    const { partition, epoch, firstSequence } = row;
    if (epoch !== this.#epoch) throw new DeposedError(`${this.#place}: epoch ${epoch} may not write here`);
    if (partition !== undefined && partition.number !== this.#partition) {
      throw new Error(`${this.#place}: a row of partition ${partition.number} does not belong here`);
    }
    let isUnsure = false;
    for (;;) {
      const outcome = await this.#write(row);
      if (outcome === "written") return;
      isUnsure ||= outcome === "unknown";
      const isThere = await this.#shard.persist((connection) => this.#find(connection, row));
      if (isThere && isUnsure) return;
      if (outcome === "refused") {
        throw new DeposedError(
          `${this.#place}: a row from sequence ${firstSequence} does not follow the last one`,
        );
      }
    }
  }

  async #write(row: JournalRow): Promise<Outcome> {
    const { partition, epoch, firstSequence, lastSequence, previousHash, hash, digest, commands, events } =
      row;
    const place = [this.#partition, epoch, firstSequence, lastSequence, partition?.mapHash ?? null];
    const content = [previousHash, hash, digest, commands, events, this.#synchronous];
    try {
      const connection = await this.#shard.connect();
      const written = await connection.write(APPEND, [...place, ...content], this.#timeoutMs);
      return written === 1 ? "written" : "refused";
    } catch (error) {
      if (error instanceof ConnectionLostError) return "unknown";
      if (codeOf(error) === UNIQUE_VIOLATION) return "refused";
      throw error;
    }
  }

  /** Whether a row is there, durably. Rejects with DeposedError when another one is, or another writer leads. */
  async #find(connection: ShardLink, row: JournalRow): Promise<boolean> {
    await this.#renew(connection);
    const place = [this.#partition, row.firstSequence];
    const hash = (await connection.value(HASH_AT, place, this.#timeoutMs)) as Uint8Array | undefined;
    if (hash === undefined) return false;
    if (!sameHash(hash, row.hash)) {
      throw new DeposedError(
        `${this.#place}: another row (${shortHash(hash)}) stands at sequence ${row.firstSequence}`,
      );
    }
    await this.#renew(connection);
    return true;
  }

  async #renew(connection: ShardLink): Promise<void> {
    const values = [this.#partition, this.#epoch, this.#synchronous];
    const renewed = await connection.query(RENEW, values, this.#timeoutMs);
    if (renewed.length !== 1) throw await this.#whyRefused(connection);
  }

  async #release(successor: string): Promise<void> {
    const values = [this.#partition, this.#epoch, this.#synchronous, successor];
    await this.#shard.persist(async (connection) => {
      const released = await connection.query(RELEASE, values, this.#timeoutMs);
      if (released.length === 1) return;
      // An earlier try may have done it, without its answer coming through.
      const lease = await readLease(connection, this.#partition, this.#timeoutMs);
      if (lease.epoch === this.#epoch && lease.isReleased) return;
      throw await this.#whyRefused(connection);
    });
  }

  /** Why the lease can't be renewed. */
  async #whyRefused(connection: ShardLink): Promise<Error> {
    const lease = await readLease(connection, this.#partition, this.#timeoutMs);
    if (lease.epoch === this.#epoch && !lease.isReleased) {
      return new JournalFailedError(
        `${this.#place}: synchronous_standby_names is empty, so commits would not wait for a standby, and this shard must have one. ` +
          "Nothing was written. Set it, then start again.",
      );
    }
    return this.#deposed(this.#epoch, lease);
  }

  #deposed(epoch: number, lease: Lease): DeposedError {
    return new DeposedError(
      `${this.#place}: epoch ${epoch} may no longer write: ${lease.owner} leads under epoch ${lease.epoch}`,
    );
  }
}
