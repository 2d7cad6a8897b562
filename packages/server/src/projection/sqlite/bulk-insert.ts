import type Database from "libsql";
import type { Cell } from "../tables.js";

/** Rows per statement. A prepared statement has a fixed size, so a batch is cut into these. */
const CHUNKS = [256, 32, 4, 1];

/** Writes rows with few statements: a call into the store costs more than a row. */
export class BulkInsert {
  readonly #db: Database.Database;
  readonly #into: string;
  readonly #row: string;
  readonly #conflict: string;
  readonly #columns: number;
  /** By rows, prepared when first needed: most tables never need the long ones. */
  readonly #statements = new Map<number, Database.Statement>();

  /** `conflict`: what follows the values, e.g. `on conflict … do update set …`. */
  constructor(db: Database.Database, table: string, columns: readonly string[], conflict: string) {
    this.#db = db;
    this.#into = `insert into ${table} (${columns.join(", ")}) values`;
    this.#row = `(${columns.map(() => "?").join(", ")})`;
    this.#conflict = conflict;
    this.#columns = columns.length;
  }

  /** Writes rows inside the caller's transaction. */
  write(cells: readonly Cell[]): void {
    let at = 0;
    for (const rows of CHUNKS) {
      const size = rows * this.#columns;
      if (cells.length - at < size) continue;
      const statement = this.#statement(rows);
      for (; cells.length - at >= size; at += size) statement.run(cells.slice(at, at + size));
    }
  }

  #statement(rows: number): Database.Statement {
    let statement = this.#statements.get(rows);
    if (statement === undefined) {
      const values = Array(rows).fill(this.#row).join(", ");
      statement = this.#db.prepare(`${this.#into} ${values} ${this.#conflict}`);
      this.#statements.set(rows, statement);
    }
    return statement;
  }
}
