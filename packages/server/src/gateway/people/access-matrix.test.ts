/**
 * Who may do what: every route of the public listener and of one for operators, by everybody who may come, generated
 * from the tables of routes. A route that is added is asked too, and one without an example fails.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fastify, { type FastifyInstance } from "fastify";
import { pino } from "pino";
import { TestExchange } from "../../main/testing/test-exchange.js";
import { Security } from "../endpoint.js";
import { ROUTES } from "../routes.js";
import { connectedAddress } from "../session/client-address.js";
import { type AccountRoute, Who } from "./account-route.js";
import type { PeopleErrorName } from "./people-errors.js";
import { Role } from "./people-store.js";
import { CookieName, connectedSecurely } from "./session-cookie.js";
import { csrfTokenOf, SESSION_IDLE_US } from "./sessions.js";
import { accountRoutes, addSignInRoutes } from "./sign-in-routes.js";
import { TestBrowser } from "./testing/test-browser.js";

const PASSWORD = "correct horse battery";

/** Bodies that a route takes, but for what they ask to be done to whom: by path. */
const EXAMPLES: Readonly<Record<string, object | undefined>> = {
  "/account/v1/session": undefined,
  "/account/v1/sign-in": { login: "alice", password: PASSWORD },
  "/account/v1/demo-sign-in": {},
  "/account/v1/sign-out": {},
  // Neither is right, so that the sessions of the matrix last.
  "/account/v1/password": { password: "wrong horse battery", newPassword: "another horse battery" },
  "/account/v1/totp": { password: "wrong horse battery" },
  "/account/v1/totp/confirm": { setup: "none", code: "123456" },
  "/account/v1/totp/off": { password: "wrong horse battery" },
  "/account/v1/sessions": undefined,
  "/account/v1/sessions/:id": undefined,
  "/account/v1/session-key": {},
  "/account/v1/keys": { label: "matrix" },
  "/account/v1/keys/:apiKey": { label: "matrix" },
};

/** Refusals for who somebody is, or where they come from; all others are about what they ask. */
const ACCESS: ReadonlySet<string> = new Set<PeopleErrorName>([
  "NOT_SIGNED_IN",
  "NOT_ALLOWED",
  "FOREIGN_ORIGIN",
  "WRONG_CSRF_TOKEN",
]);

