import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import {
  DamagedJournalError,
  DeposedError,
  JournalFailedError,
  type JournalReader,
  type JournalRow,
  type JournalStore,
  type JournalTail,
} from "../port.js";
import { RowCheck } from "../row-check.js";
import { NO_HASH } from "../row-hash.js";
import {
  ACQUIRE,
  APPEND,
  APPLICATION_ID,
  LEASE,
  READ,
  SCHEMA,
  SCHEMA_VERSION,
  SEEK,
  TAIL,
} from "./schema.js";
import { TailMark } from "./tail-mark.js";

/** Rows read at a time: a reader that holds a read open keeps the log from being emptied. */
const READ_ROWS = 32;

/**
 * Pages of 16 KiB: a row of a few hundred commands spans tens of pages instead of hundreds, and reads run at
 * memory speed, while the commit of a single order stays one small write.
 */
const PAGE_BYTES = 16_384;

/** How long a statement waits for another process's lock (opening and checkpoints), in ms. */
const BUSY_TIMEOUT_MS = 5_000;

/** Name of the journal inside a data folder. */
export const JOURNAL_FILE = "journal.db";

type RawRow = readonly [unknown, unknown, unknown, unknown, unknown, unknown, unknown, unknown];

/**
 * The journal in one SQL file. Write-ahead log with `synchronous=FULL`: the log is synced at every commit, so a
 * row that was appended survives loss of power. Calls are synchronous underneath: use it in the engine's thread.
 */
export class SqliteJournal implements JournalStore {
  readonly #path: string;
  readonly #mark: TailMark;
  readonly #database: Database.Database;
  readonly #append: Database.Statement;
  readonly #read: Database.Statement;
  readonly #seek: Database.Statement;
  readonly #tail: Database.Statement;
  #epoch = 0;
  #failed: Error | undefined;

  private constructor(path: string, database: Database.Database) {
    this.#path = path;
    this.#mark = new TailMark(`${path}.mark`);
    this.#database = database;
    this.#append = database.prepare(APPEND);
    this.#read = database.prepare(READ).raw();
    this.#seek = database.prepare(SEEK).raw();
    this.#tail = database.prepare(TAIL).raw();
  }

  /** Opens the journal of a data folder to write, and creates it when there is none. */
  static open(dataFolder: string): SqliteJournal {
    const path = join(dataFolder, JOURNAL_FILE);
    if (!existsSync(path) || statSync(path).size === 0) {
      // Creating a new one here would hide that there was one.
      TailMark.check(new TailMark(`${path}.mark`).read(), { sequence: 0, hash: NO_HASH }, path);
    }
    return connect(path, (database) => {
      database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
      const mode = pragma(database, "journal_mode = WAL");
      database.exec("PRAGMA synchronous = FULL");
      const synchronous = pragma(database, "synchronous");
      if (mode !== "wal" || synchronous !== 2) {
        throw new JournalFailedError(
          `${path}: the file system does not support a synced write-ahead log (mode ${String(mode)}, synchronous ${String(synchronous)}); put the data folder on a local disk`,
        );
      }
      if (pragma(database, "user_version") === 0) {
        database.exec(
          `BEGIN IMMEDIATE; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`,
        );
      }
      checkVersion(path, database);
      return new SqliteJournal(path, database);
    });
  }

  /** Opens the journal of a data folder to read, beside the writer. */
  static openReader(dataFolder: string): JournalReader {
    const path = join(dataFolder, JOURNAL_FILE);
    if (!existsSync(path)) {
      throw new JournalFailedError(`${path}: there is no journal; is this the right data folder?`);
    }
    return connect(path, (database) => {
      database.exec("PRAGMA query_only = ON");
      checkVersion(path, database);
      return new SqliteJournal(path, database);
    });
  }

