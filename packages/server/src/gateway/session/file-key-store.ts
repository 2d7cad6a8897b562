/**
 * Keys in a file of the data folder. Secrets lie encrypted (AES-256-GCM) under a key file that only the
 * exchange's user may read, so that a copy of the one without the other tells nothing.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomInt,
} from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../platform/clock.js";
import {
  type Credential,
  type KeyEntry,
  KeyKind,
  KeyScope,
  type KeyStore,
  type NewKey,
} from "./key-store.js";

const KEYS_NAME = "keys.json";
const MASTER_NAME = "keys.secret";
const VERSION = 1;

interface StoredKey extends KeyEntry {
  /** Base64 of nonce (12 bytes), tag (16) and ciphertext; for Ed25519 keys the public key in PEM. */
  readonly material: string;
}

/** The stored keys can't be read; the message says why and what to do. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

/** Opens the keys of a data folder, making the folder's key file when there is none. */
export async function openKeyStore(dataDirectory: string, clock: Clock): Promise<KeyStore> {
  await mkdir(dataDirectory, { recursive: true });
  const masterPath = join(dataDirectory, MASTER_NAME);
  const keysPath = join(dataDirectory, KEYS_NAME);
  if (!existsSync(masterPath)) {
    if (existsSync(keysPath)) {
      throw new KeyFileError(
        `${masterPath} is missing, but ${keysPath} holds keys encrypted with it. They can't be read without it. ` +
          `Restore the file from a backup, or move ${KEYS_NAME} away and create new keys.`,
      );
    }
    await writeWhole(masterPath, `${randomBytes(32).toString("base64")}\n`);
  }
  const master = createSecretKey(Buffer.from(readFileSync(masterPath, "utf8").trim(), "base64"));
  if (master.symmetricKeySize !== 32) {
    throw new KeyFileError(`${masterPath} holds no key of 32 bytes. Restore it from a backup.`);
  }
  const stored = existsSync(keysPath) ? readKeys(keysPath) : [];
  return new FileKeyStore(keysPath, master, stored, clock);
}

function readKeys(path: string): StoredKey[] {
  let content: { readonly version: number; readonly keys: StoredKey[] };
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new KeyFileError(
      `${path} can't be read (${(error as Error).message}). Restore it from a backup, or move it away and create new keys.`,
    );
  }
  if (content.version !== VERSION) {
    throw new KeyFileError(
      `${path} is of version ${content.version}; this program reads version ${VERSION}. Update it.`,
    );
  }
  return content.keys;
}

/** Writes a file as a whole or not at all, readable by its owner alone. */
async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

class FileKeyStore implements KeyStore {
  readonly #path: string;
  readonly #master: KeyObject;
  readonly #clock: Clock;
  #stored: readonly StoredKey[];
  readonly #credentials = new Map<string, Credential>();
  readonly #listeners = new Set<(apiKey: string) => void>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(path: string, master: KeyObject, stored: readonly StoredKey[], clock: Clock) {
    this.#path = path;
    this.#master = master;
    this.#clock = clock;
    this.#stored = stored;
    for (const key of stored) this.#credentials.set(key.apiKey, this.#open(key));
  }

  find(apiKey: string): Credential | undefined {
    return this.#credentials.get(apiKey);
  }

  list(): readonly KeyEntry[] {
    return this.#stored.map(({ material: _, ...entry }) => entry);
  }

  async create(key: NewKey): Promise<{ entry: KeyEntry; secretKey: string }> {
    const secretKey = key.publicKey === undefined ? newToken() : "";
    const entry: KeyEntry = {
      apiKey: newToken(),
      kind: key.publicKey === undefined ? KeyKind.HMAC : KeyKind.ED25519,
      account: key.account,
      label: key.label,
      scopes: key.scopes,
      createdUs: this.#clock.nowUs(),
    };
    const material =
      key.publicKey === undefined ? this.#encrypt(entry.apiKey, secretKey) : checkedPublicKey(key.publicKey);
    const stored: StoredKey = { ...entry, material };
    await this.#write((keys) => [...keys, stored]);
    this.#credentials.set(entry.apiKey, this.#open(stored));
    return { entry, secretKey };
  }

  async revoke(apiKey: string): Promise<boolean> {
    if (!this.#credentials.has(apiKey)) return false;
    await this.#write((keys) => keys.filter((key) => key.apiKey !== apiKey));
    // After the file, so that a key that is said to be revoked stays so after a crash.
    this.#credentials.delete(apiKey);
    for (const listener of this.#listeners) listener(apiKey);
    return true;
  }

  onRevoke(listener: (apiKey: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One write after the other; the list in memory changes only when the file has. */
  #write(change: (keys: readonly StoredKey[]) => readonly StoredKey[]): Promise<void> {
    const work = async (): Promise<void> => {
      const keys = change(this.#stored);
      await writeWhole(this.#path, `${JSON.stringify({ version: VERSION, keys }, undefined, 2)}\n`);
      this.#stored = keys;
    };
    const done = this.#writing.then(work, work);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  #open(key: StoredKey): Credential {
    const { material, ...entry } = key;
    return {
      ...entry,
      canRead: key.scopes.includes(KeyScope.READ),
      canTrade: key.scopes.includes(KeyScope.TRADE),
      key:
        key.kind === KeyKind.HMAC
          ? createSecretKey(Buffer.from(this.#decrypt(key.apiKey, material), "utf8"))
          : createPublicKey(material),
    };
  }

  #encrypt(apiKey: string, secret: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#master, nonce);
    // Bound to its key: secrets can't be swapped between entries of the file.
    cipher.setAAD(Buffer.from(apiKey));
    const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64");
  }

  #decrypt(apiKey: string, material: string): string {
    const bytes = Buffer.from(material, "base64");
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#master, bytes.subarray(0, 12));
      decipher.setAAD(Buffer.from(apiKey));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return decipher.update(bytes.subarray(28), undefined, "utf8") + decipher.final("utf8");
    } catch {
      throw new Error(
        `The secret of key ${apiKey.slice(0, 8)}… in ${this.#path} can't be decrypted: it was changed, or ` +
          `${MASTER_NAME} is of another data folder. Restore both files from the same backup.`,
      );
    }
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
