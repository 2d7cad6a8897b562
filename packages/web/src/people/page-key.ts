/** The key with which a page of somebody who is signed in signs its requests. Nobody can read it, nor it itself. */
import type { Credentials } from "@buttonwood/client";
import type { AccountApi } from "./account-api.js";

interface PageKeyAnswer {
  readonly apiKey: string;
  /** Of an HMAC key. */
  readonly secretKey: string;
}

/**
 * Makes a key for this page and has the exchange take it for the session: Ed25519, of which the exchange learns the
 * public part; where the browser has none, HMAC, whose secret is kept in memory alone.
 */
export async function makePageKey(api: AccountApi): Promise<Credentials> {
  if (globalThis.crypto?.subtle === undefined) {
    throw new Error(
      "Signing needs https, or an exchange on this machine: without it the page can only show the market.",
    );
  }
  const { subtle } = crypto;
  const pair = await ed25519Pair();
  if (pair !== undefined) {
    const publicKey = pemOf(await subtle.exportKey("spki", pair.publicKey));
    const { apiKey } = await api.call<PageKeyAnswer>("POST", "session-key", { publicKey });
    return { apiKey, cryptoKey: pair.privateKey };
  }
  const { apiKey, secretKey } = await api.call<PageKeyAnswer>("POST", "session-key", {});
  const bytes = new TextEncoder().encode(secretKey);
  const cryptoKey = await subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return { apiKey, cryptoKey };
}

async function ed25519Pair(): Promise<CryptoKeyPair | undefined> {
  try {
    return (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") return undefined;
    throw error;
  }
}

function pemOf(spki: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(spki)));
  return `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
}
