import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import { systemClock } from "../../platform/clock.js";
import { TestDatabases } from "../../platform/testing/test-databases.js";
import { GATEWAY_ROLE, prepareKeyTables } from "../session/key-tables.js";
import type { AuditLog } from "./audit-log.js";
import { auditLogContract, FACTS } from "./audit-log-contract.js";
import { prepareAuditTables } from "./audit-tables.js";
import { PostgresAuditLog } from "./postgres-audit-log.js";

describe("the audit log in PostgreSQL", () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.start();
  });
  after(() => databases.close());

  interface Place {
    readonly owner: pg.Client;
    readonly gateway: () => Promise<pg.Client>;
    open(): AuditLog;
  }

  async function inPlace(run: (place: Place) => Promise<void>): Promise<void> {
    const { name, owner } = await databases.make();
    const logs: AuditLog[] = [];
    try {
      await prepareKeyTables(owner);
      await prepareAuditTables(owner);
      // Prepared again at every start of a local cluster.
      await prepareAuditTables(owner);
      const gateway = (): Promise<pg.Client> => databases.connect(name, GATEWAY_ROLE);
      await run({
        owner,
        gateway,
        open() {
          const log = new PostgresAuditLog({ connect: gateway, clock: systemClock });
          logs.push(log);
          return log;
        },
      });
    } finally {
      for (const log of logs) await log.close();
      await owner.end();
    }
  }

  auditLogContract((use) => inPlace(({ open }) => use(open())));

  it("can be added to and read by gateways, neither changed nor shortened", () =>
    inPlace(async ({ open, gateway }) => {
      await open().append(FACTS);
      const client = await gateway();
      for (const text of [
        "UPDATE buttonwood_audit.entry SET entry = ''",
        "DELETE FROM buttonwood_audit.entry",
        "TRUNCATE buttonwood_audit.entry",
        "DROP TABLE buttonwood_audit.entry",
      ]) {
        await assert.rejects(client.query(text), /permission denied|must be owner/, text);
      }
      await client.end();
    }));

  it("keeps one chain of two processes that write at the same time", () =>
    inPlace(async ({ open }) => {
      const logs = [open(), open()];
      await Promise.all(logs.flatMap((log) => Array.from({ length: 10 }, () => log.append(FACTS))));
      assert.deepEqual([(await logs[0]!.check()).entries, (await logs[0]!.check()).problem], [20, undefined]);
    }));

  it("finds what the database's owner has changed or taken out", () =>
    inPlace(async ({ open, owner }) => {
      const log = open();
      for (let i = 0; i < 3; i++) await log.append(FACTS);
      await owner.query(
        "UPDATE buttonwood_audit.entry SET entry = replace(entry, 'carol', 'dave') WHERE number = 2",
      );
      assert.match((await log.check()).problem ?? "", /entry 2 was changed/);
      await owner.query("DELETE FROM buttonwood_audit.entry WHERE number = 2");
      assert.match((await log.check()).problem ?? "", /entry 2 is missing/);
    }));

  it("is written again once a lost connection can be made again", () =>
    inPlace(async ({ open, owner }) => {
      const log = open();
      await log.append(FACTS);
      await owner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${GATEWAY_ROLE}' AND datname = current_database()`,
      );
      // The first one may find the connection dead: nothing was written then.
      const second = await log.append(FACTS).catch(() => log.append(FACTS));
      assert.equal(second.number, 2);
    }));
});
