/**
 * The journal's tables in a shard. Migrations are only ever appended: one that was made somewhere never changes.
 * Rows of the journal are only ever inserted.
 */

/** Roles of the database that the cluster's processes sign in as. */
export const ENGINE_ROLE = "buttonwood_engine";
export const READER_ROLE = "buttonwood_reader";

/** Version n is made by the nth. */
export const MIGRATIONS: readonly string[] = [
  `
-- lease    one row per partition: the epoch that may write, who holds it, where, and when it was last heard of.
--          successor: null while it is held; whom it was given to, '' for anyone.
CREATE TABLE buttonwood.lease (
  partition integer PRIMARY KEY,
  epoch bigint NOT NULL,
  owner text NOT NULL,
  address text NOT NULL,
  map_hash text NOT NULL,
  renewed_at timestamptz NOT NULL,
  successor text
-- Every commit renews it: room for the new version on the same page keeps the index out of it.
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

-- journal  one row per batch. The key keeps two rows from beginning at the same place. lz4 makes a row a quarter
--          as large faster than the disk takes the other three; the default method would be ten times as slow.
CREATE TABLE buttonwood.journal (
  partition integer NOT NULL,
  first_sequence bigint NOT NULL,
  last_sequence bigint NOT NULL,
  epoch bigint NOT NULL,
  map_hash text,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  digest text NOT NULL,
  commands bytea COMPRESSION lz4 NOT NULL,
  events bytea COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (partition, first_sequence)
);

-- How many standbys a commit waits for. Only the owner may see the state of replication; this shows the number.
CREATE FUNCTION buttonwood.synchronous_standbys() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$ SELECT count(*)::integer FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum') AND state = 'streaming' $$;

-- An engine may insert into and read the journal, and move the lease; a reader may read.
GRANT USAGE ON SCHEMA buttonwood TO ${ENGINE_ROLE}, ${READER_ROLE};
GRANT SELECT ON ALL TABLES IN SCHEMA buttonwood TO ${ENGINE_ROLE}, ${READER_ROLE};
GRANT INSERT ON buttonwood.journal, buttonwood.lease TO ${ENGINE_ROLE};
GRANT UPDATE ON buttonwood.lease TO ${ENGINE_ROLE};
`,
  `
-- The planner needs no statistics of what no query compares, and little of the rest: the key is always used. Reading
-- thousands of rows' commands and events for them, once a minute, would stop a busy machine for seconds.
ALTER TABLE buttonwood.journal
  ALTER COLUMN map_hash SET STATISTICS 0,
  ALTER COLUMN previous_hash SET STATISTICS 0,
  ALTER COLUMN hash SET STATISTICS 0,
  ALTER COLUMN digest SET STATISTICS 0,
  ALTER COLUMN commands SET STATISTICS 0,
  ALTER COLUMN events SET STATISTICS 0,
  ALTER COLUMN partition SET STATISTICS 10,
  ALTER COLUMN first_sequence SET STATISTICS 10,
  ALTER COLUMN last_sequence SET STATISTICS 10,
  ALTER COLUMN epoch SET STATISTICS 10,
  SET (
    autovacuum_analyze_scale_factor = 0.5,
    -- A vacuum takes its time, and no more than a small part of a processor.
    autovacuum_vacuum_cost_delay = 20,
    toast.autovacuum_vacuum_cost_delay = 20
  );
`,
];
