import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../platform/clock.js";
import { openKeyStore } from "./file-key-store.js";
import { KeyScope } from "./key-store.js";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-keys-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const both = [KeyScope.READ, KeyScope.TRADE];

describe("keys in a file", () => {
  it("are found again after a restart, and gone after a revocation", () =>
    inFolder(async (folder) => {
      const store = await openKeyStore(folder, systemClock);
      const [one, two] = await Promise.all([
        store.create({ account: 1, label: "a", scopes: both }),
        store.create({ account: 2, label: "b", scopes: [KeyScope.READ] }),
      ]);
      assert.match(one.entry.apiKey, /^[A-Za-z0-9]{64}$/);
      assert.match(one.secretKey, /^[A-Za-z0-9]{64}$/);
      const again = await openKeyStore(folder, systemClock);
      assert.deepEqual(again.list(), [one.entry, two.entry]);
      const credential = again.find(one.entry.apiKey)!;
      assert.equal(credential.key.export().toString(), one.secretKey);
      assert.deepEqual([credential.canRead, credential.canTrade], [true, true]);
      assert.equal(again.find(two.entry.apiKey)?.canTrade, false);
      const revoked: string[] = [];
      again.onRevoke((apiKey) => revoked.push(apiKey));
      assert.equal(await again.revoke(one.entry.apiKey), true);
      assert.equal(await again.revoke(one.entry.apiKey), false);
      assert.deepEqual(revoked, [one.entry.apiKey]);
      assert.equal(again.find(one.entry.apiKey), undefined);
      assert.deepEqual((await openKeyStore(folder, systemClock)).list(), [two.entry]);
    }));

  it("lie encrypted, in files that only their owner may read", () =>
    inFolder(async (folder) => {
      const store = await openKeyStore(folder, systemClock);
      const { secretKey } = await store.create({ account: 1, label: "", scopes: both });
      for (const name of ["keys.json", "keys.secret"]) {
        assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
        assert.ok(!readFileSync(join(folder, name), "utf8").includes(secretKey));
      }
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

  it("may be Ed25519 public keys, and nothing else", () =>
    inFolder(async (folder) => {
      const store = await openKeyStore(folder, systemClock);
      const pem = (type: "ed25519" | "x25519"): string => {
        const pair = type === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("x25519");
        return pair.publicKey.export({ type: "spki", format: "pem" }) as string;
      };
      const { entry, secretKey } = await store.create({
        account: 1,
        label: "",
        scopes: both,
        publicKey: pem("ed25519"),
      });
      assert.deepEqual([entry.kind, secretKey], ["ED25519", ""]);
      for (const publicKey of [pem("x25519"), "nothing"]) {
        await assert.rejects(store.create({ account: 1, label: "", scopes: both, publicKey }), RangeError);
      }
    }));
});
