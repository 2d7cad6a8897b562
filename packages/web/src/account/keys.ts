/** The reader's key: kept in this tab's session storage and nowhere else, until it is forgotten or the tab closes. */
import type { Credentials } from "@buttonwood/client";

const PLACE = "buttonwood-key";

export interface Keys {
  readonly apiKey: string;
  /** Of an HMAC key; or an Ed25519 private key, PKCS #8 as PEM. */
  readonly secret: string;
}

export function storedKeys(): Keys | undefined {
  const text = sessionStorage.getItem(PLACE);
  return text === null ? undefined : (JSON.parse(text) as Keys);
}

export function storeKeys(keys: Keys): void {
  sessionStorage.setItem(PLACE, JSON.stringify(keys));
}

export function forgetKeys(): void {
  sessionStorage.removeItem(PLACE);
}

export function credentialsOf({ apiKey, secret }: Keys): Credentials {
  return secret.includes("BEGIN PRIVATE KEY")
    ? { apiKey, privateKey: secret }
    : { apiKey, secretKey: secret };
}