/** Who comes. `as` is whose session they carry, undefined for none. */
interface Actor {
  readonly name: string;
  readonly as?: string;
  readonly isExpired?: boolean;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

const FOREIGN = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
const actorsOf = (member: string): readonly Actor[] => [
  { name: "nobody" },
  { name: "somebody signed in", as: member },
  { name: "an expired session", as: member, isExpired: true },
  { name: "no CSRF token", as: member, headers: { "x-csrf-token": undefined } },
  { name: "another session's CSRF token", as: member, headers: { "x-csrf-token": "A".repeat(43) } },
  { name: "another site's page", as: member, headers: FOREIGN },
  {
    name: "another site's page, of an old browser",
    as: member,
    headers: { ...FOREIGN, "sec-fetch-site": undefined },
  },
  {
    name: "another port's page",
    as: member,
    headers: { origin: "http://exchange.test:9090", "sec-fetch-site": "same-site" },
  },
  { name: "a page without origin", as: member, headers: { origin: "null" } },
  { name: "a request without Origin", as: member, headers: { origin: undefined } },
  { name: "a frame of another site", as: member, headers: { "sec-fetch-site": "cross-site" } },
];

describe("who may do what", () => {
  let exchange: TestExchange;
  let operators: FastifyInstance;
  const asked = { routes: new Set<string>(), cases: 0 };

  before(async () => {
    exchange = await TestExchange.start({ isDemo: true, limits: "none" });
    for (const [login, role, account] of [
      ["alice", Role.TRADER, 1],
      ["demo", Role.TRADER, 1],
      ["bob", Role.TRADER, 2],
      ["olga", Role.OPERATOR, 0],
      ["otto", Role.OBSERVER, 0],
    ] as const) {
      await exchange.people.create({ login, role, account, password: PASSWORD, isDemo: login === "demo" });
    }
    operators = fastify();
    addSignInRoutes(operators, {
      people: exchange.people,
      keys: exchange.keyStore,
      clock: exchange.clock,
      logger: pino({ level: "silent" }),
      roles: [Role.OBSERVER, Role.OPERATOR],
      cookieName: CookieName.OPERATORS,
      addressOf: connectedAddress,
      isSecure: connectedSecurely,
    });
    await operators.ready();
  });
  after(async () => {
    console.log(`${asked.routes.size} routes, ${asked.cases} cases`);
    await operators.close();
    await exchange.close();
  });

  let addresses = 0;
  /** A browser with the session of a user, opened behind the routes: signing in is a row of the matrix itself. */
  async function browserOf(app: FastifyInstance, name: CookieName, actor: Actor): Promise<TestBrowser> {
    const browser = new TestBrowser(app, `10.0.${++addresses >> 8}.${addresses & 255}`);
    if (actor.as === undefined) return browser;
    const user = (await exchange.people.find(actor.as))!;
    if (actor.isExpired === true) exchange.clock.shiftUs = -SESSION_IDLE_US;
    const { token } = await exchange.people.sessions.open(user, browser.address, "Test/1");
    browser.cookie = `${name}=${token}`;
    browser.csrfToken = csrfTokenOf(token);
    exchange.clock.shiftUs = 0;
    return browser;
  }

  function expected(route: AccountRoute, actor: Actor, isOther: boolean): string {
    const isUnsafe = route.method !== "GET";
    const { headers = {} } = actor;
    const isForeign = "origin" in headers || "sec-fetch-site" in headers;
    if (isUnsafe && isForeign) return "FOREIGN_ORIGIN";
    if (route.who === Who.ANYONE) return "admitted";
    if (actor.as === undefined || actor.isExpired === true) return "NOT_SIGNED_IN";
    if (isUnsafe && "x-csrf-token" in headers) return "WRONG_CSRF_TOKEN";
    if (isOther && route.path.endsWith("/:apiKey")) return "UNKNOWN_KEY";
    if (isOther && route.path.endsWith("/:id")) return "UNKNOWN_SESSION";
    return "admitted";
  }

  async function ask(
    app: FastifyInstance,
    name: CookieName,
    route: AccountRoute,
    actor: Actor,
    owner: string,
  ) {
    const browser = await browserOf(app, name, actor);
    assert.ok(route.path in EXAMPLES, `${route.path} has no example: add one`);
    const { account, ...user } = (await exchange.people.find(owner))!;
    const victim = await exchange.people.sessions.open({ ...user, account }, "192.0.2.1", "Test/1");
    const key = await exchange.keyStore.create({ account, label: "matrix", scopes: ["READ"] });
    const path = route.path.replace(":id", victim.session.id).replace(":apiKey", key.entry.apiKey);
    const body = route.method === "GET" || route.method === "DELETE" ? undefined : EXAMPLES[route.path];
    const answer = await browser.send(route.method, path, body, actor.headers ?? {});
    // What is refused has changed nothing.
    const isThere = exchange.keyStore.find(key.entry.apiKey);
    const isOpen = (await exchange.people.sessions.of(owner)).some(({ id }) => id === victim.session.id);
    if (answer.status >= 400) assert.deepEqual([isThere?.label, isOpen], ["matrix", true]);
    await exchange.keyStore.revoke(key.entry.apiKey);
    await exchange.people.sessions.end(victim.session.id);
    asked.cases++;
    asked.routes.add(`${name} ${route.method} ${route.path}`);
    const isAccess =
      ACCESS.has(answer.code) || answer.code === "UNKNOWN_KEY" || answer.code === "UNKNOWN_SESSION";
    return { answer, outcome: isAccess ? answer.code : "admitted" };
  }

  it("is decided by these: who may call without being signed in, and who needs an account", () => {
    const paths = (who: Who): string[] =>
      accountRoutes([Role.TRADER], true)
        .filter((route) => route.who === who)
        .map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(paths(Who.ANYONE), [
      "GET /account/v1/session",
      "POST /account/v1/sign-in",
      "POST /account/v1/demo-sign-in",
    ]);
    assert.deepEqual(paths(Who.TRADER), [
      "POST /account/v1/session-key",
      "GET /account/v1/keys",
      "POST /account/v1/keys",
      "PATCH /account/v1/keys/:apiKey",
      "DELETE /account/v1/keys/:apiKey",
    ]);
    const operators = accountRoutes([Role.OBSERVER, Role.OPERATOR], false);
    assert.deepEqual(
      operators.filter(({ who, isDemoOnly }) => who === Who.TRADER || isDemoOnly),
      [],
    );
  });

  for (const route of accountRoutes([Role.TRADER], true)) {
    it(`on the public listener: ${route.method} ${route.path}`, async () => {
      const { app } = exchange.gateway;
      for (const actor of actorsOf("alice")) {
        const { answer, outcome } = await ask(app, CookieName.TRADERS, route, actor, "alice");
        assert.equal(
          outcome,
          expected(route, actor, false),
          `${actor.name}: ${answer.status} ${answer.code}`,
        );
      }
      const bob = { name: "another trader", as: "bob" };
      const { answer, outcome } = await ask(app, CookieName.TRADERS, route, bob, "alice");
      assert.equal(outcome, expected(route, bob, true), `another trader: ${answer.status} ${answer.code}`);
      for (const as of ["olga", "otto"]) {
        const { outcome } = await ask(app, CookieName.TRADERS, route, { name: as, as }, "alice");
        assert.equal(outcome, route.who === Who.ANYONE ? "admitted" : "NOT_SIGNED_IN", as);
      }
    });
  }

  for (const route of accountRoutes([Role.OBSERVER, Role.OPERATOR], false)) {
    it(`on the operators' listener: ${route.method} ${route.path}`, async () => {
      for (const actor of [...actorsOf("olga"), ...actorsOf("otto")]) {
        const { answer, outcome } = await ask(
          operators,
          CookieName.OPERATORS,
          route,
          actor,
          actor.as ?? "olga",
        );
        assert.equal(
          outcome,
          expected(route, actor, false),
          `${actor.name}: ${answer.status} ${answer.code}`,
        );
      }
      const { outcome } = await ask(
        operators,
        CookieName.OPERATORS,
        route,
        { name: "alice", as: "alice" },
        "olga",
      );
      assert.equal(outcome, route.who === Who.ANYONE ? "admitted" : "NOT_SIGNED_IN");
    });
  }

  for (const { method, path, endpoint } of ROUTES) {
    it(`by its session alone, nobody has more of the API: ${method} ${path}`, async () => {
      for (const actor of [
        { name: "nobody" },
        ...actorsOf("alice").slice(1, 3),
        { name: "olga", as: "olga" },
      ]) {
        const browser = await browserOf(exchange.gateway.app, CookieName.TRADERS, actor);
        const answer = await browser.send(method, path);
        const isOpen = endpoint.security === Security.NONE;
        if (isOpen)
          assert.ok(answer.status !== 401 && answer.status !== 403, `${actor.name}: ${answer.status}`);
        else assert.deepEqual([answer.status, answer.body.code], [401, -2014], actor.name);
        assert.equal(answer.headers["set-cookie"], undefined);
        asked.cases++;
      }
      asked.routes.add(`${method} ${path}`);
    });
  }
});
