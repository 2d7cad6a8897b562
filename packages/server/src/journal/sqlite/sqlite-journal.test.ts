import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { appendRows, collect, journalContract } from "../journal-contract.js";
import { DamagedJournalError, JournalFailedError, type JournalStore } from "../port.js";
import { JOURNAL_FILE, SqliteJournal } from "./sqlite-journal.js";

function folder(): string {
  return mkdtempSync(join(tmpdir(), "buttonwood-journal-"));
}

journalContract("SQL file", async () => {
  const dataFolder = folder();
  const stores: JournalStore[] = [];
  return {
    open() {
      const store = SqliteJournal.open(dataFolder);
      stores.push(store);
      return store;
    },
    async close() {
      for (const store of stores) await store.close();
      rmSync(dataFolder, { recursive: true });
    },
  };
});

/** Writes a journal and closes it. Returns its rows as text. */
async function write(dataFolder: string, counts: readonly number[]): Promise<string[]> {
  const store = SqliteJournal.open(dataFolder);
  const { epoch } = await store.acquire("writer");
  await appendRows(store, epoch, counts);
  const rows = await readAll(store);
  await store.close();
  return rows;
}

async function readAll(store: Pick<JournalStore, "read">): Promise<string[]> {
  return (await collect(store.read(1))).map((row) =>
    JSON.stringify(row, (_key, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
    ),
  );
}

/** Opens and reads everything. Answers the rows, or the damage that was named. */
async function inspect(dataFolder: string): Promise<string[] | DamagedJournalError> {
  let store: JournalStore | undefined;
  try {
    store = SqliteJournal.open(dataFolder);
    await store.acquire("inspector");
    return await readAll(store);
  } catch (error) {
    if (error instanceof DamagedJournalError) return error;
    throw error;
  } finally {
    await store?.close();
  }
}

describe("journal in an SQL file", () => {
  it("is synced at every commit: write-ahead log, synchronous=FULL", async () => {
    const dataFolder = folder();
    const store = SqliteJournal.open(dataFolder);
    const { epoch } = await store.acquire("a");
    const wal = join(dataFolder, `${JOURNAL_FILE}-wal`);
    const before = statSync(wal).size;
    await appendRows(store, epoch, [1]);
    assert.ok(statSync(wal).size > before, "the commit is in the log when append resolves");
    await store.close();
    rmSync(dataFolder, { recursive: true });
  });

  it("is found again after the process was killed: nothing waits for a close", async () => {
    const dataFolder = folder();
    const copy = folder();
    const store = SqliteJournal.open(dataFolder);
    const { epoch } = await store.acquire("a");
    await appendRows(store, epoch, [5, 6]);
    // What a kill leaves behind is exactly what lies in the files now.
    cpSync(dataFolder, copy, { recursive: true });
    const again = SqliteJournal.open(copy);
    assert.equal((await again.acquire("b")).tail.sequence, 11);
    await again.close();
    await store.close();
    for (const used of [dataFolder, copy]) rmSync(used, { recursive: true });
  });

  it("names damage at any byte, and never reads fewer rows in silence", async () => {
    const dataFolder = folder();
    const rows = await write(dataFolder, [1, 2, 700, 3, 1, ...new Array<number>(40).fill(9)]);
    const path = join(dataFolder, JOURNAL_FILE);
    const whole = readFileSync(path);
    const mark = readFileSync(`${path}.mark`);
    let named = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.record({ at: fc.nat(whole.byteLength - 1), bit: fc.nat(7) }),
          fc.record({ cutTo: fc.nat(whole.byteLength - 1) }),
        ),
        async (damage) => {
          // A new file each time: what the last inspection still holds open must not lock this one.
          for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
          writeFileSync(`${path}.mark`, mark);
          if ("cutTo" in damage) {
            writeFileSync(path, whole);
            truncateSync(path, damage.cutTo);
          } else {
            const bytes = Buffer.from(whole);
            bytes[damage.at]! ^= 1 << damage.bit;
            writeFileSync(path, bytes);
          }
          const found = await inspect(dataFolder);
          if (found instanceof DamagedJournalError) {
            named++;
            assert.match(found.message, /journal\.db/);
          } else assert.deepEqual(found, rows);
        },
      ),
      { numRuns: 250 },
    );
    assert.ok(named > 100, `most damage hits something: ${named}`);
    rmSync(dataFolder, { recursive: true });
  });

  it("names the row and what differs when a row's content is changed through SQL", async () => {
    const { default: Database } = await import("libsql");
    const changes: readonly (readonly [string, RegExp])[] = [
      ["UPDATE journal SET commands = zeroblob(48) WHERE first_sequence = 2", /row 2: its content hashes to/],
      ["UPDATE journal SET events = zeroblob(8) WHERE first_sequence = 4", /row 4: its content hashes to/],
      ["UPDATE journal SET epoch = 0 WHERE first_sequence = 4", /row 4: epoch 0 after epoch 1/],
      ["UPDATE journal SET digest = 'x' WHERE first_sequence = 1", /row 1: its content hashes to/],
      ["UPDATE journal SET last_sequence = 4 WHERE first_sequence = 2", /row 2: its content hashes to/],
      [
        "DELETE FROM journal WHERE first_sequence = 2",
        /row 2: missing; the next row found begins at sequence 4/,
      ],
      ["DELETE FROM journal WHERE first_sequence = 4", /ends at sequence 3, but sequence 6 was committed/],
      ["DELETE FROM journal WHERE first_sequence = 1", /row 1: missing/],
      [
        "UPDATE lease SET epoch = 0",
        /the lease stands at epoch 1, but the last row was written under epoch 1/,
      ],
    ];
    for (const [sql, message] of changes) {
      const dataFolder = folder();
      await write(dataFolder, [1, 2, 3]);
      const database = new Database(join(dataFolder, JOURNAL_FILE));
      database.exec(sql);
      database.close();
      const found = await inspect(dataFolder);
      assert.ok(found instanceof DamagedJournalError, sql);
      assert.match(found.message, message);
      rmSync(dataFolder, { recursive: true });
    }
  });

  it("sees that the end of the write-ahead log was lost", async () => {
    const dataFolder = folder();
    const copy = folder();
    const store = SqliteJournal.open(dataFolder);
    const { epoch } = await store.acquire("a");
    await appendRows(store, epoch, [1, 1, 1]);
    cpSync(dataFolder, copy, { recursive: true });
    await store.close();
    const wal = join(copy, `${JOURNAL_FILE}-wal`);
    const bytes = readFileSync(wal);
    bytes[bytes.byteLength - 100]! ^= 1;
    writeFileSync(wal, bytes);
    rmSync(join(copy, `${JOURNAL_FILE}-shm`), { force: true });
    const found = await inspect(copy);
    assert.ok(found instanceof DamagedJournalError);
    assert.match(found.message, /ends at sequence 2, but sequence 3 was committed/);
    for (const used of [dataFolder, copy]) rmSync(used, { recursive: true });
  });

  it("names a damaged mark", async () => {
    const dataFolder = folder();
    await write(dataFolder, [1]);
    const path = join(dataFolder, `${JOURNAL_FILE}.mark`);
    const bytes = readFileSync(path);
    bytes[20]! ^= 1;
    writeFileSync(path, bytes);
    const found = await inspect(dataFolder);
    assert.ok(found instanceof DamagedJournalError);
    assert.match(found.message, /the mark of the journal's end is damaged/);
    rmSync(dataFolder, { recursive: true });
  });

  it("refuses a version it does not know, and a file that is no journal", async () => {
    const { default: Database } = await import("libsql");
    const dataFolder = folder();
    await write(dataFolder, [1]);
    const database = new Database(join(dataFolder, JOURNAL_FILE));
    database.exec("PRAGMA user_version = 99");
    database.close();
    assert.throws(() => SqliteJournal.open(dataFolder), /has version 99, this program knows 1/);
    for (const suffix of ["-wal", "-shm"]) rmSync(join(dataFolder, JOURNAL_FILE + suffix), { force: true });
    writeFileSync(join(dataFolder, JOURNAL_FILE), "this is a text, and certainly no database".repeat(100));
    assert.throws(() => SqliteJournal.open(dataFolder), DamagedJournalError);
    rmSync(dataFolder, { recursive: true });
  });

  it("reads beside the writer, and creates nothing where there is none", async () => {
    const dataFolder = folder();
    assert.throws(() => SqliteJournal.openReader(dataFolder), JournalFailedError);
    assert.equal(existsSync(join(dataFolder, JOURNAL_FILE)), false);
    const store = SqliteJournal.open(dataFolder);
    const { epoch } = await store.acquire("a");
    const reader = SqliteJournal.openReader(dataFolder);
    for (let i = 1; i <= 50; i++) {
      await appendRows(store, epoch, [2]);
      assert.equal((await collect(reader.read(2 * i - 1))).length, 1);
    }
    await reader.close();
    await store.close();
    rmSync(dataFolder, { recursive: true });
  });
});