  async acquire(owner: string): Promise<{ readonly epoch: number; readonly tail: JournalTail }> {
    return damageNamed(this.#path, () => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        this.#database.prepare(ACQUIRE).run(owner);
        const lease = this.#database.prepare(LEASE).raw().get() as readonly unknown[] | undefined;
        const epoch = lease?.[0];
        const last = this.#lastRow();
        if (typeof epoch !== "number" || epoch < 1 || epoch <= last.epoch) {
          throw new DamagedJournalError(
            `${this.#path}: the lease stands at epoch ${String(epoch)}, but the last row was written under epoch ${last.epoch}`,
          );
        }
        TailMark.check(this.#mark.read(), last, this.#path);
        this.#database.exec("COMMIT");
        this.#epoch = epoch;
        return { epoch, tail: { sequence: last.sequence, hash: last.hash } };
      } catch (error) {
        if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  async append(row: JournalRow): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    if (this.#epoch === 0 || row.epoch !== this.#epoch) {
      throw new DeposedError(`${this.#path}: epoch ${row.epoch} may not write here`);
    }
    // The file has no columns for it, so the row would be read back as another one.
    if (row.partition !== undefined) throw new Error(`${this.#path}: a data folder holds no partition`);
    let changes: number;
    try {
      changes = this.#append.run(
        row.firstSequence,
        row.lastSequence,
        row.epoch,
        row.previousHash,
        row.hash,
        row.digest,
        row.commands,
        row.events,
      ).changes;
    } catch (error) {
      this.#failed = new JournalFailedError(
        `${this.#path}, row ${row.firstSequence}: the commit failed (${messageOf(error)}). Whether the row is durable is decided by what is on disk: ` +
          "check free space and the disk's health, then start again; recovery reads the journal.",
      );
      throw this.#failed;
    }
    if (changes !== 1) {
      this.#failed = new DeposedError(
        `${this.#path}: epoch ${row.epoch} may no longer write (row ${row.firstSequence} was not taken): another process has taken this data folder over`,
      );
      throw this.#failed;
    }
    this.#mark.write({ sequence: row.lastSequence, hash: row.hash });
  }

  async *read(fromSequence: number): AsyncIterable<JournalRow> {
    // Read before the rows: the writer moves the mark after its commit, so every marked row must be found.
    const mark = this.#mark.read();
    const check = new RowCheck(this.#path);
    let last: JournalTail = { sequence: 0, hash: NO_HASH };
    let from = this.#seekRow(fromSequence);
    for (;;) {
      const rows = damageNamed(
        `${this.#path}, row ${from}`,
        () => this.#read.all(from, READ_ROWS) as RawRow[],
      );
      for (const raw of rows) {
        const row = this.#checked(raw, from);
        check.check(row);
        last = { sequence: row.lastSequence, hash: row.hash };
        from = row.lastSequence + 1;
        if (row.lastSequence >= fromSequence) yield row;
        if (mark !== undefined && row.lastSequence === mark.sequence) TailMark.check(mark, last, this.#path);
      }
      if (rows.length < READ_ROWS) break;
    }
    if (last.sequence === 0) last = this.#lastRow();
    TailMark.check(mark, last, this.#path);
  }

  async tail(): Promise<JournalTail> {
    const mark = this.#mark.read();
    const { sequence, hash } = this.#lastRow();
    TailMark.check(mark, { sequence, hash }, this.#path);
    return { sequence, hash };
  }

  async close(): Promise<void> {
    this.#mark.close();
    this.#database.close();
  }

  /** First sequence of the row that holds `sequence`, or `sequence` itself when nothing lies before it. */
  #seekRow(sequence: number): number {
    const found = damageNamed(this.#path, () => this.#seek.get(sequence) as readonly unknown[] | undefined);
    return typeof found?.[0] === "number" ? found[0] : 1;
  }

  #lastRow(): JournalTail & { readonly epoch: number } {
    const row = damageNamed(this.#path, () => this.#tail.get() as readonly unknown[] | undefined);
    if (row === undefined) return { sequence: 0, hash: NO_HASH, epoch: 0 };
    const [first, sequence, epoch, hash] = row;
    if (typeof sequence !== "number" || typeof epoch !== "number" || !(hash instanceof Uint8Array)) {
      throw new DamagedJournalError(
        `${this.#path}, row ${String(first)}: its columns are not of their types`,
      );
    }
    return { sequence, epoch, hash: Uint8Array.from(hash) };
  }

  #checked(raw: RawRow, expected: number): JournalRow {
    const [firstSequence, lastSequence, epoch, previousHash, hash, digest, commands, events] = raw;
    if (
      typeof firstSequence !== "number" ||
      typeof lastSequence !== "number" ||
      typeof epoch !== "number" ||
      typeof digest !== "string" ||
      !(previousHash instanceof Uint8Array) ||
      !(hash instanceof Uint8Array) ||
      !(commands instanceof Uint8Array) ||
      !(events instanceof Uint8Array)
    ) {
      throw new DamagedJournalError(
        `${this.#path}, row ${String(firstSequence)}: its columns are not of their types`,
      );
    }
    if (firstSequence !== expected) {
      throw new DamagedJournalError(
        `${this.#path}, row ${expected}: missing; the next row found begins at sequence ${firstSequence}`,
      );
    }
    return { epoch, firstSequence, lastSequence, previousHash, hash, commands, events, digest };
  }
}

/** Opens a connection and closes it again when what follows fails. */
function connect<T>(path: string, use: (database: Database.Database) => T): T {
  return damageNamed(path, () => {
    const database = new Database(path);
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      return use(database);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** The one value that a pragma answers. */
function pragma(database: Database.Database, text: string): unknown {
  const row = database.prepare(`PRAGMA ${text}`).raw().get() as readonly unknown[] | undefined;
  return row?.[0];
}

function checkVersion(path: string, database: Database.Database): void {
  const id = pragma(database, "application_id");
  const version = pragma(database, "user_version");
  if (id !== APPLICATION_ID) {
    throw new DamagedJournalError(`${path}: this is no journal of Buttonwood (application id ${String(id)})`);
  }
  if (version !== SCHEMA_VERSION) {
    throw new JournalFailedError(
      `${path}: the journal has version ${String(version)}, this program knows ${SCHEMA_VERSION}; use the program that wrote it, or a newer one`,
    );
  }
}

/** Runs a read and turns what the database says about a damaged file into a named damage. */
function damageNamed<T>(place: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof DamagedJournalError || error instanceof JournalFailedError) throw error;
    const code = (error as { readonly code?: string }).code ?? "";
    if (/BUSY|LOCKED|FULL|CANTOPEN|PERM|READONLY|NOMEM/.test(code)) {
      throw new JournalFailedError(`${place}: ${messageOf(error)}`);
    }
    throw new DamagedJournalError(`${place}: the file is damaged or can't be read (${messageOf(error)})`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
