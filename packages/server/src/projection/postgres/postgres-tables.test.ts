import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { READER_ROLE } from "../../journal/postgres/migrations.js";
import { TestShard } from "../../journal/postgres/testing/test-shard.js";
import { ledgerContract } from "../ledger-contract.js";
import { marketDataContract } from "../market-data/market-data-contract.js";
import { FOUR, restFour, restingContract } from "../resting/resting-contract.js";
import { TABLE_NAMES } from "../table-columns.js";
import { ProjectionUnusableError, type TableChanges, TablesLostError } from "../tables.js";
import { tablesContract } from "../tables-contract.js";
import { inTables, type TestStore } from "../testing/projection-fixture.js";
import type { TablesAccess } from "./connect.js";
import { PostgresTables, schemaOf } from "./postgres-tables.js";
import { PROJECTION_ROLE, prepareProjectionRole } from "./prepare-role.js";

let shard: TestShard;
let partitions = 0;

const access = (user = PROJECTION_ROLE): TablesAccess => ({ ...shard.access(), user });
const rows = Object.fromEntries(TABLE_NAMES.map((table) => [table, []])) as unknown as TableChanges["rows"];

async function openStore(): Promise<TestStore> {
  const partition = partitions++;
  return {
    open: () => PostgresTables.open({ access: access(), partition }),
    drop: async () => void (await shard.sql(`drop schema ${schemaOf(partition)} cascade`)),
  };
}

describe("PostgreSQL", () => {
  before(async () => {
    shard = await TestShard.start();
    const client = new pg.Client(shard.owner);
    await client.connect();
    const parts = { readerRole: READER_ROLE, database: shard.owner.database };
    await prepareProjectionRole(client, parts);
    await prepareProjectionRole(client, parts);
    await client.end();
  });
  after(() => shard.stop());

  tablesContract("a shard", openStore);
  ledgerContract("a shard", openStore);
  marketDataContract("a shard", openStore);
  restingContract("a shard", openStore);

  describe("query tables in a shard", () => {
    it("are one projection's at a time", async () => {
      const partition = partitions++;
      const first = await PostgresTables.open({ access: access(), partition });
      await assert.rejects(PostgresTables.open({ access: access(), partition }), /another projection of/);
      await first.close();
      const next = await PostgresTables.open({ access: access(), partition });
      await next.close();
    });

    it("of an older schema get the book by orders from their orders, which have no terms", () =>
      inTables(openStore, async (fixture) => {
        const schema = schemaOf(partitions - 1);
        await restFour(fixture);
        await fixture.projection.flush();
        await fixture.close();
        await shard.sql(`drop table ${schema}.resting_order`);
        await shard.sql(`drop table ${schema}.prevented_match`);
        await shard.sql(`drop table ${schema}.order_list`);
        await shard.sql(`drop table ${schema}.payment`);
        await shard.sql(`alter table ${schema}.orders drop column terms`);
        await shard.sql(`delete from ${schema}.tables_version where version > 1`);
        await fixture.reopen();
        assert.deepEqual(fixture.projection.marketData.depthOrders(0, 10), FOUR);
        const query = { account: 1, market: 0, orderId: 16, clientOrderId: "" };
        const order = await (await fixture.projection.read()).order(query);
        assert.deepEqual([order?.clientOrderId, order?.terms], ["order-16", undefined]);
      }));

    it("are made anew for a rebuild, which cuts the projection off that fills them", async () => {
      const options = { access: access(), partition: partitions++ };
      const running = await PostgresTables.open(options);
      const changes = { fromSequence: 0, sequence: 3, timeUs: 5, rows };
      await running.write(changes);
      const empty = await PostgresTables.openEmpty(options);
      assert.deepEqual(await empty.progress(), { sequence: 0, timeUs: 0, journal: "" });
      await assert.rejects(running.write({ ...changes, fromSequence: 3, sequence: 4 }), TablesLostError);
      await running.close();
      await assert.rejects(PostgresTables.open(options), /another projection of/);
      await empty.write(changes);
      await empty.close();
      const next = await PostgresTables.open(options);
      assert.equal((await next.progress()).sequence, 3);
      await next.close();
    });

    it("take nothing from a projection that does not stand where they do", async () => {
      const partition = partitions++;
      const tables = await PostgresTables.open({ access: access(), partition });
      const changes = { fromSequence: 0, sequence: 3, timeUs: 5, rows };
      await tables.write(changes);
      await assert.rejects(
        tables.write({ ...changes, rows: { ...rows, minute: [1, 2] } }),
        /stands at sequence 3, not at 0/,
      );
      assert.deepEqual(await tables.query("select * from minute")(), []);
      assert.deepEqual(await tables.progress(), { sequence: 3, timeUs: 5, journal: "" });
      await tables.close();
    });

    it("survive every text that a client may choose", async () => {
      const tables = await PostgresTables.open({ access: access(), partition: partitions++ });
      const names = ['"', "\\", "{a,b}", "'; drop table asset; --", "NULL", " ", ""];
      const cells = names.flatMap((name, asset) => [asset, name, 2]);
      await tables.write({ fromSequence: 0, sequence: 1, timeUs: 1, rows: { ...rows, asset: cells } });
      const found = await tables.query<{ name: string }>("select name from asset order by asset")();
      assert.deepEqual(
        found.map(({ name }) => name),
        names,
      );
      await tables.close();
    });

    it("say what is wrong with a question, and apart from it that the shard is gone", async () => {
      const tables = await PostgresTables.open({ access: access(), partition: partitions++ });
      await assert.rejects(tables.query("select * from nowhere")(), /relation "nowhere" does not exist/);
      const progress = tables.query("select * from progress");
      assert.equal((await progress()).length, 1);
      await shard.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${PROJECTION_ROLE}'`,
      );
      await assert.rejects(tables.write({ fromSequence: 0, sequence: 1, timeUs: 1, rows }), TablesLostError);
      await tables.close();
    });

    it("are refused when their schema is newer, and where the shard was not prepared", async () => {
      const partition = partitions++;
      const tables = await PostgresTables.open({ access: access(), partition });
      await tables.close();
      await shard.sql(`insert into ${schemaOf(partition)}.tables_version values (99)`);
      const refused = (user: string, number: number, reason: RegExp) =>
        assert.rejects(
          PostgresTables.open({ access: access(user), partition: number }),
          (error: Error) => error instanceof ProjectionUnusableError && reason.test(error.message),
        );
      await refused(PROJECTION_ROLE, partition, /version 99, .*"buttonwood rebuild"/);
      await refused(READER_ROLE, partitions++, /may not make its tables .* Prepare the shard/);
      await refused("nobody_known", partitions++, /refuses the connection/);
    });

    it("may read the journal and change nothing of it", async () => {
      const client = new pg.Client({ ...shard.owner, user: PROJECTION_ROLE });
      await client.connect();
      await client.query("select count(*) from buttonwood.journal");
      await assert.rejects(client.query("delete from buttonwood.journal"), /permission denied/);
      await assert.rejects(client.query("update buttonwood.lease set epoch = 1"), /permission denied/);
      await client.end();
    });
  });
});
