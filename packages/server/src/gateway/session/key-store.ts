import type { KeyObject } from "node:crypto";
import type { AddressList } from "./address-list.js";

/** What a key may do. Every key may read public data; READ opens the account, TRADE its orders. */
export const KeyScope = { READ: "READ", TRADE: "TRADE" } as const;
export type KeyScope = (typeof KeyScope)[keyof typeof KeyScope];

/** How a key's requests are signed. */
export const KeyKind = { HMAC: "HMAC", ED25519: "ED25519" } as const;
export type KeyKind = (typeof KeyKind)[keyof typeof KeyKind];

/** Whether the exchange's rate limits hold for a key. `none` is for market makers and benchmarks. */
export const KeyRateLimits = { STANDARD: "standard", NONE: "none" } as const;
export type KeyRateLimits = (typeof KeyRateLimits)[keyof typeof KeyRateLimits];

/** A key's end when it has none: it holds until it is revoked. */
export const NEVER_US = 0;

/** What may be changed of a key after it was made. */
export interface KeySettings {
  readonly label: string;
  readonly scopes: readonly KeyScope[];
  /** µs since 1970 from which on the key is none; {@link NEVER_US} for no end. */
  readonly expiresUs: number;
  /** Addresses and ranges that it may be used from, as `formatAddressRange` writes them; empty for everywhere. */
  readonly addresses: readonly string[];
  readonly rateLimits: KeyRateLimits;
}

/** A key as an operator sees it: never the secret. */
export interface KeyEntry extends KeySettings {
  readonly apiKey: string;
  readonly kind: KeyKind;
  readonly account: number;
  /** µs since 1970. */
  readonly createdUs: number;
}

/** A key as a gateway needs it to check a signature. The account of a request comes from here and nowhere else. */
export interface Credential extends KeyEntry {
  readonly canRead: boolean;
  readonly canTrade: boolean;
  /** Where it may be used from; undefined for everywhere. */
  readonly allowed: AddressList | undefined;
  /** The HMAC secret, or the Ed25519 public key, parsed once. */
  readonly key: KeyObject;
}

/** A key to be made; settings that are left out are an empty label, no end, every address, standard limits. */
export interface NewKey extends Partial<KeySettings> {
  readonly account: number;
  readonly scopes: readonly KeyScope[];
  /** An Ed25519 public key in PEM; without one, the store makes an HMAC secret. */
  readonly publicKey?: string | undefined;
}

/** The keys of an exchange. Look-ups are synchronous: every signed request makes one. */
export interface KeyStore {
  /** The key as it is now, also after its end: see `credentialOf`. */
  find(apiKey: string): Credential | undefined;

  list(): readonly KeyEntry[];

  /**
   * Makes a key durable and returns it with its secret, which is shown this once ("" for Ed25519 keys). Rejects with
   * RangeError when its public key or an address is none.
   */
  create(key: NewKey): Promise<{ readonly entry: KeyEntry; readonly secretKey: string }>;

  /** Changes a key at once, open sessions included; undefined when there is none. Rejects with RangeError as above. */
  edit(apiKey: string, changes: Partial<KeySettings>): Promise<KeyEntry | undefined>;

  /** Revokes a key at once, open sessions included; false when there is none. */
  revoke(apiKey: string): Promise<boolean>;

  /** Calls back with every key that is revoked or changed. Returns how to stop. */
  onChange(listener: (apiKey: string) => void): () => void;
}
