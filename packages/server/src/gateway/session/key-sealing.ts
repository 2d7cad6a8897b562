/**
 * How keys are made and stored. Secrets lie encrypted (AES-256-GCM) under a master key, which stands in a file that
 * only the exchange's user may read, so that a copy of the one without the other tells nothing.
 */
import { createPublicKey, createSecretKey, type KeyObject, randomBytes, randomInt } from "node:crypto";
import { link, mkdir, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../platform/clock.js";
import { writeWhole } from "../../platform/write-whole.js";
import { AddressList, formatAddressRange } from "./address-list.js";
import {
  type Credential,
  type KeyEntry,
  KeyKind,
  KeyRateLimits,
  KeyScope,
  type KeySettings,
  NEVER_US,
  type NewKey,
} from "./key-store.js";
import { seal, unseal } from "./sealing.js";

/** A key as it is stored. */
export interface StoredKey extends KeyEntry {
  /** Base64 of nonce (12 bytes), tag (16) and ciphertext; for Ed25519 keys the public key in PEM. */
  readonly material: string;
}

/** The key of a stored one, for operators. */
export function entryOf({ material: _, ...entry }: StoredKey): KeyEntry {
  return entry;
}

/** A key with some of its settings changed. Throws RangeError when an address is none, or a label can't be shown. */
export function edited(key: StoredKey, changes: Partial<KeySettings>): StoredKey {
  const { label, scopes, expiresUs, addresses, rateLimits } = changes;
  return {
    ...key,
    label: label === undefined ? key.label : checkedLabel(label),
    scopes: scopes ?? key.scopes,
    expiresUs: expiresUs ?? key.expiresUs,
    addresses: addresses === undefined ? key.addresses : normalRanges(addresses),
    rateLimits: rateLimits ?? key.rateLimits,
  };
}

function normalRanges(ranges: readonly string[]): string[] {
  return [...new Set(ranges.map(formatAddressRange))];
}

/** The stored keys can't be read; the message says why and what to do. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

const MASTER_BYTES = 32;

/**
 * Reads the master key. Makes it when there is none and `mayMake` allows it; of several processes that do so at
 * once, all read the same. Throws {@link KeyFileError}.
 */
export async function readMasterKey(
  path: string,
  missing: { readonly mayMake: boolean; readonly advice: string },
): Promise<KeyObject> {
  let text = await readFile(path, "utf8").catch(ifMissing);
  if (text === undefined) {
    if (!missing.mayMake) throw new KeyFileError(`${path} is missing, ${missing.advice}`);
    await mkdir(dirname(path), { recursive: true });
    const own = `${path}.${randomBytes(6).toString("hex")}`;
    await writeWhole(own, `${randomBytes(MASTER_BYTES).toString("base64")}\n`);
    // Who is first gives the file its name; the others find it.
    await link(own, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(own);
    text = await readFile(path, "utf8");
  }
  const master = createSecretKey(Buffer.from(text.trim(), "base64"));
  if (master.symmetricKeySize !== MASTER_BYTES) {
    throw new KeyFileError(`${path} holds no key of ${MASTER_BYTES} bytes. Restore it from a backup.`);
  }
  return master;
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}

/** Makes keys that can be stored, and reads them again. */
export class KeySealer {
  readonly #master: KeyObject;
  readonly #clock: Clock;
  readonly #place: string;

  /** `place` is where the keys are stored, for messages. */
  constructor(master: KeyObject, clock: Clock, place: string) {
    this.#master = master;
    this.#clock = clock;
    this.#place = place;
  }

  /** A new key and its secret ("" for Ed25519 keys). Throws RangeError when its public key or an address is none, or its label can't be shown. */
  make(key: NewKey): { readonly stored: StoredKey; readonly secretKey: string } {
    const apiKey = newToken();
    const isOwn = key.publicKey === undefined;
    const secretKey = isOwn ? newToken() : "";
    const stored: StoredKey = {
      apiKey,
      kind: isOwn ? KeyKind.HMAC : KeyKind.ED25519,
      account: key.account,
      label: checkedLabel(key.label ?? ""),
      scopes: key.scopes,
      createdUs: this.#clock.nowUs(),
      expiresUs: key.expiresUs ?? NEVER_US,
      addresses: normalRanges(key.addresses ?? []),
      rateLimits: key.rateLimits ?? KeyRateLimits.STANDARD,
      material: isOwn ? seal(this.#master, apiKey, secretKey) : checkedPublicKey(key.publicKey),
    };
    return { stored, secretKey };
  }

  /** What checks the key's signatures. Throws {@link KeyFileError} when the secret can't be decrypted. */
  open(key: StoredKey): Credential {
    const { material, ...entry } = key;
    return {
      ...entry,
      canRead: key.scopes.includes(KeyScope.READ),
      canTrade: key.scopes.includes(KeyScope.TRADE),
      allowed: key.addresses.length === 0 ? undefined : new AddressList(key.addresses),
      key:
        key.kind === KeyKind.HMAC
          ? createSecretKey(Buffer.from(this.#decrypt(key.apiKey, material), "utf8"))
          : createPublicKey(material),
    };
  }

  #decrypt(apiKey: string, material: string): string {
    const secret = unseal(this.#master, apiKey, material);
    if (secret !== undefined) return secret;
    throw new KeyFileError(
      `The secret of key ${apiKey.slice(0, 8)}… in ${this.#place} can't be decrypted: it was changed, or the ` +
        "master key is of another exchange. Restore both from the same backup.",
    );
  }
}

const TOKEN_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** The length that clients know; 64 of 62 letters hold 381 bits. */
const TOKEN_LENGTH = 64;

/** Letters and digits only: a token that begins with a dash reads as an option on a command line. */
function newToken(): string {
  let token = "";
  for (let i = 0; i < TOKEN_LENGTH; i++) token += TOKEN_LETTERS[randomInt(TOKEN_LETTERS.length)];
  return token;
}

/** Labels are shown in terminals, and kept by databases: no control characters, and no half of a character. */
function checkedLabel(label: string): string {
  if (/[\p{Cc}\p{Cs}]/u.test(label)) throw new RangeError("label holds a character that can't be shown.");
  return label;
}

function checkedPublicKey(pem: string): string {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw new RangeError("publicKey is no public key in PEM.");
  }
  if (key.asymmetricKeyType !== "ed25519") throw new RangeError("publicKey is no Ed25519 key.");
  return key.export({ type: "spki", format: "pem" }) as string;
}
