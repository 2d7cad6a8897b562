import pg from "pg";
import { JournalFailedError } from "../port.js";
import { ENGINE_ROLE, MIGRATIONS, READER_ROLE } from "./migrations.js";
import { schemaRefusal } from "./shard-connection.js";

/** How the owner of a shard's database signs in: on the primary, as a role that may create databases and roles. */
export interface ShardOwner {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  readonly database: string;
}

/** Passwords of the roles that the cluster's processes use; a role without one can only sign in where it is trusted. */
export interface RolePasswords {
  readonly engine?: string | undefined;
  readonly reader?: string | undefined;
}

/** Serializes preparations of the same database. */
const ADVISORY_LOCK = 0x42545744;

/**
 * Creates a shard's database, roles and tables where they are missing, and brings older ones to this version. May be
 * run again at any time. Throws JournalFailedError when the tables are of a newer version.
 */
export async function prepareShard(owner: ShardOwner, passwords: RolePasswords = {}): Promise<void> {
  await withClient({ ...owner, database: "postgres" }, async (client) => {
    const found = await client.query("SELECT FROM pg_database WHERE datname = $1", [owner.database]);
    if (found.rowCount === 0) {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(owner.database)}`);
    }
    await prepareRole(client, ENGINE_ROLE, passwords.engine);
    await prepareRole(client, READER_ROLE, passwords.reader);
  });
  await withClient(owner, (client) => migrate(client, `${owner.host}:${owner.port}/${owner.database}`));
}

async function prepareRole(client: pg.Client, role: string, password: string | undefined): Promise<void> {
  const found = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [role]);
  if (found.rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN`);
  if (password !== undefined) {
    await client.query(`ALTER ROLE ${role} PASSWORD ${client.escapeLiteral(password)}`);
  }
}

async function migrate(client: pg.Client, place: string): Promise<void> {
  await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
  await client.query(`
CREATE SCHEMA IF NOT EXISTS buttonwood;
-- journal_version  one row per migration that was made.
CREATE TABLE IF NOT EXISTS buttonwood.journal_version (
  version integer PRIMARY KEY,
  made_at timestamptz NOT NULL DEFAULT now()
)`);
  const { rows } = await client.query(
    "SELECT coalesce(max(version), 0) AS version FROM buttonwood.journal_version",
  );
  const version = Number(rows[0].version);
  if (version > MIGRATIONS.length) throw new JournalFailedError(schemaRefusal(place, version));
  for (let next = version; next < MIGRATIONS.length; next++) {
    // One transaction each: a migration is made as a whole or not at all.
    await client.query(
      `BEGIN; ${MIGRATIONS[next]}; INSERT INTO buttonwood.journal_version (version) VALUES (${next + 1}); COMMIT`,
    );
  }
}

async function withClient(owner: ShardOwner, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ ...owner, password: owner.password ?? "" });
  client.on("error", () => {});
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
