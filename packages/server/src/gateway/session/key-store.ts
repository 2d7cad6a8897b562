import type { KeyObject } from "node:crypto";

/** What a key may do. Every key may read public data; READ opens the account, TRADE its orders. */
export const KeyScope = { READ: "READ", TRADE: "TRADE" } as const;
export type KeyScope = (typeof KeyScope)[keyof typeof KeyScope];

/** How a key's requests are signed. */
export const KeyKind = { HMAC: "HMAC", ED25519: "ED25519" } as const;
export type KeyKind = (typeof KeyKind)[keyof typeof KeyKind];

/** A key as an operator sees it: never the secret. */
export interface KeyEntry {
  readonly apiKey: string;
  readonly kind: KeyKind;
  readonly account: number;
  readonly label: string;
  readonly scopes: readonly KeyScope[];
  /** µs since 1970. */
  readonly createdUs: number;
}

/** A key as a gateway needs it to check a signature. The account of a request comes from here and nowhere else. */
export interface Credential extends KeyEntry {
  readonly canRead: boolean;
  readonly canTrade: boolean;
  /** The HMAC secret, or the Ed25519 public key, parsed once. */
  readonly key: KeyObject;
}

export interface NewKey {
  readonly account: number;
  readonly label: string;
  readonly scopes: readonly KeyScope[];
  /** An Ed25519 public key in PEM; without one, the store makes an HMAC secret. */
  readonly publicKey?: string | undefined;
}

/** The keys of an exchange. Look-ups are synchronous: every signed request makes one. */
export interface KeyStore {
  find(apiKey: string): Credential | undefined;

  list(): readonly KeyEntry[];

  /** Makes a key durable and returns it with its secret, which is shown this once ("" for Ed25519 keys). */
  create(key: NewKey): Promise<{ readonly entry: KeyEntry; readonly secretKey: string }>;

  /** Revokes a key at once, open sessions included; false when there is none. */
  revoke(apiKey: string): Promise<boolean>;

  /** Calls back with every key that is revoked. Returns how to stop. */
  onRevoke(listener: (apiKey: string) => void): () => void;
}
