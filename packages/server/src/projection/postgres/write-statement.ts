import { ON_CONFLICT, TABLE_COLUMNS, TABLE_NAMES, type TableName } from "../table-columns.js";
import type { Cell, TableChanges } from "../tables.js";

/** Columns that hold text; all others hold whole numbers. */
const TEXT_COLUMNS = new Set([
  "name",
  "symbol",
  "client_order_id",
  "terms",
  "list_client_order_id",
  "client_order_ids",
  "reference",
]);

/**
 * Writes everything that was gathered: a single statement is a transaction and one round trip. It moves the position
 * from $1 to $2 (time $3) and writes rows only if the position stood there. Every column of every table is an array
 * of its own. Answers how often the position was moved: 1 or 0.
 */
export const WRITE_STATEMENT = writeStatement();

function writeStatement(): string {
  let parameter = 3;
  const inserts = TABLE_NAMES.map((table) => {
    const columns = TABLE_COLUMNS[table];
    const arrays = columns.map(
      (column) => `$${++parameter}::${TEXT_COLUMNS.has(column) ? "text" : "bigint"}[]`,
    );
    return `write_${table} as (
      insert into ${table} (${columns.join(", ")})
      select ${columns.map((column) => `new.${column}`).join(", ")}
      from moved, unnest(${arrays.join(", ")}) as new (${columns.join(", ")})
      ${ON_CONFLICT[table]})`;
  });
  return `with moved as (
    update progress set sequence = $2, time_us = $3 where sequence = $1 returning 1),
    ${inserts.join(",\n")}
    select count(*)::int as moved from moved`;
}

/** The statement's arguments. */
export function writeArguments({ fromSequence, sequence, timeUs, rows }: TableChanges): (Cell | string)[] {
  const values: Cell[] = [fromSequence, sequence, timeUs];
  for (const table of TABLE_NAMES) addColumns(values, table, rows[table]);
  return values;
}

/** Rows as one array per column, in PostgreSQL's own notation: quicker than pg's, which takes any array. */
function addColumns(values: Cell[], table: TableName, cells: readonly Cell[]): void {
  const columns = TABLE_COLUMNS[table];
  const width = columns.length;
  for (const [offset, column] of columns.entries()) {
    const isText = TEXT_COLUMNS.has(column);
    let array = "{";
    for (let at = offset; at < cells.length; at += width) {
      if (at > offset) array += ",";
      array += isText ? quoted(cells[at] as string) : cells[at];
    }
    values.push(`${array}}`);
  }
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
