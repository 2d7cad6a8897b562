import type pg from "pg";

/** Role of the database that projections sign in as. */
export const PROJECTION_ROLE = "buttonwood_projection";

/**
 * Makes the role of projections in a shard that holds a journal: it may do what the journal's readers may, and make
 * schemas of its own. May be run again at any time. `client`: the database's owner, on the shard's database.
 */
export async function prepareProjectionRole(
  client: pg.Client,
  parts: { readonly readerRole: string; readonly database: string; readonly password?: string | undefined },
): Promise<void> {
  const { readerRole, database, password } = parts;
  const found = await client.query("select from pg_roles where rolname = $1", [PROJECTION_ROLE]);
  if (found.rowCount === 0) await client.query(`create role ${PROJECTION_ROLE} login`);
  if (password !== undefined) {
    await client.query(`alter role ${PROJECTION_ROLE} password ${client.escapeLiteral(password)}`);
  }
  await client.query(
    `grant ${client.escapeIdentifier(readerRole)} to ${PROJECTION_ROLE};
     grant create on database ${client.escapeIdentifier(database)} to ${PROJECTION_ROLE}`,
  );
}
