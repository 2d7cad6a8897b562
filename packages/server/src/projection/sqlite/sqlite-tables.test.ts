import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import Database from "libsql";
import { marketDataContract } from "../market-data/market-data-contract.js";
import { ProjectionUnusableError } from "../tables.js";
import { tablesContract } from "../tables-contract.js";
import type { TestStore } from "../testing/projection-fixture.js";
import { SqliteTables } from "./sqlite-tables.js";

async function openStore(): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-tables-"));
  return {
    open: async () => SqliteTables.open(join(folder, "tables.db")),
    drop: async () => rmSync(folder, { recursive: true }),
  };
}

tablesContract("a file", openStore);
marketDataContract("a file", openStore);

describe("a file of query tables", () => {
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
