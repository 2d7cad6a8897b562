import type { TableName } from "./table-columns.js";

/**
 * The query tables of one partition. They are derived: whatever happens to them, the journal fills them again.
 * Adapters: `sqlite/` (a file, for the one process) and `postgres/` (a schema in the partition's shard); one
 * contract suite. Both speak SQL, and what they share of it is written once, beside this port.
 */
export interface Tables {
  /** How an operator finds them: a file, or a schema and its database. */
  readonly name: string;
  /** The month that a time lies in, as SQL, from an expression in seconds since 1970. */
  readonly monthOf: (secondsSql: string) => string;
  /** Makes a query ready to be asked often. */
  query<Row>(sql: string): TableQuery<Row>;
  progress(): Promise<Progress>;
  /** Notes the journal that they are filled from. */
  bind(journal: string): Promise<void>;
  /**
   * Writes rows and position, both or neither. Rejects when the tables don't stand where the changes begin:
   * someone else has written them, or they have lost what had been written.
   */
  write(changes: TableChanges): Promise<void>;
  close(): Promise<void>;
}

export type Cell = number | string;

/** Its parameters are `?1`, `?2` …; rows come with the columns' names, numbers as numbers. */
export type TableQuery<Row> = (...cells: readonly Cell[]) => Promise<readonly Row[]>;

export interface Progress {
  /** Last sequence that the tables hold; 0 when empty. */
  readonly sequence: number;
  /** Time of that command. */
  readonly timeUs: number;
  /** Hash of the journal's first row, in hex; "" = not known yet. */
  readonly journal: string;
}

/** What happened between two positions: the rows that are new or different. */
export interface TableChanges {
  /** Where the tables stand before. */
  readonly fromSequence: number;
  readonly sequence: number;
  readonly timeUs: number;
  /** Cells in the order of the table's columns, row after row. */
  readonly rows: Readonly<Record<TableName, readonly Cell[]>>;
}

/** The query tables cannot be used; the message says why and what to do. */
export class ProjectionUnusableError extends Error {
  override readonly name = "ProjectionUnusableError";
}

/** The store can't be reached any more: open the tables again. */
export class TablesLostError extends Error {
  override readonly name = "TablesLostError";
}
