/**
 * The tables of a journal file. Rows are only ever inserted.
 *
 * lease    one row: the epoch that may write, who holds it, since when.
 * journal  one row per batch, keyed by its first sequence: no two rows can begin at the same place.
 */
export const SCHEMA = `
CREATE TABLE lease (
  id INTEGER PRIMARY KEY CHECK (id = 0),
  epoch INTEGER NOT NULL,
  owner TEXT NOT NULL
) STRICT;
INSERT INTO lease (id, epoch, owner) VALUES (0, 0, '');
CREATE TABLE journal (
  first_sequence INTEGER PRIMARY KEY,
  last_sequence INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  previous_hash BLOB NOT NULL,
  hash BLOB NOT NULL,
  digest TEXT NOT NULL,
  commands BLOB NOT NULL,
  events BLOB NOT NULL
) STRICT;
`;

/** "BTWD": marks the file as a journal of Buttonwood. */
export const APPLICATION_ID = 0x42545744;

/** Version of the tables. A process refuses one it does not know. */
export const SCHEMA_VERSION = 1;

/** Raises the epoch. */
export const ACQUIRE = "UPDATE lease SET epoch = epoch + 1, owner = ? WHERE id = 0";
export const LEASE = "SELECT epoch, owner FROM lease WHERE id = 0";

/**
 * Writes a row only while the epoch is the writer's and the row follows the last one, as one statement.
 * Parameters: first, last, epoch, previous hash, hash, digest, commands, events. No row written = deposed.
 */
export const APPEND = `
INSERT INTO journal (first_sequence, last_sequence, epoch, previous_hash, hash, digest, commands, events)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE (SELECT epoch FROM lease WHERE id = 0) = ?3
  AND ?1 = 1 + coalesce((SELECT last_sequence FROM journal ORDER BY first_sequence DESC LIMIT 1), 0)`;

const COLUMNS = "first_sequence, last_sequence, epoch, previous_hash, hash, digest, commands, events";

/** The last row's position. */
export const TAIL =
  "SELECT first_sequence, last_sequence, epoch, hash FROM journal ORDER BY first_sequence DESC LIMIT 1";

/** First sequence of the row that holds sequence ?1, or of the first row after it. */
export const SEEK = `SELECT first_sequence FROM journal WHERE first_sequence <= ?1 ORDER BY first_sequence DESC LIMIT 1`;

/** Up to ?2 rows from first sequence ?1 on. Short reads, so that no reader holds back the checkpoint. */
export const READ = `SELECT ${COLUMNS} FROM journal WHERE first_sequence >= ?1 ORDER BY first_sequence LIMIT ?2`;
