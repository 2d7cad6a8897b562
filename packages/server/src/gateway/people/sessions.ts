/**
 * Who is signed in. A session is a random token in a cookie, of which only the hash is kept. It ends after half an hour
 * without use, after twelve hours at any rate, and when its owner or an operator ends it; the keys that it was given
 * end with it.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../platform/clock.js";
import type { Timers } from "../../platform/timers.js";
import { type KeyEntry, KeyScope, type KeyStore } from "../session/key-store.js";
import { PeopleRefusal } from "./people-errors.js";
import type { PeopleStore, Role, StoredSession, User } from "./people-store.js";

/** How long a session may be unused, and how long it lasts at most, in µs. */
export const SESSION_IDLE_US = 1_800_000_000;
export const SESSION_US = 43_200_000_000;
/** A use is written down when the last one that was is older than this. */
const USED_US = 60_000_000;
/** Of more, the user's oldest is ended. A demo's trader is many people. */
const SESSIONS_MAX = 20;
const DEMO_SESSIONS_MAX = 1_000;
/** Pages of a session that are open at the same time; of more, the oldest one's key is revoked. */
const SESSION_KEYS_MAX = 16;
/** How often sessions that have ended are looked for, in ms. */
const SWEEP_MS = 5_000;
const TOKEN_BYTES = 32;
const ID_BYTES = 16;
const AGENT_MAX = 200;

/** Somebody who is signed in. */
export interface Session {
  readonly id: string;
  /** The login. */
  readonly user: string;
  readonly role: Role;
  /** 0 for who trades with none. */
  readonly account: number;
  /** From when on it is none, in µs since 1970. */
  readonly endsUs: number;
  /** Whether one-time codes are asked for. */
  readonly hasTotp: boolean;
  /** Whether others, whom this one does not know, may be signed in as the same user. */
  readonly isShared: boolean;
}

export interface OpenedSession {
  readonly session: Session;
  /** For the cookie: known to the browser alone. */
  readonly token: string;
}

export interface SessionsParts {
  readonly store: PeopleStore;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Looking for sessions that have ended failed; it is tried again. */
  readonly onNotice: (text: string) => void;
}

/** Labels of sessions' keys. */
const KEY_LABEL = /^session:([\w-]{22})$/;

/** Whether a label would be taken for that of a session's key. */
export function isSessionLabel(label: string): boolean {
  return label.startsWith("session:");
}

