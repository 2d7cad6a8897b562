import type { Lease, LeasedReader } from "../lease.js";
import { DamagedJournalError, type JournalRow, type JournalTail } from "../port.js";
import { RowCheck } from "../row-check.js";
import { NO_HASH } from "../row-hash.js";
import { Shard, type ShardFigures, type ShardLink, type ShardMachine } from "./shard.js";
import type { ShardAccess } from "./shard-connection.js";
import { BARRIER, LEASE, READ, SEEK, TAIL } from "./sql.js";

export interface PostgresReaderOptions {
  readonly access: ShardAccess;
  readonly partition: number;
  /** Names this process to the database's operator. */
  readonly name?: string;
  /** How long the shard's primary may be missing before a call fails, in ms. */
  readonly missingTimeoutMs?: number;
  /** How long the server may take for one answer, in ms; then the connection is given up and another one tried. */
  readonly answerTimeoutMs?: number;
  readonly machine?: ShardMachine;
}

/** A promotion takes a few seconds; longer, and somebody must look. */
export const MISSING_TIMEOUT_MS = 30_000;

/** Longer than any healthy commit, also with a busy disk and a standby. */
export const ANSWER_TIMEOUT_MS = 5_000;

/** Commands of one read, about, and rows at most: some megabytes. */
const READ_COMMANDS = 8_192;
const READ_ROWS = 512;
/** The first read is of one row, which is all that many want; each one after it is of so many times more. */
const READ_GROWTH = 8;

/**
 * Reads a partition's journal and lease from its shard's primary, and connects again when the primary changes. Where
 * commits wait for a standby, a row counts only once a commit that came after it was waited for: a row may be seen
 * after a restart of the primary, and be gone after the standby's promotion.
 */
export class PostgresReader implements LeasedReader {
  readonly #shard: Shard;
  readonly #partition: number;
  readonly #synchronous: boolean;
  readonly #timeoutMs: number;
  /** Up to here rows are known to be durable. */
  #durable = 0;
  /** The end as it is being read, and the reading that begins after it for those who came meanwhile. */
  #tail: Promise<JournalTail> | undefined;
  #nextTail: Promise<JournalTail> | undefined;

  /** Connects with the first call. */
  constructor(options: PostgresReaderOptions) {
    const { access, partition, name, missingTimeoutMs, answerTimeoutMs, machine } = options;
    this.#shard = new Shard(
      access,
      name ?? `buttonwood reader, partition ${partition}`,
      missingTimeoutMs ?? MISSING_TIMEOUT_MS,
      machine,
    );
    this.#partition = partition;
    this.#synchronous = access.synchronous;
    this.#timeoutMs = answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
  }

  /** For the metrics. */
  get shardFigures(): ShardFigures {
    return this.#shard.figures;
  }

  lease(): Promise<Lease> {
    return this.#shard.persist((connection) => readLease(connection, this.#partition, this.#timeoutMs));
  }

  /** All who ask while the end is being read share the next reading: each may take a commit. */
  tail(): Promise<JournalTail> {
    if (this.#tail === undefined) {
      this.#tail = this.#readTail().finally(() => {
        this.#tail = undefined;
      });
      return this.#tail;
    }
    const ended = this.#tail.catch(() => undefined);
    this.#nextTail ??= ended.then(() => {
      this.#nextTail = undefined;
      return this.tail();
    });
    return this.#nextTail;
  }

  #readTail(): Promise<JournalTail> {
    return this.#shard.persist(async (connection) => {
      const tail = await readTail(connection, this.#partition, this.#timeoutMs);
      await this.#makeSure(connection, tail.sequence);
      return tail;
    });
  }

  async *read(fromSequence: number): AsyncIterable<JournalRow> {
    const check = new RowCheck(this.#place);
    // What is known to be durable is read without looking where the end is now.
    let end = this.#durable;
    let isEndNow = false;
    if (end < fromSequence) {
      end = (await this.tail()).sequence;
      isEndNow = true;
    }
    if (end < fromSequence) return;
    let from = await this.#shard.persist(async (connection) => {
      const first = await connection.value(SEEK, [this.#partition, fromSequence], this.#timeoutMs);
      return Number(first ?? 1);
    });
    for (let count = 1; ; count = Math.min(count * READ_GROWTH, READ_ROWS)) {
      if (from > end && !isEndNow) {
        end = (await this.tail()).sequence;
        isEndNow = true;
      }
      if (from > end) return;
      const rows = await this.#shard.persist((connection) =>
        connection.query(READ, [this.#partition, from, from + READ_COMMANDS, count], this.#timeoutMs),
      );
      if (rows.length === 0) {
        throw new DamagedJournalError(
          `${this.#place}, row ${from}: missing; the journal ends at sequence ${end}`,
        );
      }
      for (const raw of rows) {
        const row = this.#rowOf(raw, from);
        // Read by now, but perhaps written after the end was made sure of.
        if (row.firstSequence > end) break;
        check.check(row);
        from = row.lastSequence + 1;
        if (row.lastSequence >= fromSequence) yield row;
      }
    }
  }

  close(): Promise<void> {
    return this.#shard.close();
  }

  get #place(): string {
    return `${this.#shard.place}, partition ${this.#partition}`;
  }

  /** Returns when what the connection has shown up to a sequence is durable. */
  async #makeSure(connection: ShardLink, sequence: number): Promise<void> {
    if (sequence <= this.#durable) return;
    if (this.#synchronous) await connection.query(BARRIER, [], this.#timeoutMs);
    this.#durable = sequence;
  }

  #rowOf(raw: readonly unknown[], expected: number): JournalRow {
    const [epoch, firstSequence, lastSequence, mapHash, previousHash, hash, digest, commands, events] = raw;
    if (firstSequence !== expected) {
      throw new DamagedJournalError(
        `${this.#place}, row ${expected}: missing; the next row found begins at sequence ${firstSequence}`,
      );
    }
    return {
      ...(mapHash === null ? {} : { partition: { number: this.#partition, mapHash: mapHash as string } }),
      epoch: epoch as number,
      firstSequence: firstSequence as number,
      lastSequence: lastSequence as number,
      previousHash: previousHash as Uint8Array,
      hash: hash as Uint8Array,
      digest: digest as string,
      commands: commands as Uint8Array,
      events: events as Uint8Array,
    };
  }
}

export async function readLease(connection: ShardLink, partition: number, timeoutMs: number): Promise<Lease> {
  const [row] = await connection.query(LEASE, [partition], timeoutMs);
  const [epoch, owner, address, mapHash, successor, idleMs] = row ?? [0, "", "", "", null, 0];
  return {
    epoch: epoch as number,
    owner: owner as string,
    address: address as string,
    mapHash: mapHash as string,
    idleMs: idleMs as number,
    isReleased: successor !== null,
    successor: (successor as string | null) ?? "",
  };
}

export async function readTail(
  connection: ShardLink,
  partition: number,
  timeoutMs: number,
): Promise<JournalTail & { readonly epoch: number }> {
  const [row] = await connection.query(TAIL, [partition], timeoutMs);
  const [sequence, hash, epoch] = row ?? [0, NO_HASH, 0];
  return { sequence: sequence as number, hash: hash as Uint8Array, epoch: epoch as number };
}
