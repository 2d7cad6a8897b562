import { existsSync } from "node:fs";
import Database from "libsql";
import { SCHEMA_VERSION } from "./schema.js";

/** How far query tables are and how much they hold, all as of one moment. */
export interface TableCounts {
  readonly sequence: number;
  /** Hash of the first row of the journal they were filled from, in hex; "" = not filled yet. */
  readonly journal: string;
  readonly orders: number;
  readonly trades: number;
  /** Lots of all trades. */
  readonly volume: number;
}

const COUNTS = `select
  coalesce((select sequence from progress), 0) as sequence,
  coalesce((select journal from progress), '') as journal,
  (select count(*) from orders) as orders,
  (select count(*) from trade) as trades,
  (select coalesce(sum(lots), 0) from trade) as volume`;

/** Reads the counts beside whoever fills the tables; undefined when there are no tables. */
export function readTableCounts(file: string): TableCounts | undefined {
  if (!existsSync(file)) return undefined;
  const db = new Database(file);
  try {
    db.exec("pragma busy_timeout = 5000");
    db.exec("pragma query_only = on");
    const { user_version: version } = db.prepare("pragma user_version").get() as { user_version: number };
    if (version !== SCHEMA_VERSION) {
      throw new Error(`${file} has schema version ${version}, this program reads ${SCHEMA_VERSION}`);
    }
    return db.prepare(COUNTS).get([]) as TableCounts;
  } finally {
    db.close();
  }
}
