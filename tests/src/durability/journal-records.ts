/**
 * Reads a journal without the exchange's code: plain SQL for the rows, and the record layout written down here a
 * second time, so that a mistake in one place can't hide a mistake in the other.
 */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";

export const Kind = {
  RESULT: 1,
  ACCEPTED: 2,
  TRIGGERED: 3,
  FILLED: 4,
  CANCELED: 5,
  EXPIRED: 6,
  AMENDED: 7,
  PREVENTED: 8,
  BALANCE: 16,
  LEVEL: 17,
  ASSET_LISTED: 32,
  MARKET_LISTED: 33,
  ACCOUNT_OPENED: 36,
  DEPOSITED: 38,
  WITHDRAWN: 39,
  TRANSFER_SENT: 40,
  TRANSFER_RECEIVED: 41,
} as const;

/** Numbers of order statuses that end an order begin here. */
export const STATUS_NAMES = [
  "NEW",
  "PARTIALLY_FILLED",
  "FILLED",
  "CANCELED",
  "EXPIRED",
  "EXPIRED_IN_MATCH",
] as const;

/** One event, read by word. */
export class Record {
  constructor(
    readonly view: DataView,
    /** First byte of the record. */
    readonly at: number,
  ) {}

  word(index: number): number {
    return this.view.getInt32(this.at + index * 4, true);
  }

  double(index: number): number {
    return this.view.getFloat64(this.at + index * 4, true);
  }

  text(index: number, length: number): string {
    return Buffer.from(this.view.buffer, this.view.byteOffset + this.at + index * 4, length).toString(
      "latin1",
    );
  }

  paddedText(index: number, words: number): string {
    return this.text(index, words * 4).replace(/\0.*$/s, "");
  }

  get kind(): number {
    return this.word(0) & 0xff;
  }

  get words(): number {
    return this.word(0) >>> 8;
  }

  /** The account, or the market for events of a market. */
  get subject(): number {
    return this.word(1);
  }
}

/** The order in an order event. */
export interface JournaledOrder {
  readonly orderId: number;
  readonly account: number;
  readonly market: number;
  readonly side: "BUY" | "SELL";
  readonly type: number;
  readonly priceTicks: number;
  readonly stopTicks: number;
  readonly lots: number;
  readonly executedLots: number;
  readonly executedQuote: number;
  readonly preventedLots: number;
  readonly status: (typeof STATUS_NAMES)[number];
  readonly clientOrderId: string;
}

export function orderOf(record: Record): JournaledOrder {
  const kind = record.word(5);
  const status = record.word(18);
  const name = STATUS_NAMES[status & 0xff];
  if (name === undefined) throw new Error(`an order has status ${status & 0xff}`);
  return {
    orderId: record.double(2),
    account: record.subject,
    market: record.word(4),
    side: (kind & 0xff) === 0 ? "BUY" : "SELL",
    type: (kind >> 8) & 0xff,
    priceTicks: record.word(6),
    stopTicks: record.word(7),
    lots: record.word(8),
    executedLots: record.word(9),
    executedQuote: record.double(10),
    preventedLots: record.word(19),
    status: name,
    clientOrderId: record.text(20, (status >> 8) & 0xff),
  };
}

/** A row as its table holds it. */
export interface StoredRow {
  readonly first_sequence: number;
  readonly last_sequence: number;
  readonly epoch: number;
  /** Of a partition's journal. */
  readonly map_hash?: string;
  readonly previous_hash: Buffer;
  readonly hash: Buffer;
  readonly digest: string;
  readonly commands: Buffer;
  readonly events: Buffer;
}

function doubles(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => {
    bytes.writeDoubleLE(value, index * 8);
  });
  return bytes;
}

export type OnGroup = (events: readonly Record[]) => void;

/**
 * Takes the rows of a journal in order, and gives on the event group of every command. Throws when a row's hash, its
 * link to the row before, or the sequences don't fit.
 */
export class RowReader {
  /** Of the last group. */
  sequence = 0;
  #previous: Buffer = Buffer.alloc(32);
  readonly #onGroup: OnGroup;
  readonly #partition: number | undefined;

  /** `partition` is its number, of a partition's journal. */
  constructor(onGroup: OnGroup, partition?: number) {
    this.#onGroup = onGroup;
    this.#partition = partition;
  }

  take(row: StoredRow): void {
    const at = row.first_sequence;
    if (at !== this.sequence + 1) throw new Error(`row ${at} follows sequence ${this.sequence}`);
    if (!row.previous_hash.equals(this.#previous)) {
      throw new Error(`row ${at} is not linked to the one before`);
    }
    if (!this.#hashOf(row).equals(row.hash)) throw new Error(`row ${at} has another hash than its contents`);
    this.#previous = row.hash;
    this.sequence = readRow(row.events, this.sequence, this.#onGroup);
    if (this.sequence !== row.last_sequence) {
      throw new Error(`row ${at} holds groups up to ${this.sequence}, not ${row.last_sequence}`);
    }
  }

  #hashOf(row: StoredRow): Buffer {
    const { epoch, first_sequence, last_sequence, commands, events } = row;
    const hash = createHash("sha256")
      .update(row.previous_hash)
      .update(doubles(epoch, first_sequence, last_sequence, commands.length, events.length))
      .update(row.digest)
      .update(commands)
      .update(events);
    if (this.#partition !== undefined) hash.update(doubles(this.#partition)).update(row.map_hash ?? "");
    return hash.digest();
  }
}

/**
 * Every event group of a data folder's journal, in order, from copies of the files: the originals are left as the
 * crash left them. Throws as {@link RowReader} does.
 */
export function readGroups(dataFolder: string, onGroup: OnGroup): number {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-check-"));
  try {
    for (const suffix of ["", "-wal"]) {
      const file = join(dataFolder, `journal.db${suffix}`);
      if (existsSync(file)) copyFileSync(file, join(folder, `journal.db${suffix}`));
    }
    const database = new Database(join(folder, "journal.db"));
    const reader = new RowReader(onGroup);
    const statement = database.prepare(
      "SELECT * FROM journal WHERE first_sequence > ? ORDER BY first_sequence LIMIT 1",
    );
    for (let at = 0; ; ) {
      const row = statement.get(at) as StoredRow | undefined;
      if (row === undefined) break;
      at = row.first_sequence;
      reader.take({
        ...row,
        previous_hash: Buffer.from(row.previous_hash),
        hash: Buffer.from(row.hash),
        commands: Buffer.from(row.commands),
        events: Buffer.from(row.events),
      });
    }
    database.close();
    return reader.sequence;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readRow(events: Buffer, sequenceBefore: number, onGroup: OnGroup): number {
  const view = new DataView(events.buffer, events.byteOffset, events.length);
  let sequence = sequenceBefore;
  for (let at = 0; at < events.length; ) {
    const result = new Record(view, at);
    if (result.kind !== Kind.RESULT || result.double(2) !== sequence + 1) {
      throw new Error(`the group after sequence ${sequence} does not begin with its RESULT`);
    }
    sequence++;
    const end = at + result.word(6) * 4;
    const group: Record[] = [];
    while (at < end) {
      const record = new Record(view, at);
      group.push(record);
      if (record.words < 2) throw new Error(`an event of ${record.words} words at sequence ${sequence}`);
      at += record.words * 4;
    }
    if (at !== end) throw new Error(`the group of sequence ${sequence} does not end where it says`);
    onGroup(group);
  }
  return sequence;
}
