import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { KeyScope, type KeyStore } from "./key-store.js";

/** Opens stores over the same keys, one after the other or several at once. */
export type OpenStore = () => Promise<KeyStore>;

const BOTH = [KeyScope.READ, KeyScope.TRADE];

/** What every key store must do; run for each adapter. `inPlace` gives each case a place of its own. */
export function keyStoreContract(
  name: string,
  inPlace: (run: (open: OpenStore) => Promise<void>) => Promise<void>,
): void {
  describe(`key store contract: ${name}`, () => {
    it("finds keys again after a restart, and not after a revocation", () =>
      inPlace(async (open) => {
        const store = await open();
        const [one, two] = await Promise.all([
          store.create({ account: 1, label: "a", scopes: BOTH }),
          store.create({ account: 2, label: "b", scopes: [KeyScope.READ] }),
        ]);
        assert.match(one.entry.apiKey, /^[A-Za-z0-9]{64}$/);
        assert.match(one.secretKey, /^[A-Za-z0-9]{64}$/);
        const again = await open();
        const byAccount = [...again.list()].sort((a, b) => a.account - b.account);
        assert.deepEqual(byAccount, [one.entry, two.entry]);
        const credential = again.find(one.entry.apiKey)!;
        assert.equal(credential.key.export().toString(), one.secretKey);
        assert.deepEqual([credential.canRead, credential.canTrade], [true, true]);
        assert.equal(again.find(two.entry.apiKey)?.canTrade, false);
        const revoked: string[] = [];
        again.onChange((apiKey) => revoked.push(apiKey));
        assert.equal(await again.revoke(one.entry.apiKey), true);
        assert.equal(await again.revoke(one.entry.apiKey), false);
        assert.equal(await again.revoke("nobody's"), false);
        assert.deepEqual(revoked, [one.entry.apiKey]);
        assert.equal(again.find(one.entry.apiKey), undefined);
        assert.deepEqual((await open()).list(), [two.entry]);
      }));

    it("keeps every key of those made at once", () =>
      inPlace(async (open) => {
        const store = await open();
        const made = await Promise.all(
          Array.from({ length: 10 }, (_, account) => store.create({ account, label: "", scopes: BOTH })),
        );
        const again = await open();
        for (const { entry, secretKey } of made) {
          assert.equal(again.find(entry.apiKey)?.account, entry.account);
          assert.equal(again.find(entry.apiKey)?.key.export().toString(), secretKey);
        }
      }));

    it("keeps what was said of a key, and what was changed of it", () =>
      inPlace(async (open) => {
        const store = await open();
        const settings = { label: "a", scopes: [KeyScope.READ], expiresUs: 1_900_000_000_000_000 };
        const addresses = ["::ffff:203.0.113.7", "203.0.113.7", "2001:db8::/32"];
        const { entry } = await store.create({ account: 1, ...settings, addresses, rateLimits: "none" });
        assert.deepEqual(entry.addresses, ["203.0.113.7", "2001:db8::/32"]);
        const plain = (await store.create({ account: 1, scopes: BOTH })).entry;
        const { label, expiresUs, rateLimits } = plain;
        assert.deepEqual([label, expiresUs, plain.addresses, rateLimits], ["", 0, [], "standard"]);
        const again = await open();
        assert.deepEqual([...again.list()], [entry, plain]);
        assert.equal(again.find(entry.apiKey)!.allowed?.has("2001:db8::1"), true);
        assert.equal(again.find(plain.apiKey)!.allowed, undefined);

        const changed: string[] = [];
        again.onChange((apiKey) => changed.push(apiKey));
        const edited = await again.edit(entry.apiKey, { expiresUs: 0, addresses: [], scopes: BOTH });
        assert.deepEqual(edited, { ...entry, expiresUs: 0, addresses: [], scopes: BOTH });
        const found = again.find(entry.apiKey)!;
        assert.deepEqual([found.canTrade, found.allowed], [true, undefined]);
        assert.equal(found.key.export().toString(), store.find(entry.apiKey)!.key.export().toString());
        await again.edit(entry.apiKey, { label: "b" });
        assert.deepEqual(changed, [entry.apiKey, entry.apiKey]);
        assert.equal(await again.edit("nobody's", { label: "b" }), undefined);
        await assert.rejects(again.edit(entry.apiKey, { addresses: ["home"] }), RangeError);
        await assert.rejects(
          store.create({ account: 1, scopes: BOTH, addresses: ["10.0.0.0/33"] }),
          RangeError,
        );
        const byLabel = [...(await open()).list()].map((key) => key.label).sort();
        assert.deepEqual(byLabel, ["", "b"]);
      }));

    it("takes Ed25519 public keys, and nothing else", () =>
      inPlace(async (open) => {
        const store = await open();
        const pem = (type: "ed25519" | "x25519"): string => {
          const pair = type === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("x25519");
          return pair.publicKey.export({ type: "spki", format: "pem" }) as string;
        };
        const publicKey = pem("ed25519");
        const { entry, secretKey } = await store.create({ account: 1, label: "", scopes: BOTH, publicKey });
        assert.deepEqual([entry.kind, secretKey], ["ED25519", ""]);
        const found = (await open()).find(entry.apiKey)!;
        assert.equal(found.key.export({ type: "spki", format: "pem" }), publicKey);
        for (const wrong of [pem("x25519"), "nothing"]) {
          await assert.rejects(
            store.create({ account: 1, label: "", scopes: BOTH, publicKey: wrong }),
            RangeError,
          );
        }
      }));
  });
}
