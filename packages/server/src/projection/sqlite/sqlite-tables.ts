import type Database from "libsql";
import { ON_CONFLICT, TABLE_COLUMNS, TABLE_NAMES } from "../table-columns.js";
import type { Cell, Progress, TableChanges, TableQuery, Tables } from "../tables.js";
import { BulkInsert } from "./bulk-insert.js";
import { openTables } from "./schema.js";

/** Query tables in a file. Everything is done when the call returns; the promises are the port's. */
export class SqliteTables implements Tables {
  readonly name: string;
  readonly #db: Database.Database;
  readonly #inserts = new Map<string, BulkInsert>();
  readonly #getProgress: Database.Statement;
  readonly #setProgress: Database.Statement;
  readonly #setJournal: Database.Statement;

  /** Opens a file, and makes it when there is none. Throws ProjectionUnusableError. */
  static open(file: string): SqliteTables {
    return new SqliteTables(openTables(file), file);
  }

  private constructor(db: Database.Database, file: string) {
    this.name = file;
    this.#db = db;
    for (const table of TABLE_NAMES) {
      this.#inserts.set(table, new BulkInsert(db, table, TABLE_COLUMNS[table], ON_CONFLICT[table]));
    }
    this.#getProgress = db.prepare("select sequence, time_us as timeUs, journal from progress");
    this.#setProgress = db.prepare(
      `insert into progress (id, sequence, time_us, journal) values (1, ?, ?, '')
        on conflict (id) do update set sequence = excluded.sequence, time_us = excluded.time_us`,
    );
    this.#setJournal = db.prepare(
      `insert into progress (id, sequence, time_us, journal) values (1, 0, 0, ?)
        on conflict (id) do update set journal = excluded.journal`,
    );
  }

  monthOf(secondsSql: string): string {
    return `strftime('%Y-%m', ${secondsSql}, 'unixepoch')`;
  }

  query<Row>(sql: string): TableQuery<Row> {
    const statement = this.#db.prepare(sql);
    return async (...cells) => statement.all([...cells]) as Row[];
  }

  async progress(): Promise<Progress> {
    return this.#progress();
  }

  async bind(journal: string): Promise<void> {
    this.#setJournal.run([journal]);
  }

  async write({ fromSequence, sequence, timeUs, rows }: TableChanges): Promise<void> {
    const db = this.#db;
    db.exec("begin");
    try {
      const { sequence: at } = this.#progress();
      if (at !== fromSequence) {
        throw new Error(
          `${this.name} stands at sequence ${at}, not at ${fromSequence}: another process writes it`,
        );
      }
      for (const table of TABLE_NAMES) {
        const cells: readonly Cell[] = rows[table];
        if (cells.length > 0) this.#inserts.get(table)!.write(cells);
      }
      this.#setProgress.run([sequence, timeUs]);
      db.exec("commit");
    } catch (error) {
      if (db.inTransaction) db.exec("rollback");
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #progress(): Progress {
    const progress = this.#getProgress.get([]) as Progress | undefined;
    return progress ?? { sequence: 0, timeUs: 0, journal: "" };
  }
}
