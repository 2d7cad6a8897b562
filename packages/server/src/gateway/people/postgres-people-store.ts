/** People and sessions in PostgreSQL, for the gateways of a cluster: each asks the database, none keeps a copy. */
import type pg from "pg";
import type { Timers } from "../../platform/timers.js";
import { KeyFileError } from "../session/key-sealing.js";
import type { PeopleStore, Role, StoredSession, User, UserChanges } from "./people-store.js";
import { NO_STEP } from "./people-store.js";
import * as tables from "./people-tables.js";

export interface PostgresPeopleStoreParts {
  /** A new connection to the primary of the database that holds the people. */
  readonly connect: () => Promise<pg.Client>;
  readonly timers: Timers;
}

/** A database that does not answer within this many ms is connected to anew. */
const QUERY_MS_MAX = 2_000;

interface UserRow {
  readonly login: string;
  readonly role: Role;
  readonly account: number;
  readonly password_hash: string;
  readonly totp_secret: string | null;
  readonly totp_last_step: number;
  readonly totp_recovery_hashes: readonly string[];
  readonly is_disabled: boolean;
  readonly is_demo: boolean;
  readonly created_us: number;
}

interface SessionRow {
  readonly id: string;
  readonly token_hash: string;
  readonly login: string;
  readonly created_us: number;
  readonly used_us: number;
  readonly ends_us: number;
  readonly address: string;
  readonly agent: string;
}

/**
 * Opens the people in PostgreSQL; their tables must be there. Rejects when the database can't be reached, and with
 * KeyFileError when its tables are missing or of another version.
 */
export async function openPostgresPeopleStore(parts: PostgresPeopleStoreParts): Promise<PeopleStore> {
  const client = await parts.connect();
  try {
    const place = `${client.host}:${client.port}/${client.database}`;
    const { rows: there } = await client.query<{ state: string | null }>(tables.TABLES_THERE);
    if (there[0]!.state === null) {
      throw new KeyFileError(
        `${place} has no tables of people yet. Prepare the shards with this version first: ` +
          "`buttonwood cluster prepare` adds what is missing.",
      );
    }
    const { rows } = await client.query<{ version: number }>(tables.VERSION);
    const { version } = rows[0]!;
    if (version !== tables.PEOPLE_TABLES_VERSION) {
      throw new KeyFileError(
        `The people in ${place} are of version ${version}; this program reads version ` +
          `${tables.PEOPLE_TABLES_VERSION}. Update it.`,
      );
    }
    return new PostgresPeopleStore(parts, client);
  } catch (error) {
    await client.end();
    throw error;
  }
}

class PostgresPeopleStore implements PeopleStore {
  readonly #parts: PostgresPeopleStoreParts;
  #client: pg.Client | undefined;
  #connecting: Promise<pg.Client> | undefined;
  #isClosed = false;

  constructor(parts: PostgresPeopleStoreParts, client: pg.Client) {
    this.#parts = parts;
    this.#take(client);
  }

  async find(login: string): Promise<User | undefined> {
    const { rows } = await this.#query<UserRow>({ ...tables.FIND_USER, values: [login] });
    return rows[0] && userOf(rows[0]);
  }

  async list(): Promise<readonly User[]> {
    const { rows } = await this.#query<UserRow>({ text: tables.LIST_USERS });
    return rows.map(userOf);
  }

  async create(user: User): Promise<boolean> {
    const { login, role, account, passwordHash, totp, isDisabled, isDemo, createdUs } = user;
    const values = [login, role, account, passwordHash, ...totpValues(totp), isDisabled, isDemo, createdUs];
    return this.#changes({ text: tables.INSERT_USER, values });
  }

