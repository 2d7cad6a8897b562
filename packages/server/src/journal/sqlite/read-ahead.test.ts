import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { appendRows, collect } from "../journal-contract.js";
import { DamagedJournalError } from "../port.js";
import { readAhead } from "./read-ahead.js";
import { JOURNAL_FILE, SqliteJournal } from "./sqlite-journal.js";

describe("reading ahead in another thread", () => {
  it("gives the rows that the journal gives", async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-read-ahead-"));
    const store = SqliteJournal.open(dataFolder);
    const { epoch } = await store.acquire("a");
    await appendRows(store, epoch, [1, 5000, 2, ...new Array<number>(60).fill(3000)]);
    for (const from of [1, 3, 5002, 100_000]) {
      const expected = await collect(store.read(from));
      let i = 0;
      // One after the other: a row's bytes are lent until the next.
      for await (const { previousHash, hash, commands, events, ...plain } of readAhead(dataFolder, from)) {
        const other = expected[i++]!;
        assert.deepEqual(
          { ...plain },
          {
            epoch,
            firstSequence: other.firstSequence,
            lastSequence: other.lastSequence,
            digest: other.digest,
          },
        );
        for (const [a, b] of [
          [previousHash, other.previousHash],
          [hash, other.hash],
          [commands, other.commands],
          [events, other.events],
        ] as const) {
          assert.equal(Buffer.compare(a, b), 0);
        }
      }
      assert.equal(i, expected.length);
    }
    await store.close();
    rmSync(dataFolder, { recursive: true });
  });

  it("names damage as the journal does, and can be left half-way", async () => {
    const { default: Database } = await import("libsql");
    const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-read-ahead-"));
    const store = SqliteJournal.open(dataFolder);
    const { epoch } = await store.acquire("a");
    await appendRows(store, epoch, new Array<number>(100).fill(1000));
    await store.close();
    for await (const row of readAhead(dataFolder, 1)) if (row.lastSequence === 2000) break;
    const database = new Database(join(dataFolder, JOURNAL_FILE));
    database.exec("UPDATE journal SET events = zeroblob(48) WHERE first_sequence = 50001");
    database.close();
    await assert.rejects(collect(readAhead(dataFolder, 1)), (error: Error) => {
      assert.ok(error instanceof DamagedJournalError);
      assert.match(error.message, /journal\.db, row 50001: its content hashes to/);
      return true;
    });
    rmSync(dataFolder, { recursive: true });
  });
});
