/** People and sessions in a file of the data folder, for an exchange of one process. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../platform/write-whole.js";
import { KeyFileError } from "../session/key-sealing.js";
import type { PeopleStore, StoredSession, User, UserChanges } from "./people-store.js";

const NAME = "people.json";
const VERSION = 1;

interface Content {
  readonly users: ReadonlyMap<string, User>;
  /** By id, the oldest first. */
  readonly sessions: ReadonlyMap<string, StoredSession>;
}

/** Opens the people of a data folder. Rejects with KeyFileError when their file can't be read. */
export async function openFilePeopleStore(dataFolder: string): Promise<PeopleStore> {
  await mkdir(dataFolder, { recursive: true });
  const path = join(dataFolder, NAME);
  return new FilePeopleStore(path, existsSync(path) ? read(path) : { users: new Map(), sessions: new Map() });
}

function read(path: string): Content {
  let content: { readonly version: number; readonly users: User[]; readonly sessions: StoredSession[] };
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new KeyFileError(
      `${path} can't be read (${(error as Error).message}). Restore it from a backup, or move it away and create the ` +
        "users again.",
    );
  }
  if (content.version !== VERSION) {
    throw new KeyFileError(
      `${path} is of version ${content.version}; this program reads version ${VERSION}. Update it.`,
    );
  }
  return {
    users: new Map(content.users.map((user) => [user.login, user])),
    sessions: new Map(content.sessions.map((session) => [session.id, session])),
  };
}

class FilePeopleStore implements PeopleStore {
  readonly #path: string;
  #content: Content;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(path: string, content: Content) {
    this.#path = path;
    this.#content = content;
  }

  async find(login: string): Promise<User | undefined> {
    return this.#content.users.get(login);
  }

  async list(): Promise<readonly User[]> {
    return [...this.#content.users.values()].sort((a, b) => (a.login < b.login ? -1 : 1));
  }

  create(user: User): Promise<boolean> {
    return this.#changeUser(user.login, (found) => (found === undefined ? user : undefined));
  }

  edit(login: string, changes: UserChanges, presentHash?: string): Promise<boolean> {
    return this.#changeUser(login, (user) => {
      if (user === undefined || user.passwordHash !== (presentHash ?? user.passwordHash)) return undefined;
      return { ...user, ...changes };
    });
  }

  takeTotpStep(login: string, step: number): Promise<boolean> {
    return this.#changeUser(login, (user) => {
      if (user === undefined || user.totp === null || user.totp.lastStep >= step) return undefined;
      return { ...user, totp: { ...user.totp, lastStep: step } };
    });
  }

  takeRecoveryCode(login: string, hash: string): Promise<boolean> {
    return this.#changeUser(login, (user) => {
      if (user === undefined || user.totp?.recoveryHashes.includes(hash) !== true) return undefined;
      const recoveryHashes = user.totp.recoveryHashes.filter((other) => other !== hash);
      return { ...user, totp: { ...user.totp, recoveryHashes } };
    });
  }

  async openSession(session: StoredSession): Promise<void> {
    await this.#changeSession(session.id, () => session);
  }

  async findSession(tokenHash: string): Promise<StoredSession | undefined> {
    for (const session of this.#content.sessions.values())
      if (session.tokenHash === tokenHash) return session;
    return undefined;
  }

  async sessions(): Promise<readonly StoredSession[]> {
    return [...this.#content.sessions.values()];
  }

  editSession(id: string, changes: Partial<Pick<StoredSession, "tokenHash" | "usedUs">>): Promise<boolean> {
    return this.#changeSession(id, (session) => session && { ...session, ...changes });
  }

  endSession(id: string): Promise<boolean> {
    return this.#write((content) => {
      if (!content.sessions.has(id)) return undefined;
      const sessions = new Map(content.sessions);
      sessions.delete(id);
      return { ...content, sessions };
    });
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  #changeUser(login: string, change: (user: User | undefined) => User | undefined): Promise<boolean> {
    return this.#write((content) => {
      const user = change(content.users.get(login));
      return user && { ...content, users: new Map(content.users).set(login, user) };
    });
  }

  #changeSession(
    id: string,
    change: (session: StoredSession | undefined) => StoredSession | undefined,
  ): Promise<boolean> {
    return this.#write((content) => {
      const session = change(content.sessions.get(id));
      return session && { ...content, sessions: new Map(content.sessions).set(id, session) };
    });
  }

  /** One write after the other; what is in memory changes only when the file has. False when nothing is to change. */
  #write(change: (content: Content) => Content | undefined): Promise<boolean> {
    const work = async (): Promise<boolean> => {
      const content = change(this.#content);
      if (content === undefined) return false;
      const users = [...content.users.values()];
      const sessions = [...content.sessions.values()];
      await writeWhole(
        this.#path,
        `${JSON.stringify({ version: VERSION, users, sessions }, undefined, 2)}\n`,
      );
      this.#content = content;
      return true;
    };
    const done = this.#writing.then(work, work);
    this.#writing = done.catch(() => undefined);
    return done;
  }
}
