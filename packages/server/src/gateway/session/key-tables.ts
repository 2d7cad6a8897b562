/** The key store's tables in PostgreSQL, and every statement on them. */
import type pg from "pg";

/** Role that gateways sign in as. It may read and change keys, and nothing else. */
export const GATEWAY_ROLE = "buttonwood_gateway";

/** Channel on which a change is announced. */
export const KEYS_CHANNEL = "buttonwood_keys";

export const KEY_TABLES_VERSION = 2;

/** Held while tables are made, so that several processes may try. */
const LOCK = 7_264_001;

/**
 * state  one row: the version of the tables, and the number of the last change. Whoever changes a key raises it
 *        first and holds the row until it commits, so that changes become visible in the order of their numbers.
 * key    one row per key that ever was. A revoked one stays, without its secret, so that gateways learn of it.
 */
const TABLES = `
CREATE SCHEMA IF NOT EXISTS buttonwood_keys;
CREATE TABLE IF NOT EXISTS buttonwood_keys.state (
  version integer NOT NULL,
  change bigint NOT NULL
);
INSERT INTO buttonwood_keys.state SELECT 1, 0
WHERE NOT EXISTS (SELECT FROM buttonwood_keys.state);
CREATE TABLE IF NOT EXISTS buttonwood_keys.key (
  api_key text PRIMARY KEY,
  kind text NOT NULL,
  account integer NOT NULL,
  label text NOT NULL,
  scopes text[] NOT NULL,
  created_us float8 NOT NULL,
  material text NOT NULL,
  is_revoked boolean NOT NULL DEFAULT false,
  change bigint NOT NULL UNIQUE
);
GRANT USAGE ON SCHEMA buttonwood_keys TO ${GATEWAY_ROLE};
GRANT SELECT, UPDATE ON buttonwood_keys.state TO ${GATEWAY_ROLE};
GRANT SELECT, INSERT, UPDATE ON buttonwood_keys.key TO ${GATEWAY_ROLE};
`;

/**
 * What each version added, from version 2 on: only ever appended to. Each also says so in the state, and a program
 * that knows less than it says refuses to start: it would let keys in that have ended.
 *
 * 2  the end of a key (0 = none), the addresses that it may be used from (none = all), and its rate limits.
 */
const ADDITIONS: readonly string[] = [
  `
ALTER TABLE buttonwood_keys.key
  ADD COLUMN expires_us float8 NOT NULL DEFAULT 0,
  ADD COLUMN addresses text[] NOT NULL DEFAULT '{}',
  ADD COLUMN rate_limits text NOT NULL DEFAULT 'standard';
UPDATE buttonwood_keys.state SET version = 2;
`,
];

/** Makes the tables and the gateways' role where they are missing, or adds what is; as the database's owner. */
export async function prepareKeyTables(client: pg.Client): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [GATEWAY_ROLE]);
    if (rowCount === 0) await client.query(`CREATE ROLE ${GATEWAY_ROLE} LOGIN`);
    await client.query(TABLES);
    const { rows } = await client.query<{ version: number }>("SELECT version FROM buttonwood_keys.state");
    for (const addition of ADDITIONS.slice(rows[0]!.version - 1)) await client.query(addition);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

/** Purpose: whether the tables are ours, and whether there are keys. Result: version, whether any key is stored. */
export const STATE =
  "SELECT version, EXISTS (SELECT FROM buttonwood_keys.key WHERE NOT is_revoked) AS has_keys FROM buttonwood_keys.state";

/** Purpose: what has changed. Arguments: 1 last change known. Result: the keys changed since, in order. */
export const CHANGED_KEYS = {
  name: "changed-keys",
  text: `SELECT api_key, kind, account, label, scopes, created_us, expires_us, addresses, rate_limits,
  material, is_revoked, change::float8
FROM buttonwood_keys.key WHERE change > $1::float8 ORDER BY change`,
};

/** Purpose: a new key, and tells everybody. Arguments: 1 … 10 the columns from api_key to rate_limits. */
export const INSERT_KEY = `
WITH next AS (UPDATE buttonwood_keys.state SET change = change + 1 RETURNING change)
INSERT INTO buttonwood_keys.key (api_key, kind, account, label, scopes, created_us, material, expires_us,
  addresses, rate_limits, change)
SELECT $1, $2, $3, $4, $5, $6::float8, $7, $8::float8, $9, $10, change FROM next
RETURNING pg_notify('${KEYS_CHANNEL}', '')`;

/**
 * Purpose: changes a key's settings, and tells everybody. Arguments: 1 api_key; 2 … 6 label, scopes, expires_us,
 * addresses and rate_limits, null for each that stays. Result: 1 row, or 0: none.
 */
export const EDIT_KEY = `
WITH next AS (UPDATE buttonwood_keys.state SET change = change + 1 RETURNING change)
UPDATE buttonwood_keys.key SET
  label = COALESCE($2, label),
  scopes = COALESCE($3, scopes),
  expires_us = COALESCE($4::float8, expires_us),
  addresses = COALESCE($5, addresses),
  rate_limits = COALESCE($6, rate_limits),
  change = next.change
FROM next
WHERE api_key = $1 AND NOT is_revoked
RETURNING pg_notify('${KEYS_CHANNEL}', '')`;

/** Purpose: ends a key, forgets its secret, and tells everybody. Arguments: 1 api_key. Result: 1 row, or 0: none. */
export const REVOKE_KEY = `
WITH next AS (UPDATE buttonwood_keys.state SET change = change + 1 RETURNING change)
UPDATE buttonwood_keys.key SET is_revoked = true, material = '', change = next.change FROM next
WHERE api_key = $1 AND NOT is_revoked
RETURNING pg_notify('${KEYS_CHANNEL}', '')`;
