import { existsSync } from "node:fs";
import Database from "libsql";
import { TABLE_COUNTS, type TableCounts } from "../table-counts.js";
import { SCHEMA_VERSION } from "./schema.js";

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
    return db.prepare(TABLE_COUNTS).get([]) as TableCounts;
  } finally {
    db.close();
  }
}
