/** Who sends a request, and whether it was this exchange's own page that made them send it. */
import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import type { AddressOf } from "../session/client-address.js";
import type { People, Visitor } from "./people.js";
import { PeopleRefusal } from "./people-errors.js";
import type { Role } from "./people-store.js";
import { type CookieName, type IsSecure, tokenOf } from "./session-cookie.js";
import { isCsrfTokenOf, type Session } from "./sessions.js";

export const CSRF_HEADER = "x-csrf-token";

/** These change nothing. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export interface GuardParts {
  readonly people: People;
  /** Who may sign in at this listener; anybody else's session is none here. */
  readonly roles: readonly Role[];
  readonly cookieName: CookieName;
  readonly addressOf: AddressOf;
  readonly isSecure: IsSecure;
}

/** A session with the token that its request carried. */
export interface KnownSession {
  readonly session: Session;
  readonly token: string;
}

export class RequestGuard {
  readonly #parts: GuardParts;

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  /**
   * The session of a request whose user has one of the roles. Throws PeopleRefusal: for a request of another site's
   * page, without a session, of another role, and for one that changes something without the session's CSRF token.
   */
  async requireSession(request: FastifyRequest, roles: readonly Role[]): Promise<Session> {
    return (await this.require(request, roles)).session;
  }

  /** The same, with the token. */
  async require(request: FastifyRequest, roles: readonly Role[]): Promise<KnownSession> {
    checkOwnPage(request.raw);
    const known = await this.find(request);
    if (known === undefined) throw new PeopleRefusal("NOT_SIGNED_IN");
    if (!SAFE_METHODS.has(request.method)) {
      const sent = request.headers[CSRF_HEADER];
      if (typeof sent !== "string" || !isCsrfTokenOf(known.token, sent)) {
        throw new PeopleRefusal("WRONG_CSRF_TOKEN");
      }
    }
    if (!roles.includes(known.session.role)) throw new PeopleRefusal("NOT_ALLOWED");
    return known;
  }

  /** The session of a request, whatever it is for; undefined for none. */
  async find({ raw }: FastifyRequest): Promise<KnownSession | undefined> {
    const { people, roles, cookieName, isSecure } = this.#parts;
    const token = tokenOf(raw, cookieName, isSecure(raw));
    if (token === undefined) return undefined;
    const session = await people.sessions.find(token);
    return session !== undefined && roles.includes(session.role) ? { session, token } : undefined;
  }

  visitor({ raw }: FastifyRequest): Visitor {
    return { address: this.#parts.addressOf(raw), agent: raw.headers["user-agent"] ?? "" };
  }
}

/**
 * Refuses a request that may change something unless a page of this very origin has sent it: browsers say so in
 * `Origin`, and most in `Sec-Fetch-Site` too, and no page can change what they say. Throws PeopleRefusal.
 */
export function checkOwnPage({ method, headers }: IncomingMessage): void {
  if (SAFE_METHODS.has(method ?? "")) return;
  const site = headers["sec-fetch-site"];
  const isOwn = headers.origin !== undefined && hostOf(headers.origin) === headers.host?.toLowerCase();
  if (!isOwn || (site !== undefined && site !== "same-origin")) throw new PeopleRefusal("FOREIGN_ORIGIN");
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
