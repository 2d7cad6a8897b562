/**
 * Every statement that the journal sends to a shard, with its purpose, arguments and result. Numbers travel as
 * float8: exact to 2^53, and read without a detour over text.
 */

/** A statement that is prepared once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * A writer that needs a synchronous standby writes nothing once the server would no longer wait for one. Holds for
 * the statement's own commit: a server that is told otherwise meanwhile has answered by then.
 */
const waitsForStandby = (isNeeded: string): string =>
  `(NOT ${isNeeded}::boolean OR current_setting('synchronous_standby_names') <> '')`;

/**
 * Purpose: makes a batch durable, only while the epoch is the writer's and the row follows the last one, and renews
 * the lease. The update locks the lease's row, so that it waits for a take-over under way and then finds another
 * epoch, and a take-over waits for it.
 * Arguments: 1 partition, 2 epoch, 3 first sequence, 4 last sequence, 5 map hash or null, 6 previous hash, 7 hash,
 * 8 digest, 9 commands, 10 events, 11 whether a synchronous standby is needed.
 * Result: 1 row written, or 0: deposed, or the row does not follow.
 */
export const APPEND: Statement = {
  name: "append",
  text: `
WITH mine AS (
  UPDATE buttonwood.lease SET renewed_at = clock_timestamp()
  WHERE partition = $1 AND epoch = $2::float8 AND successor IS NULL AND ${waitsForStandby("$11")}
  RETURNING partition
)
INSERT INTO buttonwood.journal
  (partition, epoch, first_sequence, last_sequence, map_hash, previous_hash, hash, digest, commands, events)
SELECT partition, $2::float8, $3::float8, $4::float8, $5, $6, $7, $8, $9, $10
FROM mine
WHERE $3::float8 = 1 + coalesce((
  SELECT last_sequence FROM buttonwood.journal WHERE partition = $1 ORDER BY first_sequence DESC LIMIT 1), 0)`,
};

/**
 * Purpose: a commit that changes nothing but the lease's age. When it has returned, every earlier statement of this
 * writer has ended, and what is visible is durable on every server that a commit waits for.
 * Arguments: 1 partition, 2 epoch, 3 whether a synchronous standby is needed. Result: 1 row renewed, or 0: deposed.
 */
export const RENEW: Statement = {
  name: "renew",
  text: `
UPDATE buttonwood.lease SET renewed_at = clock_timestamp()
WHERE partition = $1 AND epoch = $2::float8 AND successor IS NULL AND ${waitsForStandby("$3")}`,
};

/** Purpose: gives the lease up. Arguments: as of {@link RENEW}, and 4 successor. Result: 1 row, or 0: deposed. */
export const RELEASE: Statement = {
  name: "release",
  text: `
UPDATE buttonwood.lease SET renewed_at = clock_timestamp(), successor = $4
WHERE partition = $1 AND epoch = $2::float8 AND successor IS NULL AND ${waitsForStandby("$3")}`,
};

/** Purpose: a partition's lease begins free. Arguments: 1 partition. */
export const CREATE_LEASE: Statement = {
  name: "create-lease",
  text: `
INSERT INTO buttonwood.lease (partition, epoch, owner, address, map_hash, renewed_at)
VALUES ($1, 0, '', '', '', clock_timestamp())
ON CONFLICT (partition) DO NOTHING`,
};

/**
 * Purpose: raises the epoch when the claimant may: the lease is as it saw it, of the same map, and was never held,
 * has lapsed, or was released to it.
 * Arguments: 1 partition, 2 owner, 3 address, 4 map hash, 5 epoch seen, 6 age in ms from which it has lapsed.
 * Result: the new epoch, or no row.
 */
export const TAKE_OVER: Statement = {
  name: "take-over",
  text: `
UPDATE buttonwood.lease
SET epoch = epoch + 1, owner = $2, address = $3, map_hash = $4, renewed_at = clock_timestamp(), successor = NULL
WHERE partition = $1 AND epoch = $5::float8 AND map_hash IN ('', $4)
  AND (epoch = 0 OR renewed_at <= clock_timestamp() - $6::float8 * interval '1 ms' OR successor IN ('', $2))
RETURNING epoch::float8`,
};

/** Purpose: raises the epoch whoever leads. Arguments: 1 partition, 2 owner. Result: the new epoch. */
export const ACQUIRE: Statement = {
  name: "acquire",
  text: `
UPDATE buttonwood.lease SET epoch = epoch + 1, owner = $2, renewed_at = clock_timestamp(), successor = NULL
WHERE partition = $1
RETURNING epoch::float8`,
};

/**
 * Purpose: who leads, and for how long by the server's clock nothing was heard of it.
 * Arguments: 1 partition. Result: epoch, owner, address, map hash, successor or null, idle ms; no row before the
 * first writer.
 */
export const LEASE: Statement = {
  name: "lease",
  text: `
SELECT epoch::float8, owner, address, map_hash, successor,
  greatest(0, extract(epoch FROM clock_timestamp() - renewed_at) * 1000)::float8
FROM buttonwood.lease WHERE partition = $1`,
};

/** Purpose: where the journal ends. Arguments: 1 partition. Result: last sequence, hash, epoch; no row when empty. */
export const TAIL: Statement = {
  name: "tail",
  text: `
SELECT last_sequence::float8, hash, epoch::float8 FROM buttonwood.journal
WHERE partition = $1 ORDER BY first_sequence DESC LIMIT 1`,
};

/** Purpose: what stands at a place. Arguments: 1 partition, 2 first sequence. Result: its hash, or no row. */
export const HASH_AT: Statement = {
  name: "hash-at",
  text: "SELECT hash FROM buttonwood.journal WHERE partition = $1 AND first_sequence = $2::float8",
};

/**
 * Purpose: where the row that holds a sequence begins. Arguments: 1 partition, 2 sequence. Result: its first
 * sequence; no row before the first.
 */
export const SEEK: Statement = {
  name: "seek",
  text: `
SELECT first_sequence::float8 FROM buttonwood.journal
WHERE partition = $1 AND first_sequence <= $2::float8 ORDER BY first_sequence DESC LIMIT 1`,
};

/**
 * Purpose: rows in order. Arguments: 1 partition, 2 first sequence from, 3 first sequence below which, 4 rows at
 * most. Result: epoch, first, last, map hash or null, previous hash, hash, digest, commands, events.
 */
export const READ: Statement = {
  name: "read",
  text: `
SELECT epoch::float8, first_sequence::float8, last_sequence::float8, map_hash, previous_hash, hash, digest, commands, events
FROM buttonwood.journal
WHERE partition = $1 AND first_sequence >= $2::float8 AND first_sequence < $3::float8
ORDER BY first_sequence LIMIT $4`,
};

/**
 * Purpose: a commit of a reader, who may write nothing: when it has returned, what was visible before is durable on
 * every server that a commit waits for.
 */
export const BARRIER: Statement = {
  name: "barrier",
  text: "SELECT pg_logical_emit_message(true, 'buttonwood', '')",
};

/** Purpose: whether this server takes writes. Result: false, or true for a standby. */
export const IS_STANDBY: Statement = { name: "is-standby", text: "SELECT pg_is_in_recovery()" };

/** Purpose: which migrations were made. Result: the newest one's number. */
export const VERSION: Statement = {
  name: "version",
  text: "SELECT max(version) FROM buttonwood.journal_version",
};

/** Purpose: how many standbys a commit waits for right now. Result: their number. */
export const SYNCHRONOUS_STANDBYS: Statement = {
  name: "synchronous-standbys",
  text: "SELECT buttonwood.synchronous_standbys()",
};
