import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import { TestDatabases } from "../../platform/testing/test-databases.js";
import { systemTimers } from "../../platform/timers.js";
import { GATEWAY_ROLE, prepareKeyTables } from "../session/key-tables.js";
import type { PeopleStore } from "./people-store.js";
import { peopleStoreContract } from "./people-store-contract.js";
import { preparePeopleTables } from "./people-tables.js";
import { openPostgresPeopleStore } from "./postgres-people-store.js";

let databases: TestDatabases;

before(async () => {
  databases = await TestDatabases.start();
});
after(() => databases.close());

/** A database of its own, with the tables of keys in it, and those of people too unless told otherwise. */
async function inPlace(
  run: (place: { readonly owner: pg.Client; open(): Promise<PeopleStore> }) => Promise<void>,
  isPrepared = true,
): Promise<void> {
  const { name, owner } = await databases.make();
  const stores: PeopleStore[] = [];
  try {
    await prepareKeyTables(owner);
    if (isPrepared) await preparePeopleTables(owner);
    await run({
      owner,
      async open() {
        const store = await openPostgresPeopleStore({
          connect: () => databases.connect(name, GATEWAY_ROLE),
          timers: systemTimers,
        });
        stores.push(store);
        return store;
      },
    });
  } finally {
    for (const store of stores) await store.close();
    await owner.end();
  }
}

peopleStoreContract("PostgreSQL", (run) => inPlace(({ open }) => run(open)));

describe("people in PostgreSQL", () => {
  it("are asked for again after a lost connection", () =>
    inPlace(async ({ open, owner }) => {
      const store = await open();
      assert.deepEqual(await store.list(), []);
      await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [
        GATEWAY_ROLE,
      ]);
      // The first question may still go to the connection that is gone.
      await store.list().catch(() => undefined);
      assert.deepEqual(await store.list(), []);
    }));

  it("lie in tables that gateways may use, not change", () =>
    inPlace(async ({ owner }) => {
      const gateway = await databases.connect(owner.database!, GATEWAY_ROLE);
      await assert.rejects(gateway.query("DELETE FROM buttonwood_people.users"), /permission denied/);
      await assert.rejects(
        gateway.query("UPDATE buttonwood_people.state SET version = 7"),
        /permission denied/,
      );
      await gateway.end();
    }));

  it("without tables, or of a later version, are refused by name; preparing again changes nothing", () =>
    inPlace(async ({ open, owner }) => {
      await assert.rejects(open(), /no tables of people yet. Prepare .*`buttonwood cluster prepare`/);
      await preparePeopleTables(owner);
      await preparePeopleTables(owner);
      assert.deepEqual(await (await open()).list(), []);
      await owner.query("UPDATE buttonwood_people.state SET version = 2");
      await assert.rejects(open(), /of version 2; this program reads version 1/);
    }, false));
});
