/** The audit log's table in PostgreSQL, and every statement on it. */
import type pg from "pg";
import { GATEWAY_ROLE } from "../session/key-tables.js";

/** Held while the table is made, so that several processes may try. */
const LOCK = 7_264_002;

/**
 * entry  one row per entry, in the words of the log. Gateways may add rows and read them: neither change nor take out
 *        one. The number is the key, so that of two writers of the same number one is refused.
 */
const TABLES = `
CREATE SCHEMA IF NOT EXISTS buttonwood_audit;
CREATE TABLE IF NOT EXISTS buttonwood_audit.entry (
  number bigint PRIMARY KEY,
  entry text NOT NULL
);
REVOKE ALL ON buttonwood_audit.entry FROM ${GATEWAY_ROLE};
GRANT USAGE ON SCHEMA buttonwood_audit TO ${GATEWAY_ROLE};
GRANT SELECT, INSERT ON buttonwood_audit.entry TO ${GATEWAY_ROLE};
`;

/** Makes the table where it is missing, as the database's owner; the gateways' role must be there. */
export async function prepareAuditTables(client: pg.Client): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    await client.query(TABLES);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

/** Purpose: one writer at a time, until the end of the transaction. */
export const LOCK_LOG = "SELECT pg_advisory_xact_lock(7264003)";

/** Purpose: adds an entry. Arguments: 1 number, 2 the entry as JSON. */
export const INSERT_ENTRY = "INSERT INTO buttonwood_audit.entry (number, entry) VALUES ($1::float8, $2)";

/** Purpose: the newest entries. Arguments: 1 numbers below this, 2 how many. Result: the newest first. */
export const LATEST_ENTRIES =
  "SELECT entry FROM buttonwood_audit.entry WHERE number < $1::float8 ORDER BY number DESC LIMIT $2";

/** Purpose: the next entries of a check. Arguments: 1 numbers above this, 2 how many. Result: the oldest first. */
export const NEXT_ENTRIES =
  "SELECT entry FROM buttonwood_audit.entry WHERE number > $1::float8 ORDER BY number LIMIT $2";
