import { TABLE_COUNTS, type TableCounts } from "../table-counts.js";
import { connectShard, type TablesAccess } from "./connect.js";
import { schemaOf } from "./postgres-tables.js";

/** Reads a partition's counts beside whoever fills the tables; undefined when there are no tables. */
export async function readShardTableCounts(
  access: TablesAccess,
  partition: number,
): Promise<TableCounts | undefined> {
  const schema = schemaOf(partition);
  const connections = await connectShard(access, schema);
  try {
    const { rows } = await connections.readers.query("select to_regclass($1) is not null as made", [
      `${schema}.progress`,
    ]);
    if (rows[0].made !== true) return undefined;
    return (await connections.readers.query<TableCounts>(TABLE_COUNTS)).rows[0];
  } finally {
    await connections.close();
  }
}
