/** Keys in PostgreSQL, for the gateways of a cluster. */
import type pg from "pg";
import type { Clock } from "../../platform/clock.js";
import type { Timers } from "../../platform/timers.js";
import { formatAddressRange } from "./address-list.js";
import { entryOf, KeyFileError, KeySealer, readMasterKey, type StoredKey } from "./key-sealing.js";
import type {
  Credential,
  KeyEntry,
  KeyKind,
  KeyRateLimits,
  KeyScope,
  KeySettings,
  KeyStore,
  NewKey,
} from "./key-store.js";
import {
  CHANGED_KEYS,
  EDIT_KEY,
  INSERT_KEY,
  KEY_TABLES_VERSION,
  KEYS_CHANNEL,
  REVOKE_KEY,
  STATE,
} from "./key-tables.js";

export interface PostgresKeyStoreParts {
  /** A new connection to the primary of the database that holds the keys. */
  readonly connect: () => Promise<pg.Client>;
  /** The master key's file, the same on every host of the cluster. */
  readonly masterFile: string;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The database is out of reach, or again in reach; meanwhile the keys are those known before. */
  readonly onNotice: (text: string) => void;
}

/**
 * How often changes are looked for, in ms. They are announced at once; this is for an announcement that was lost
 * with its connection, so that a revocation reaches every gateway within a second.
 */
const POLL_MS = 500;
/** A database that does not answer within this many ms is connected to anew. */
const QUERY_MS_MAX = 2_000;

interface KeyRow {
  readonly api_key: string;
  readonly kind: KeyKind;
  readonly account: number;
  readonly label: string;
  readonly scopes: readonly KeyScope[];
  readonly created_us: number;
  readonly expires_us: number;
  readonly addresses: readonly string[];
  readonly rate_limits: KeyRateLimits;
  readonly material: string;
  readonly is_revoked: boolean;
  readonly change: number;
}

/**
 * Opens the keys in PostgreSQL; its tables must be there. Makes the master key's file when it and all keys are
 * missing. Rejects when the database can't be reached, and with {@link KeyFileError} when the keys can't be read.
 */
