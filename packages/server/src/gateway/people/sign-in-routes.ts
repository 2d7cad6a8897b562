/**
 * Puts the routes under `/account/v1` on an app, the public one or the operator's, and answers who is signed in there.
 * The app's own ways of reading bodies and answering errors stay as they are: these routes have theirs.
 */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { DATA_HEADERS } from "../../platform/answer-headers.js";
import type { Clock } from "../../platform/clock.js";
import { bodyShape } from "../body-shape.js";
import { jsonFault } from "../json-shape.js";
import type { AddressOf } from "../session/client-address.js";
import type { KeyStore } from "../session/key-store.js";
import { RateRefusal } from "../session/rate-refusal.js";
import { type AccountRoute, type Answer, type RouteParts, Who } from "./account-route.js";
import { OWN_KEY_ROUTES } from "./own-keys-table.js";
import type { People } from "./people.js";
import { PeopleRefusal } from "./people-errors.js";
import { Role } from "./people-store.js";
import { checkOwnPage, type KnownSession, RequestGuard } from "./request-guard.js";
import { type CookieName, forgetToken, type IsSecure, keepToken } from "./session-cookie.js";
import { SESSION_US, type Session } from "./sessions.js";
import { SIGN_IN_ROUTES } from "./sign-in-table.js";

/** Bytes of a body, and how deep it may nest. */
const BODY_BYTES_MAX = 16 * 1024;
const DEPTH_MAX = 8;
const COOKIE_SECONDS = SESSION_US / 1_000_000;

export interface SignInParts {
  readonly people: People;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who may sign in at this listener: to it, everybody else is nobody. */
  readonly roles: readonly Role[];
  /** Where a listener has others beside it on its host, their cookies must not have its name. */
  readonly cookieName: CookieName;
  readonly addressOf: AddressOf;
  readonly isSecure: IsSecure;
  /** The name of an account; by default none has one. */
  readonly accountName?: (account: number) => string;
  /** Whether anybody may sign in as the demo trader; by default nobody. */
  readonly isDemo?: boolean;
  /** Counts a request before anything else is done. May throw RateRefusal. */
  readonly admit?: (request: IncomingMessage) => void;
}

export interface SignIn {
  /** See {@link RequestGuard.requireSession}. */
  requireSession(request: FastifyRequest, roles: readonly Role[]): Promise<Session>;
  readonly guard: RequestGuard;
  /** What was put on the app. */
  readonly routes: readonly AccountRoute[];
}

/** The routes of a listener: keys only where traders sign in, the demo's only where the venue is one. */
export function accountRoutes(roles: readonly Role[], isDemo: boolean): readonly AccountRoute[] {
  const routes = roles.includes(Role.TRADER) ? [...SIGN_IN_ROUTES, ...OWN_KEY_ROUTES] : SIGN_IN_ROUTES;
  return routes.filter(({ isDemoOnly = false }) => isDemo || !isDemoOnly);
}

export function addSignInRoutes(app: FastifyInstance, parts: SignInParts): SignIn {
  const guard = new RequestGuard(parts);
  const { isDemo = false, accountName = () => "" } = parts;
  const routes = accountRoutes(parts.roles, isDemo);
  const routeParts: RouteParts = {
    people: parts.people,
    keys: parts.keys,
    clock: parts.clock,
    accountName,
    isDemo,
  };
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
      try {
        done(null, parsed(body as string));
      } catch (error) {
        done(error as Error);
      }
    });
    scope.setErrorHandler((error, _request, reply) => sendRefusal(reply, error, parts.logger));
    scope.addHook("onRequest", async (request, reply) => {
      reply.headers(DATA_HEADERS);
      parts.admit?.(request.raw);
      // Before a body is read: a foreign page's is nobody's.
      checkOwnPage(request.raw);
    });
    for (const route of routes) addRoute(scope, { parts, routeParts, guard, route });
  });
  return { guard, routes, requireSession: (request, roles) => guard.requireSession(request, roles) };
}

function addRoute(
  app: FastifyInstance,
  {
    parts,
    routeParts,
    guard,
    route,
  }: {
    readonly parts: SignInParts;
    readonly routeParts: RouteParts;
    readonly guard: RequestGuard;
    readonly route: AccountRoute;
  },
): void {
  const faultOf = bodyShape(route.body);
  const roles = route.who === Who.TRADER ? [Role.TRADER] : parts.roles;
  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: BODY_BYTES_MAX,
    handler: async (request, reply) => {
      const known: KnownSession | undefined =
        route.who === Who.ANYONE ? await guard.find(request) : await guard.require(request, roles);
      const body = request.body === undefined ? {} : request.body;
      const fault = faultOf(body);
      if (fault !== undefined) throw new PeopleRefusal("INVALID_REQUEST", fault);
      const visitor = guard.visitor(request);
      const answer = await route.call(routeParts, {
        request,
        visitor,
        body: body as never,
        known,
        roles: parts.roles,
      });
      return send(request, reply, answer, parts);
    },
  });
}

function send(
  { raw }: FastifyRequest,
  reply: FastifyReply,
  { status, body, token }: Answer,
  { cookieName, isSecure }: SignInParts,
): FastifyReply {
  if (token === null) reply.header("set-cookie", forgetToken(cookieName, isSecure(raw)));
  else if (token !== undefined) {
    reply.header("set-cookie", keepToken(cookieName, isSecure(raw), token, COOKIE_SECONDS));
  }
  return body === undefined ? reply.status(204).send() : reply.status(status ?? 200).send(body);
}

function parsed(text: string): unknown {
  if (text === "") return {};
  if (jsonFault(text, DEPTH_MAX) !== undefined) {
    throw new PeopleRefusal("INVALID_REQUEST", "a name stands twice, or values nest too deep");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new PeopleRefusal("INVALID_REQUEST", "the body is no JSON");
  }
}

/** Answers any failure as these routes do: for a listener's other routes too. */
export function sendRefusal(reply: FastifyReply, error: unknown, logger: Logger): FastifyReply {
  const refused = asRefusal(error, logger);
  const { retryAfterSeconds } = refused;
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  const status = error instanceof RateRefusal ? error.entry.status : refused.status;
  return reply.headers(DATA_HEADERS).status(status).send(refused.body);
}

function asRefusal(error: unknown, logger: Logger): PeopleRefusal {
  if (error instanceof PeopleRefusal) return error;
  if (error instanceof RateRefusal)
    return new PeopleRefusal("TOO_MANY_REQUESTS", "", error.retryAfterSeconds);
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new PeopleRefusal("INVALID_REQUEST", "its body can't be read");
  }
  // Only what it is, never what it was asked: bodies hold passwords.
  logger.error({ err: error }, "a request about people failed");
  return new PeopleRefusal("INTERNAL");
}
