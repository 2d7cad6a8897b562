import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, verify } from "node:crypto";
import { it } from "node:test";
import { cryptoKeySigner, ed25519Signer, hmacSigner } from "./signer.js";

it("signatures are those of Node's own cryptography", async () => {
  const text = "symbol=BTCUSDT&timestamp=1&note=%C3%BC ü";
  assert.equal(
    await hmacSigner("secret ü").sign(text),
    createHmac("sha256", "secret ü").update(text).digest("hex"),
  );
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const signer = ed25519Signer(privateKey.export({ type: "pkcs8", format: "pem" }) as string);
  const signature = await signer.sign(text);
  assert.ok(verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64")));
});

it("keys that nobody can read sign too", async () => {
  const text = "symbol=BTCUSDT&note=ü";
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  assert.ok("privateKey" in pair);
  const signer = cryptoKeySigner(pair.privateKey);
  const signature = Buffer.from(await signer.sign(text), "base64");
  assert.ok(await crypto.subtle.verify("Ed25519", pair.publicKey, signature, Buffer.from(text)));
  await assert.rejects(crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const secretKey = "secret";
  const secret = await crypto.subtle.importKey("raw", Buffer.from(secretKey), hmac, false, ["sign"]);
  const expected = createHmac("sha256", secretKey).update(text).digest("hex");
  assert.equal(await cryptoKeySigner(secret).sign(text), expected);
  const other = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);
  assert.throws(() => cryptoKeySigner(other), /AES-GCM signs no requests/);
});

it("a key that is none says what one looks like", async () => {
  await assert.rejects(ed25519Signer("MC4CAQAwBQYDK2Vw").sign("x"), /BEGIN PRIVATE KEY/);
});