export class Sessions {
  readonly #parts: SessionsParts;
  #stopTimer: () => void = () => {};
  #isClosed = false;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    this.#sweepLater();
  }

  async open(user: User, address: string, agent: string): Promise<OpenedSession> {
    const { store, clock } = this.#parts;
    const nowUs = clock.nowUs();
    const token = newToken();
    const stored: StoredSession = {
      id: randomBytes(ID_BYTES).toString("base64url"),
      tokenHash: hashOf(token),
      login: user.login,
      createdUs: nowUs,
      usedUs: nowUs,
      endsUs: nowUs + SESSION_US,
      address,
      agent: agent.slice(0, AGENT_MAX),
    };
    const own = (await store.sessions()).filter(({ login }) => login === user.login);
    const most = user.isDemo ? DEMO_SESSIONS_MAX : SESSIONS_MAX;
    for (const { id } of own.slice(0, Math.max(0, own.length - most + 1))) await this.end(id);
    await store.openSession(stored);
    return { session: sessionOf(stored, user), token };
  }

  /** The session of a token; undefined when there is none, it has ended, or its user may not sign in any more. */
  async find(token: string): Promise<Session | undefined> {
    const { store, clock } = this.#parts;
    const stored = await store.findSession(hashOf(token));
    if (stored === undefined) return undefined;
    const nowUs = clock.nowUs();
    if (hasEnded(stored, nowUs)) return undefined;
    const user = await store.find(stored.login);
    if (user === undefined || user.isDisabled) return undefined;
    if (nowUs - stored.usedUs > USED_US) await store.editSession(stored.id, { usedUs: nowUs });
    return sessionOf(stored, user);
  }

  /** Another token for the same session: who knows the former one has nothing any more. */
  async renew(id: string): Promise<string> {
    const token = newToken();
    if (!(await this.#parts.store.editSession(id, { tokenHash: hashOf(token) }))) {
      throw new PeopleRefusal("NOT_SIGNED_IN");
    }
    return token;
  }

  /** What its user may see and end: all of their own, but of a shared user's this one alone. */
  async ownOf({ id, user, isShared }: Session): Promise<readonly StoredSession[]> {
    return (await this.of(user)).filter((session) => !isShared || session.id === id);
  }

  /** Those of a user that have not ended, the oldest first. */
  async of(login: string): Promise<readonly StoredSession[]> {
    const nowUs = this.#parts.clock.nowUs();
    return (await this.#parts.store.sessions()).filter(
      (session) => session.login === login && !hasEnded(session, nowUs),
    );
  }

  /** Ends a session and its keys; what they have opened closes. False when it had ended before. */
  async end(id: string): Promise<boolean> {
    const hasEndedNow = await this.#parts.store.endSession(id);
    await this.#revoke(this.#keysOf(id));
    return hasEndedNow;
  }

  /** Ends all sessions of a user, but for one. */
  async endAll(login: string, but = ""): Promise<void> {
    for (const { id } of await this.of(login)) if (id !== but) await this.end(id);
  }

  /**
   * A key for a page of a session: it reads and trades for the session's account, and ends with the session. With a
   * public key requests are signed by whoever holds the private one; without, the secret is answered this once.
   * Rejects with RangeError when the public key is none.
   */
  async createKey(
    session: Session,
    publicKey: string | undefined,
  ): Promise<{ readonly entry: KeyEntry; readonly secretKey: string }> {
    const { keys } = this.#parts;
    const own = this.#keysOf(session.id);
    await this.#revoke(own.slice(0, Math.max(0, own.length - SESSION_KEYS_MAX + 1)));
    const created = await keys.create({
      account: session.account,
      label: `session:${session.id}`,
      scopes: [KeyScope.READ, KeyScope.TRADE],
      expiresUs: session.endsUs,
      publicKey,
    });
    // One that has ended meanwhile did not know of this key.
    const isThere = (await this.#parts.store.sessions()).some(({ id }) => id === session.id);
    if (isThere) return created;
    await keys.revoke(created.entry.apiKey);
    throw new PeopleRefusal("NOT_SIGNED_IN");
  }

  /** Ends what is over, and keys that a crash has left behind. */
  async sweep(): Promise<void> {
    const { store, keys, clock } = this.#parts;
    const nowUs = clock.nowUs();
    // Before the sessions: a key whose session is opened in between is not orphaned.
    const entries = keys.list();
    const alive = new Set<string>();
    const users = new Map((await store.list()).map((user) => [user.login, user]));
    for (const session of await store.sessions()) {
      const user = users.get(session.login);
      if (hasEnded(session, nowUs) || user === undefined || user.isDisabled) await this.end(session.id);
      else alive.add(session.id);
    }
    await this.#revoke(
      entries.filter(({ label }) => {
        const id = KEY_LABEL.exec(label)?.[1];
        return id !== undefined && !alive.has(id);
      }),
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTimer();
  }

  #keysOf(id: string): KeyEntry[] {
    return this.#parts.keys.list().filter(({ label }) => label === `session:${id}`);
  }

  async #revoke(entries: readonly KeyEntry[]): Promise<void> {
    for (const { apiKey } of entries) await this.#parts.keys.revoke(apiKey);
  }

  #sweepLater(): void {
    if (this.#isClosed) return;
    this.#stopTimer = this.#parts.timers.after(SWEEP_MS, () => {
      this.sweep()
        .catch((error: Error) =>
          this.#parts.onNotice(`sessions that are over can't be ended: ${error.message}`),
        )
        .finally(() => this.#sweepLater());
    });
  }
}

/** What a page sends in `X-CSRF-Token`: it follows from the session's token, and nobody gets from it to that. */
export function csrfTokenOf(token: string): string {
  return createHmac("sha256", token).update("csrf").digest("base64url");
}

/** Takes as long for a wrong one as for a right one. */
export function isCsrfTokenOf(token: string, sent: string): boolean {
  const [expected, given] = [Buffer.from(csrfTokenOf(token)), Buffer.from(sent)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

function hasEnded({ usedUs, endsUs }: StoredSession, nowUs: number): boolean {
  return nowUs >= endsUs || nowUs - usedUs >= SESSION_IDLE_US;
}

function sessionOf({ id, endsUs }: StoredSession, user: User): Session {
  return {
    id,
    user: user.login,
    role: user.role,
    account: user.account,
    endsUs,
    hasTotp: user.totp !== null,
    isShared: user.isDemo,
  };
}
