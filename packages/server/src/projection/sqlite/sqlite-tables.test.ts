import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import Database from "libsql";
import { ledgerContract } from "../ledger-contract.js";
import { marketDataContract } from "../market-data/market-data-contract.js";
import { FOUR, restFour, restingContract } from "../resting/resting-contract.js";
import { ProjectionUnusableError } from "../tables.js";
import { tablesContract } from "../tables-contract.js";
import { inTables, type TestStore } from "../testing/projection-fixture.js";
import { SqliteTables } from "./sqlite-tables.js";

async function openStore(): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-tables-"));
  return {
    open: async () => SqliteTables.open(join(folder, "tables.db")),
    drop: async () => rmSync(folder, { recursive: true }),
  };
}

tablesContract("a file", openStore);
ledgerContract("a file", openStore);
marketDataContract("a file", openStore);
restingContract("a file", openStore);

describe("a file of query tables", () => {
  it("of an older schema gets the book by orders from its orders, which have no terms", async () => {
    const folder = mkdtempSync(join(tmpdir(), "buttonwood-tables-"));
    const file = join(folder, "tables.db");
    const store: TestStore = {
      open: async () => SqliteTables.open(file),
      drop: async () => rmSync(folder, { recursive: true }),
    };
    await inTables(
      async () => store,
      async (fixture) => {
        await restFour(fixture);
        await fixture.projection.flush();
        await fixture.close();
        const db = new Database(file);
        db.exec(
          "drop table resting_order; drop table prevented_match; drop table order_list; drop table payment",
        );
        db.exec("alter table orders drop column terms; pragma user_version = 1");
        db.close();
        await fixture.reopen();
        assert.deepEqual(fixture.projection.marketData.depthOrders(0, 10), FOUR);
        const query = { account: 1, market: 0, orderId: 16, clientOrderId: "" };
        const order = await (await fixture.projection.read()).order(query);
        assert.deepEqual([order?.clientOrderId, order?.terms], ["order-16", undefined]);
      },
    );
  });

  it("is refused when its schema is newer, with what to do", () => {
    const folder = mkdtempSync(join(tmpdir(), "buttonwood-tables-"));
    try {
      const file = join(folder, "tables.db");
      const db = new Database(file);
      db.exec("pragma user_version = 99");
      db.close();
      assert.throws(
        () => SqliteTables.open(file),
        (error: Error) =>
          error instanceof ProjectionUnusableError && /buttonwood rebuild/.test(error.message),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
