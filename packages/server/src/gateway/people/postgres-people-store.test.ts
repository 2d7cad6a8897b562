import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { type PostgresServer, startPostgres } from "../../platform/servers/postgres-server.js";
import { systemTimers } from "../../platform/timers.js";
import { GATEWAY_ROLE, prepareKeyTables } from "../session/key-tables.js";
import type { PeopleStore } from "./people-store.js";
import { peopleStoreContract } from "./people-store-contract.js";
import { preparePeopleTables } from "./people-tables.js";
import { openPostgresPeopleStore } from "./postgres-people-store.js";

let folder: string;
let server: PostgresServer;
let databases = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-people-"));
  chmodSync(folder, 0o755);
  server = await startPostgres({ folder: join(folder, "postgres") });
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function connect(database: string, user = server.user): Promise<pg.Client> {
  const client = new pg.Client({ host: server.socketFolder, port: server.port, user, database });
  // A server that ends the connection is what some cases are about.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** A database of its own, with the tables of keys in it, and those of people too unless told otherwise. */
async function inPlace(
  run: (place: { readonly owner: pg.Client; open(): Promise<PeopleStore> }) => Promise<void>,
  isPrepared = true,
): Promise<void> {
  const name = `people${++databases}`;
  const first = await connect("postgres");
  await first.query(`CREATE DATABASE ${name}`);
  await first.end();
  const owner = await connect(name);
  const stores: PeopleStore[] = [];
  try {
    await prepareKeyTables(owner);
    if (isPrepared) await preparePeopleTables(owner);
    await run({
      owner,
      async open() {
        const store = await openPostgresPeopleStore({
          connect: () => connect(name, GATEWAY_ROLE),
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
      const gateway = await connect(owner.database!, GATEWAY_ROLE);
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
