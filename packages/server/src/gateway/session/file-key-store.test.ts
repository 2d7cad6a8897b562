import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../platform/clock.js";
import { openKeyStore } from "./file-key-store.js";
import { KeyScope } from "./key-store.js";
import { keyStoreContract } from "./key-store-contract.js";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-keys-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const both = [KeyScope.READ, KeyScope.TRADE];

keyStoreContract("file", (run) => inFolder((folder) => run(() => openKeyStore(folder, systemClock))));

describe("keys in a file", () => {
  it("lie encrypted, in files that only their owner may read", () =>
    inFolder(async (folder) => {
      const store = await openKeyStore(folder, systemClock);
      const { secretKey } = await store.create({ account: 1, label: "", scopes: both });
      for (const name of ["keys.json", "keys.secret"]) {
        assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
        assert.ok(!readFileSync(join(folder, name), "utf8").includes(secretKey));
      }
    }));

  it("of the first version are read as before, and those of a later one refused", () =>
    inFolder(async (folder) => {
      const store = await openKeyStore(folder, systemClock);
      const { entry } = await store.create({ account: 1, label: "x", scopes: both });
      const path = join(folder, "keys.json");
      const content = JSON.parse(readFileSync(path, "utf8"));
      const { expiresUs: _e, addresses: _a, rateLimits: _r, ...first } = content.keys[0];
      writeFileSync(path, JSON.stringify({ version: 1, keys: [first] }));
      assert.deepEqual((await openKeyStore(folder, systemClock)).list(), [entry]);
      writeFileSync(path, JSON.stringify({ version: 3, keys: [] }));
      await assert.rejects(
        openKeyStore(folder, systemClock),
        /of version 3; this program reads versions up to 2/,
      );
    }));

  it("that were changed, or whose key file is gone, are refused by name", () =>
    inFolder(async (folder) => {
      const store = await openKeyStore(folder, systemClock);
      await store.create({ account: 1, label: "", scopes: both });
      await store.create({ account: 2, label: "", scopes: both });
      const path = join(folder, "keys.json");
      const content = JSON.parse(readFileSync(path, "utf8"));
      [content.keys[0].material, content.keys[1].material] = [
        content.keys[1].material,
        content.keys[0].material,
      ];
      writeFileSync(path, JSON.stringify(content));
      await assert.rejects(openKeyStore(folder, systemClock), /can't be decrypted/);
      rmSync(join(folder, "keys.secret"));
      await assert.rejects(openKeyStore(folder, systemClock), /keys\.secret is missing/);
    }));
});