  async edit(login: string, changes: UserChanges, presentHash?: string): Promise<boolean> {
    const { passwordHash, isDisabled, isDemo, totp } = changes;
    const second = totp === undefined ? [false, null, null, null] : [true, ...totpValues(totp)];
    return this.#changes({
      text: tables.EDIT_USER,
      values: [login, passwordHash, isDisabled, isDemo, ...second, presentHash],
    });
  }

  async takeTotpStep(login: string, step: number): Promise<boolean> {
    return this.#changes({ text: tables.TAKE_STEP, values: [login, step] });
  }

  async takeRecoveryCode(login: string, hash: string): Promise<boolean> {
    return this.#changes({ text: tables.TAKE_RECOVERY, values: [login, hash] });
  }

  async openSession(session: StoredSession): Promise<void> {
    const { id, tokenHash, login, createdUs, usedUs, endsUs, address, agent } = session;
    const values = [id, tokenHash, login, createdUs, usedUs, endsUs, address, agent];
    await this.#query({ text: tables.INSERT_SESSION, values });
  }

  async findSession(tokenHash: string): Promise<StoredSession | undefined> {
    const { rows } = await this.#query<SessionRow>({ ...tables.FIND_SESSION, values: [tokenHash] });
    return rows[0] && sessionOf(rows[0]);
  }

  async sessions(): Promise<readonly StoredSession[]> {
    const { rows } = await this.#query<SessionRow>({ text: tables.LIST_SESSIONS });
    return rows.map(sessionOf);
  }

  async editSession(
    id: string,
    { tokenHash, usedUs }: Partial<Pick<StoredSession, "tokenHash" | "usedUs">>,
  ): Promise<boolean> {
    return this.#changes({ text: tables.EDIT_SESSION, values: [id, tokenHash, usedUs] });
  }

  async endSession(id: string): Promise<boolean> {
    return this.#changes({ text: tables.END_SESSION, values: [id] });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #changes(query: pg.QueryConfig): Promise<boolean> {
    return (await this.#query(query)).rowCount === 1;
  }

  /** Asks the database, over the one connection, connecting again when it was lost. */
  async #query<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<R>> {
    if (this.#isClosed) throw new Error("the store of people is closed");
    const client = this.#client ?? (await this.#connect());
    const stop = this.#parts.timers.after(QUERY_MS_MAX, () => this.#lose(client));
    try {
      return await client.query<R>(query);
    } catch (error) {
      // After what a statement is refused for, the connection goes on; after all else it is gone. Whether it was done is
      // not known then, so it is not asked again here.
      if ((error as { severity?: unknown }).severity !== "ERROR") this.#lose(client);
      throw error;
    } finally {
      stop();
    }
  }

  #connect(): Promise<pg.Client> {
    this.#connecting ??= this.#parts
      .connect()
      .then((client) => this.#take(client))
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }

  #take(client: pg.Client): pg.Client {
    client.on("error", () => this.#lose(client));
    client.on("end", () => this.#lose(client));
    this.#client = client;
    return client;
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    // Not awaited: it may wait for a database that is gone.
    void client.end().catch(() => undefined);
  }
}

function totpValues(totp: User["totp"]): [string | null, number, readonly string[]] {
  return totp === null ? [null, NO_STEP, []] : [totp.sealedSecret, totp.lastStep, totp.recoveryHashes];
}

function userOf(row: UserRow): User {
  return {
    login: row.login,
    role: row.role,
    account: row.account,
    passwordHash: row.password_hash,
    totp:
      row.totp_secret === null
        ? null
        : {
            sealedSecret: row.totp_secret,
            lastStep: row.totp_last_step,
            recoveryHashes: row.totp_recovery_hashes,
          },
    isDisabled: row.is_disabled,
    isDemo: row.is_demo,
    createdUs: row.created_us,
  };
}

function sessionOf(row: SessionRow): StoredSession {
  return {
    id: row.id,
    tokenHash: row.token_hash,
    login: row.login,
    createdUs: row.created_us,
    usedUs: row.used_us,
    endsUs: row.ends_us,
    address: row.address,
    agent: row.agent,
  };
}