export async function openPostgresKeyStore(parts: PostgresKeyStoreParts): Promise<PostgresKeyStore> {
  const client = await parts.connect();
  try {
    const { rows } = await client.query<{ version: number; has_keys: boolean }>(STATE);
    const { version, has_keys } = rows[0]!;
    const place = `${client.host}:${client.port}/${client.database}`;
    if (version < KEY_TABLES_VERSION) {
      throw new KeyFileError(
        `The keys in ${place} are of version ${version}; this program needs version ${KEY_TABLES_VERSION}. Prepare ` +
          "the shards with this version first: `buttonwood cluster prepare` adds what is missing.",
      );
    }
    if (version !== KEY_TABLES_VERSION) {
      throw new KeyFileError(
        `The keys in ${place} are of version ${version}; this program reads version ${KEY_TABLES_VERSION}. Update it.`,
      );
    }
    const master = await readMasterKey(parts.masterFile, {
      mayMake: !has_keys,
      advice:
        `but ${place} holds keys encrypted with it. Copy it from another host of the cluster, or restore it from ` +
        "a backup.",
    });
    const store = new PostgresKeyStore(parts, new KeySealer(master, parts.clock, place));
    await store.start(client);
    return store;
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** All keys in memory, kept as they are in the database. */
export class PostgresKeyStore implements KeyStore {
  readonly #parts: PostgresKeyStoreParts;
  readonly #sealer: KeySealer;
  /** By apiKey, the oldest first. */
  readonly #credentials = new Map<string, Credential>();
  readonly #listeners = new Set<(apiKey: string) => void>();
  #change = 0;
  #client: pg.Client | undefined;
  #connecting: Promise<void> | undefined;
  #reading: Promise<void> | undefined;
  #readAgain = false;
  #stopTimer: () => void = () => {};
  #isClosed = false;

  /** @internal Use {@link openPostgresKeyStore}. */
  constructor(parts: PostgresKeyStoreParts, sealer: KeySealer) {
    this.#parts = parts;
    this.#sealer = sealer;
  }

  find(apiKey: string): Credential | undefined {
    return this.#credentials.get(apiKey);
  }

  list(): readonly KeyEntry[] {
    return [...this.#credentials.values()].map(
      ({ canRead: _r, canTrade: _t, allowed: _a, key: _k, ...entry }): KeyEntry => entry,
    );
  }

  async create(key: NewKey): Promise<{ entry: KeyEntry; secretKey: string }> {
    const { stored, secretKey } = this.#sealer.make(key);
    const { apiKey, kind, account, label, scopes, createdUs, material } = stored;
    const { expiresUs, addresses, rateLimits } = stored;
    const values = [
      apiKey,
      kind,
      account,
      label,
      scopes,
      createdUs,
      material,
      expiresUs,
      addresses,
      rateLimits,
    ];
    await this.#query({ text: INSERT_KEY, values });
    await this.#read();
    return { entry: entryOf(stored), secretKey };
  }

  async edit(apiKey: string, changes: Partial<KeySettings>): Promise<KeyEntry | undefined> {
    const { label, scopes, expiresUs, rateLimits } = changes;
    const addresses = changes.addresses && [...new Set(changes.addresses.map(formatAddressRange))];
    const values = [apiKey, label, scopes, expiresUs, addresses, rateLimits];
    const { rowCount } = await this.#query({ text: EDIT_KEY, values });
    await this.#read();
    return rowCount === 1 ? this.list().find((entry) => entry.apiKey === apiKey) : undefined;
  }

  async revoke(apiKey: string): Promise<boolean> {
    const { rowCount } = await this.#query({ text: REVOKE_KEY, values: [apiKey] });
    await this.#read();
    return rowCount === 1;
  }

  onChange(listener: (apiKey: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopTimer();
    await this.#client?.end().catch(() => undefined);
  }

  /** @internal Reads all keys over a connection and keeps to it. Rejects when one of them can't be read. */
  async start(client: pg.Client): Promise<void> {
    await this.#listen(client);
    const { rows } = await this.#query<KeyRow>({ ...CHANGED_KEYS, values: [0] });
    for (const row of rows) this.#take(row);
    this.#pollLater();
  }

  #pollLater(): void {
    if (this.#isClosed) return;
    this.#stopTimer = this.#parts.timers.after(POLL_MS, () => {
      // What goes wrong with the connection was told when it was lost.
      this.#read()
        .catch(() => undefined)
        .finally(() => this.#pollLater());
    });
  }

  /** Takes what has changed; a reading that is under way may have begun before the change, and is repeated. */
  #read(): Promise<void> {
    this.#readAgain = true;
    this.#reading ??= this.#readChanges().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readChanges(): Promise<void> {
    while (this.#readAgain) {
      this.#readAgain = false;
      const { rows } = await this.#query<KeyRow>({ ...CHANGED_KEYS, values: [this.#change] });
      for (const row of rows) {
        try {
          this.#take(row);
        } catch (error) {
          // One key that can't be read must not keep the others from being revoked.
          this.#parts.onNotice((error as Error).message);
        }
      }
    }
  }

  #take(row: KeyRow): void {
    this.#change = row.change;
    const apiKey = row.api_key;
    if (row.is_revoked) {
      if (this.#credentials.delete(apiKey)) this.#tell(apiKey);
      return;
    }
    const isKnown = this.#credentials.has(apiKey);
    const { kind, account, label, scopes, addresses, material } = row;
    const stored: StoredKey = {
      apiKey,
      kind,
      account,
      label,
      scopes,
      createdUs: row.created_us,
      expiresUs: row.expires_us,
      addresses,
      rateLimits: row.rate_limits,
      material,
    };
    this.#credentials.set(apiKey, this.#sealer.open(stored));
    if (isKnown) this.#tell(apiKey);
  }

  #tell(apiKey: string): void {
    for (const listener of this.#listeners) listener(apiKey);
  }

  /** Asks the database, over the one connection, connecting again when it was lost. */
  async #query<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<R>> {
    if (this.#client === undefined) {
      this.#connecting ??= this.#connectAgain().finally(() => {
        this.#connecting = undefined;
      });
      await this.#connecting;
    }
    const client = this.#client!;
    const stop = this.#parts.timers.after(QUERY_MS_MAX, () => this.#lose(client));
    try {
      return await client.query<R>(query);
    } finally {
      stop();
    }
  }

  async #connectAgain(): Promise<void> {
    await this.#listen(await this.#parts.connect());
    this.#parts.onNotice("the database of the keys is in reach again");
  }

  async #listen(client: pg.Client): Promise<void> {
    client.on("error", () => this.#lose(client));
    client.on("end", () => this.#lose(client));
    client.on("notification", () => void this.#read().catch(() => undefined));
    await client.query(`LISTEN ${KEYS_CHANNEL}`);
    this.#client = client;
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    // Not awaited: it may wait for a database that is gone.
    void client.end().catch(() => undefined);
    if (!this.#isClosed) {
      this.#parts.onNotice("the database of the keys is out of reach; those known so far stay in use");
    }
  }
}
