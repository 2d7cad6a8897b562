import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openFilePeopleStore } from "./file-people-store.js";
import { Role } from "./people-store.js";
import { peopleStoreContract } from "./people-store-contract.js";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-people-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

peopleStoreContract("file", (run) => inFolder((folder) => run(() => openFilePeopleStore(folder))));

describe("people in a file", () => {
  it("may be read by their owner alone, and are refused by name when they are of a later version, or broken", () =>
    inFolder(async (folder) => {
      const store = await openFilePeopleStore(folder);
      await store.create({
        login: "alice",
        role: Role.TRADER,
        account: 1,
        passwordHash: "",
        totp: null,
        isDisabled: false,
        isDemo: false,
        createdUs: 1,
      });
      const path = join(folder, "people.json");
      assert.equal(statSync(path).mode & 0o777, 0o600);
      writeFileSync(path, JSON.stringify({ version: 2, users: [], sessions: [] }));
      await assert.rejects(openFilePeopleStore(folder), /is of version 2; this program reads version 1/);
      writeFileSync(path, "{");
      await assert.rejects(openFilePeopleStore(folder), /people\.json can't be read/);
    }));
});
