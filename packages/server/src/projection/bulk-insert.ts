import type Database from "libsql";

/** Rows per statement. A prepared statement has a fixed size, so a batch is cut into these. */
const CHUNKS = [256, 32, 4, 1];

export type Cell = number | string;

/** Collects rows and writes them with few statements: a call into the store costs more than a row. */
export class BulkInsert {
  readonly #statements: readonly { readonly rows: number; readonly run: (cells: Cell[]) => void }[];
  readonly #columns: number;
  #cells: Cell[] = [];

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

  /** Adds a row: its cells in the order of the columns. */
  add(...cells: Cell[]): void {
    for (const cell of cells) this.#cells.push(cell);
  }

  /** Writes what was added, inside the caller's transaction. Returns the rows written. */
  write(): number {
    const cells = this.#cells;
    if (cells.length === 0) return 0;
    this.#cells = [];
    let at = 0;
    for (const { rows, run } of this.#statements) {
      const size = rows * this.#columns;
      for (; cells.length - at >= size; at += size) run(cells.slice(at, at + size));
    }
    return cells.length / this.#columns;
  }
}
