import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, verify } from "node:crypto";
import { it } from "node:test";
import { ed25519Signer, hmacSigner } from "./signer.js";

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

it("a key that is none says what one looks like", async () => {
  await assert.rejects(ed25519Signer("MC4CAQAwBQYDK2Vw").sign("x"), /BEGIN PRIVATE KEY/);
});
