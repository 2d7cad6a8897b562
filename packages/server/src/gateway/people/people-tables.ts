/** The tables of people and sessions in PostgreSQL, and every statement on them. */
import type pg from "pg";
import { GATEWAY_ROLE } from "../session/key-tables.js";

export const PEOPLE_TABLES_VERSION = 1;

/** Held while tables are made, so that several processes may try. */
const LOCK = 7_264_002;

/**
 * state    one row: the version of the tables.
 * users    one row per user; the columns are those of `User`. totp is null where no codes are asked for.
 * sessions one row per session that has not ended.
 */
const TABLES = `
CREATE SCHEMA IF NOT EXISTS buttonwood_people;
CREATE TABLE IF NOT EXISTS buttonwood_people.state (version integer NOT NULL);
INSERT INTO buttonwood_people.state SELECT ${PEOPLE_TABLES_VERSION}
WHERE NOT EXISTS (SELECT FROM buttonwood_people.state);
CREATE TABLE IF NOT EXISTS buttonwood_people.users (
  login text COLLATE "C" PRIMARY KEY,
  role text NOT NULL,
  account integer NOT NULL,
  password_hash text NOT NULL,
  totp_secret text,
  totp_last_step integer NOT NULL DEFAULT -1,
  totp_recovery_hashes text[] NOT NULL DEFAULT '{}',
  is_disabled boolean NOT NULL,
  is_demo boolean NOT NULL,
  created_us float8 NOT NULL
);
CREATE TABLE IF NOT EXISTS buttonwood_people.sessions (
  id text PRIMARY KEY,
  token_hash text NOT NULL UNIQUE,
  login text NOT NULL,
  created_us float8 NOT NULL,
  used_us float8 NOT NULL,
  ends_us float8 NOT NULL,
  address text NOT NULL,
  agent text NOT NULL
);
GRANT USAGE ON SCHEMA buttonwood_people TO ${GATEWAY_ROLE};
GRANT SELECT ON buttonwood_people.state TO ${GATEWAY_ROLE};
GRANT SELECT, INSERT, UPDATE ON buttonwood_people.users TO ${GATEWAY_ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON buttonwood_people.sessions TO ${GATEWAY_ROLE};
`;

/** Makes the tables where they are missing, after those of the keys; as the database's owner. */
export async function preparePeopleTables(client: pg.Client): Promise<void> {
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

/** Purpose: whether the tables are there. Result: 1 row; null when they are not. */
export const TABLES_THERE = "SELECT to_regclass('buttonwood_people.state') AS state";
/** Purpose: whether the tables are ours. Result: version. */
export const VERSION = "SELECT version FROM buttonwood_people.state";

const USER_COLUMNS = `login, role, account, password_hash, totp_secret, totp_last_step, totp_recovery_hashes,
  is_disabled, is_demo, created_us`;

/** Purpose: one user. Arguments: 1 login. */
export const FIND_USER = {
  name: "find-user",
  text: `SELECT ${USER_COLUMNS} FROM buttonwood_people.users WHERE login = $1`,
};
/** Purpose: all users, by login. */
export const LIST_USERS = `SELECT ${USER_COLUMNS} FROM buttonwood_people.users ORDER BY login`;
/** Purpose: a new user. Arguments: 1 … 10 the columns. Result: 1 row, or 0: the login is taken. */
export const INSERT_USER = `INSERT INTO buttonwood_people.users (${USER_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::float8) ON CONFLICT DO NOTHING`;
/**
 * Purpose: changes a user. Arguments: 1 login; 2 … 4 password_hash, is_disabled and is_demo, null for each that stays;
 * 5 whether the second factor changes, 6 … 8 to what; 9 the password_hash that it must have, or null. Result: 1 row,
 * or 0: none.
 */
export const EDIT_USER = `UPDATE buttonwood_people.users SET
  password_hash = COALESCE($2, password_hash),
  is_disabled = COALESCE($3, is_disabled),
  is_demo = COALESCE($4, is_demo),
  totp_secret = CASE WHEN $5::boolean THEN $6 ELSE totp_secret END,
  totp_last_step = CASE WHEN $5::boolean THEN $7::integer ELSE totp_last_step END,
  totp_recovery_hashes = CASE WHEN $5::boolean THEN $8::text[] ELSE totp_recovery_hashes END
WHERE login = $1 AND ($9::text IS NULL OR password_hash = $9)`;
/** Purpose: takes a step's code. Arguments: 1 login, 2 step. Result: 1 row, or 0: it was taken before. */
export const TAKE_STEP = `UPDATE buttonwood_people.users SET totp_last_step = $2
WHERE login = $1 AND totp_secret IS NOT NULL AND totp_last_step < $2`;
/** Purpose: takes a recovery code. Arguments: 1 login, 2 its hash. Result: 1 row, or 0: there is none. */
export const TAKE_RECOVERY = `UPDATE buttonwood_people.users
SET totp_recovery_hashes = array_remove(totp_recovery_hashes, $2)
WHERE login = $1 AND totp_secret IS NOT NULL AND $2 = ANY (totp_recovery_hashes)`;

const SESSION_COLUMNS = "id, token_hash, login, created_us, used_us, ends_us, address, agent";

/** Purpose: a new session. Arguments: 1 … 8 the columns. */
export const INSERT_SESSION = `INSERT INTO buttonwood_people.sessions (${SESSION_COLUMNS})
VALUES ($1, $2, $3, $4::float8, $5::float8, $6::float8, $7, $8)`;
/** Purpose: the session of a token. Arguments: 1 the token's hash. */
export const FIND_SESSION = {
  name: "find-session",
  text: `SELECT ${SESSION_COLUMNS} FROM buttonwood_people.sessions WHERE token_hash = $1`,
};
/** Purpose: all sessions, the oldest first. */
export const LIST_SESSIONS = `SELECT ${SESSION_COLUMNS} FROM buttonwood_people.sessions ORDER BY created_us, id`;
/** Purpose: changes a session. Arguments: 1 id; 2 token_hash and 3 used_us, null for each that stays. */
export const EDIT_SESSION = `UPDATE buttonwood_people.sessions SET
  token_hash = COALESCE($2, token_hash), used_us = COALESCE($3::float8, used_us)
WHERE id = $1`;
/** Purpose: ends a session. Arguments: 1 id. Result: 1 row, or 0: it had ended. */
export const END_SESSION = "DELETE FROM buttonwood_people.sessions WHERE id = $1";
