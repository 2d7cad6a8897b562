import type Database from "libsql";
import type { Cell } from "../tables.js";

/** Rows per statement. A prepared statement has a fixed size, so a batch is cut into these. */
const CHUNKS = [256, 32, 4, 1];

/** Writes rows with few statements: a call into the store costs more than a row. */
export class BulkInsert {
  readonly #statements: readonly { readonly rows: number; readonly run: (cells: readonly Cell[]) => void }[];
  readonly #columns: number;

  /** `conflict`: what follows the values, e.g. `on conflict … do update set …`. */
  constructor(db: Database.Database, table: string, columns: readonly string[], conflict: string) {
    this.#columns = columns.length;
    const row = `(${columns.map(() => "?").join(", ")})`;
    this.#statements = CHUNKS.map((rows) => {
      const values = Array(rows).fill(row).join(", ");
      const statement = db.prepare(
        `insert into ${table} (${columns.join(", ")}) values ${values} ${conflict}`,
      );
      return { rows, run: (cells) => void statement.run(cells) };
    });
  }

  /** Writes rows inside the caller's transaction. */
  write(cells: readonly Cell[]): void {
    let at = 0;
    for (const { rows, run } of this.#statements) {
      const size = rows * this.#columns;
      for (; cells.length - at >= size; at += size) run(cells.slice(at, at + size));
    }
  }
}
