/** Keys in a file of the data folder, for an exchange of one process. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../platform/clock.js";
import { writeWhole } from "../../platform/write-whole.js";
import { edited, entryOf, KeyFileError, KeySealer, readMasterKey, type StoredKey } from "./key-sealing.js";
import {
  type Credential,
  type KeyEntry,
  KeyRateLimits,
  type KeySettings,
  type KeyStore,
  NEVER_US,
  type NewKey,
} from "./key-store.js";

const KEYS_NAME = "keys.json";
const MASTER_NAME = "keys.secret";
/** Version 1 had keys without an end, addresses and rate limits of their own. */
const VERSIONS_READ: ReadonlySet<number> = new Set([1, 2]);
const VERSION = 2;

/** A key as a file holds it. */
type FileKey = Omit<StoredKey, "expiresUs" | "addresses" | "rateLimits"> & Partial<StoredKey>;

/** Opens the keys of a data folder, making the folder's key file when there is none. */
export async function openKeyStore(dataDirectory: string, clock: Clock): Promise<KeyStore> {
  await mkdir(dataDirectory, { recursive: true });
  const keysPath = join(dataDirectory, KEYS_NAME);
  const stored = existsSync(keysPath) ? readKeys(keysPath) : [];
  const master = await readMasterKey(join(dataDirectory, MASTER_NAME), {
    mayMake: !existsSync(keysPath),
    advice:
      `but ${keysPath} holds keys encrypted with it. They can't be read without it. ` +
      `Restore the file from a backup, or move ${KEYS_NAME} away and create new keys.`,
  });
  return new FileKeyStore(keysPath, new KeySealer(master, clock, keysPath), stored);
}

function readKeys(path: string): StoredKey[] {
  let content: { readonly version: number; readonly keys: FileKey[] };
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new KeyFileError(
      `${path} can't be read (${(error as Error).message}). Restore it from a backup, or move it away and create new keys.`,
    );
  }
  if (!VERSIONS_READ.has(content.version)) {
    throw new KeyFileError(
      `${path} is of version ${content.version}; this program reads versions up to ${VERSION}. Update it.`,
    );
  }
  return content.keys.map((key) => ({
    ...key,
    expiresUs: key.expiresUs ?? NEVER_US,
    addresses: key.addresses ?? [],
    rateLimits: key.rateLimits ?? KeyRateLimits.STANDARD,
  }));
}

class FileKeyStore implements KeyStore {
  readonly #path: string;
  readonly #sealer: KeySealer;
  #stored: readonly StoredKey[];
  readonly #credentials = new Map<string, Credential>();
  readonly #listeners = new Set<(apiKey: string) => void>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(path: string, sealer: KeySealer, stored: readonly StoredKey[]) {
    this.#path = path;
    this.#sealer = sealer;
    this.#stored = stored;
    for (const key of stored) this.#credentials.set(key.apiKey, sealer.open(key));
  }

  find(apiKey: string): Credential | undefined {
    return this.#credentials.get(apiKey);
  }

  list(): readonly KeyEntry[] {
    return this.#stored.map(entryOf);
  }

  async create(key: NewKey): Promise<{ entry: KeyEntry; secretKey: string }> {
    const { stored, secretKey } = this.#sealer.make(key);
    await this.#write((keys) => [...keys, stored]);
    this.#credentials.set(stored.apiKey, this.#sealer.open(stored));
    return { entry: entryOf(stored), secretKey };
  }

  async edit(apiKey: string, changes: Partial<KeySettings>): Promise<KeyEntry | undefined> {
    let changed: StoredKey | undefined;
    await this.#write((keys) => {
      const index = keys.findIndex((key) => key.apiKey === apiKey);
      if (index < 0) return keys;
      changed = edited(keys[index]!, changes);
      return keys.with(index, changed);
    });
    if (changed === undefined) return undefined;
    this.#credentials.set(apiKey, this.#sealer.open(changed));
    this.#tell(apiKey);
    return entryOf(changed);
  }

  async revoke(apiKey: string): Promise<boolean> {
    if (!this.#credentials.has(apiKey)) return false;
    await this.#write((keys) => keys.filter((key) => key.apiKey !== apiKey));
    // After the file, so that a key that is said to be revoked stays so after a crash.
    this.#credentials.delete(apiKey);
    this.#tell(apiKey);
    return true;
  }

  onChange(listener: (apiKey: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(apiKey: string): void {
    for (const listener of this.#listeners) listener(apiKey);
  }

  /** One write after the other; the list in memory changes only when the file has. */
  #write(change: (keys: readonly StoredKey[]) => readonly StoredKey[]): Promise<void> {
    const work = async (): Promise<void> => {
      const keys = change(this.#stored);
      if (keys === this.#stored) return;
      await writeWhole(this.#path, `${JSON.stringify({ version: VERSION, keys }, undefined, 2)}\n`);
      this.#stored = keys;
    };
    const done = this.#writing.then(work, work);
    this.#writing = done.catch(() => undefined);
    return done;
  }
}
