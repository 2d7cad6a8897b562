import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { appendRows, collect } from "../journal-contract.js";
import { JournalFailedError } from "../port.js";
import { ENGINE_ROLE, READER_ROLE } from "./migrations.js";
import { PostgresJournal } from "./postgres-journal.js";
import { prepareShard } from "./prepare-shard.js";
import type { ShardAccess } from "./shard-connection.js";
import { TestShard } from "./testing/test-shard.js";

describe("a shard", () => {
  let shard: TestShard;
  before(async () => {
    shard = await TestShard.start();
  });
  after(() => shard.stop());

  /** Runs one statement as a role of the cluster. */
  async function as(user: string, statement: string): Promise<void> {
    const { port } = shard.primary;
    const { database, password } = shard.access();
    const client = new pg.Client({ host: "127.0.0.1", port, database, user, password });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** Over TCP, where a password is asked for. */
  const open = (changes: Partial<ShardAccess>) => {
    const servers = [{ host: "127.0.0.1", port: shard.primary.port }];
    return PostgresJournal.open({ access: shard.access({ servers, ...changes }), partition: 0 });
  };

  it("is prepared as often as one likes, and keeps its rows and passwords", async () => {
    const journal = await open({});
    const { epoch } = await journal.acquire("owner");
    await appendRows(journal, epoch, [2, 3]);
    await Promise.all([prepareShard(shard.owner), prepareShard(shard.owner)]);
    await appendRows(journal, epoch, [1]);
    assert.equal((await collect(journal.read(1))).length, 3);
    await journal.close();
  });

  it("is analyzed without a look at commands and events, which would stop a busy machine", async () => {
    const journal = await open({});
    const { epoch } = await journal.acquire("owner");
    await appendRows(journal, epoch, [1, 2, 3]);
    await journal.close();
    await shard.sql("ANALYZE buttonwood.journal");
    const known = await shard.sql(
      "SELECT attname FROM pg_stats WHERE schemaname = 'buttonwood' AND tablename = 'journal'",
    );
    assert.deepEqual(known.map(({ attname }) => String(attname)).sort(), [
      "epoch",
      "first_sequence",
      "last_sequence",
      "partition",
    ]);
  });

  it("lets an engine add to the journal and read it, and change nothing of it", async () => {
    await as(ENGINE_ROLE, "SELECT FROM buttonwood.journal");
    for (const statement of [
      "UPDATE buttonwood.journal SET digest = ''",
      "DELETE FROM buttonwood.journal",
      "TRUNCATE buttonwood.journal",
      "DROP TABLE buttonwood.journal",
      "DELETE FROM buttonwood.lease",
      "UPDATE buttonwood.journal_version SET version = 2",
      "CREATE TABLE buttonwood.other ()",
    ]) {
      await assert.rejects(as(ENGINE_ROLE, statement), /permission denied|must be owner/, statement);
    }
  });

  it("lets a reader read, and nothing else", async () => {
    await as(READER_ROLE, "SELECT FROM buttonwood.journal");
    await as(READER_ROLE, "SELECT FROM buttonwood.lease");
    for (const statement of [
      "INSERT INTO buttonwood.journal SELECT * FROM buttonwood.journal",
      "UPDATE buttonwood.lease SET epoch = epoch + 1",
      "DELETE FROM buttonwood.journal",
    ]) {
      await assert.rejects(as(READER_ROLE, statement), /permission denied/, statement);
    }
  });

  it("is refused by a wrong password, an unknown database and one that was not prepared, with what to do", async () => {
    await shard.sql("CREATE DATABASE empty");
    const refusals: [Partial<ShardAccess>, RegExp][] = [
      [{ password: "wrong" }, /28P01.*Correct the user, password or database/],
      [{ database: "nowhere" }, /3D000.*Correct the user, password or database/],
      [{ database: "empty" }, /holds no journal, this program needs version \d+\. Prepare the shard/],
    ];
    for (const [changes, message] of refusals) {
      await assert.rejects(open(changes), (error: Error) => {
        assert.ok(error instanceof JournalFailedError);
        assert.match(error.message, message);
        return true;
      });
    }
  });

  it("row 22: of a newer schema is refused on start and by preparing, and not changed", async () => {
    await shard.sql("INSERT INTO buttonwood.journal_version (version) VALUES (99)");
    const newer = /the shard's journal has version 99, this program knows \d+\. Nothing was changed\. Start/;
    await assert.rejects(open({}), newer);
    await assert.rejects(prepareShard(shard.owner), newer);
    await shard.sql("DELETE FROM buttonwood.journal_version WHERE version = 99");
    await (await open({})).close();
  });
});
