import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import { systemClock } from "../../platform/clock.js";
import { TestDatabases } from "../../platform/testing/test-databases.js";
import { systemTimers } from "../../platform/timers.js";
import { KeyScope } from "./key-store.js";
import { keyStoreContract } from "./key-store-contract.js";
import { GATEWAY_ROLE, prepareKeyTables } from "./key-tables.js";
import { openPostgresKeyStore, type PostgresKeyStore } from "./postgres-key-store.js";

const BOTH = [KeyScope.READ, KeyScope.TRADE];
/** Long enough for a busy machine; what is promised is a second. */
const WAIT_MS = 10_000;

let databases: TestDatabases;

before(async () => {
  databases = await TestDatabases.start();
});
after(() => databases.close());

interface Place {
  readonly owner: pg.Client;
  readonly notices: string[];
  open(masterFile?: string): Promise<PostgresKeyStore>;
}

/** A database of its own, with the tables in it; closes every store that was opened. */
async function inPlace(run: (place: Place) => Promise<void>): Promise<void> {
  const { name, owner } = await databases.make();
  const stores: PostgresKeyStore[] = [];
  const notices: string[] = [];
  try {
    await prepareKeyTables(owner);
    await run({
      owner,
      notices,
      async open(masterFile = `${name}.secret`) {
        const store = await openPostgresKeyStore({
          connect: () => databases.connect(name, GATEWAY_ROLE),
          masterFile: join(databases.folder, masterFile),
          clock: systemClock,
          timers: systemTimers,
          onNotice: (text) => notices.push(text),
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

async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!holds()) {
    assert.ok(performance.now() < endMs, "it did not come about");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Ends the connections of all stores from the server's side. */
const cut = (owner: pg.Client) =>
  owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [GATEWAY_ROLE]);

keyStoreContract("PostgreSQL", (run) => inPlace(({ open }) => run(() => open())));

describe("keys in PostgreSQL", () => {
  it("are known to every gateway at once, and so is their end", () =>
    inPlace(async ({ open }) => {
      const [one, two] = await Promise.all([open(), open()]);
      const { entry, secretKey } = await one.create({ account: 7, label: "x", scopes: BOTH });
      await until(() => two.find(entry.apiKey) !== undefined);
      assert.equal(two.find(entry.apiKey)!.key.export().toString(), secretKey);
      const revoked: string[] = [];
      two.onChange((apiKey) => revoked.push(apiKey));
      assert.equal(await one.revoke(entry.apiKey), true);
      await until(() => revoked.length > 0);
      assert.deepEqual(revoked, [entry.apiKey]);
      assert.equal(two.find(entry.apiKey), undefined);
    }));

  it("are followed again after a lost connection, and used meanwhile", () =>
    inPlace(async ({ open, owner, notices }) => {
      const store = await open();
      const other = await open();
      const { entry } = await store.create({ account: 7, label: "x", scopes: BOTH });
      await until(() => other.find(entry.apiKey) !== undefined);
      await cut(owner);
      await until(() => notices.filter((text) => text.includes("out of reach")).length === 2);
      assert.notEqual(other.find(entry.apiKey), undefined);
      assert.equal(await store.revoke(entry.apiKey), true);
      await until(() => other.find(entry.apiKey) === undefined);
      await until(() => notices.filter((text) => text.includes("in reach again")).length === 2);
    }));

  it("lie encrypted, and a revoked one without its secret, in tables that gateways may only use", () =>
    inPlace(async ({ open, owner }) => {
      const store = await open();
      const { entry, secretKey } = await store.create({ account: 7, label: "x", scopes: BOTH });
      const material = async (): Promise<string> => {
        const { rows } = await owner.query("SELECT material FROM buttonwood_keys.key");
        return rows[0].material;
      };
      assert.ok(
        !Buffer.from(await material(), "base64")
          .toString("latin1")
          .includes(secretKey),
      );
      assert.notEqual(await material(), "");
      await store.revoke(entry.apiKey);
      assert.equal(await material(), "");
      const gateway = await databases.connect(owner.database!, GATEWAY_ROLE);
      await assert.rejects(gateway.query("DELETE FROM buttonwood_keys.key"), /permission denied/);
      await assert.rejects(gateway.query("CREATE TABLE buttonwood_keys.x ()"), /permission denied/);
      await gateway.end();
    }));

  it("of another master key, without one, or of a later version are refused by name", () =>
    inPlace(async ({ open, owner }) => {
      const store = await open();
      await store.create({ account: 7, label: "x", scopes: BOTH });
      await assert.rejects(
        open("missing.secret"),
        /missing\.secret is missing, but .* Copy it from another host/,
      );
      await inPlace(async (elsewhere) => void (await elsewhere.open("other.secret")));
      await assert.rejects(open("other.secret"), /can't be decrypted/);
      await owner.query("UPDATE buttonwood_keys.state SET version = 3");
      await assert.rejects(open(), /are of version 3; this program reads version 2/);
    }));

  it("of the first version are read as before once the tables are prepared, and refused until then", () =>
    inPlace(async ({ open, owner }) => {
      const store = await open();
      const { entry, secretKey } = await store.create({ account: 7, label: "x", scopes: BOTH });
      // As the first version had made them.
      await owner.query(`ALTER TABLE buttonwood_keys.key
        DROP COLUMN expires_us, DROP COLUMN addresses, DROP COLUMN rate_limits`);
      await owner.query("UPDATE buttonwood_keys.state SET version = 1");
      await assert.rejects(open(), /needs version 2. Prepare the shards .*`buttonwood cluster prepare`/);
      await prepareKeyTables(owner);
      const again = await open();
      assert.deepEqual(again.list(), [entry]);
      assert.equal(again.find(entry.apiKey)?.key.export().toString(), secretKey);
      const edited = await again.edit(entry.apiKey, { expiresUs: 5, addresses: ["10.0.0.0/8"] });
      assert.deepEqual(edited, { ...entry, expiresUs: 5, addresses: ["10.0.0.0/8"] });
    }));

  it("that are changed are changed for every gateway", () =>
    inPlace(async ({ open }) => {
      const [one, two] = await Promise.all([open(), open()]);
      const { entry } = await one.create({ account: 7, label: "x", scopes: BOTH });
      await until(() => two.find(entry.apiKey) !== undefined);
      const changed: string[] = [];
      two.onChange((apiKey) => changed.push(apiKey));
      await one.edit(entry.apiKey, { scopes: [KeyScope.READ], rateLimits: "none" });
      await until(() => changed.length > 0);
      const { canTrade, rateLimits } = two.find(entry.apiKey)!;
      assert.deepEqual([changed, canTrade, rateLimits], [[entry.apiKey], false, "none"]);
    }));

  it("may be prepared again, and by several at once", () =>
    inPlace(async ({ open, owner }) => {
      const store = await open();
      const { entry } = await store.create({ account: 7, label: "x", scopes: BOTH });
      const second = await databases.connect(owner.database!);
      await Promise.all([prepareKeyTables(owner), prepareKeyTables(second)]);
      await second.end();
      assert.equal((await open()).find(entry.apiKey)?.account, 7);
    }));
});
