import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { FastifyInstance } from "fastify";
import { TestExchange } from "../../main/testing/test-exchange.js";
import { ControlRefusedError } from "../../platform/control-socket.js";
import { EngineBusyError } from "../../transport/engine-port.js";
import { AdminError } from "../admin/admin-error.js";
import { AdminRoute, ConsoleRoute } from "../admin/schemas.js";
import type { AuditEntry } from "../audit/audit-log.js";
import { CONSOLE_ROLES, type ConsoleRole, createConsole } from "./console-app.js";
import { Tier, type VenueSource, venuePart } from "./venue.js";

/** Signed in as whom the header says. */
const ROLE_HEADER = "x-test-role";

let exchange: TestExchange;
let app: FastifyInstance;
let looks = 0;
const source: VenueSource & { handover: NonNullable<VenueSource["handover"]> } = {
  async look() {
    looks++;
    const part = {
      name: "engine",
      tier: Tier.ENGINE,
      state: "leading",
      perSecond: 100,
      cores: 0.5,
      threads: 1,
    };
    return { kind: "process", name: "test", parts: [venuePart(part)], traffic: null, missing: null };
  },
  async handover(partition) {
    if (partition === 1) throw new Error("no answer on cluster.control within 20000 ms");
    if (partition !== 0) throw new ControlRefusedError(`partition ${partition} has no second engine`);
    return { partition, from: "engine-0-a", to: "engine-0-b", epoch: 2, tookMs: 12 };
  },
};

/** Every route as it was registered, but those of the page. */
const routes: { method: string; url: string }[] = [];

before(async () => {
  exchange = await TestExchange.start();
  const { desk, audit, trail } = exchange.gateway;
  app = createConsole({
    desk,
    audit,
    trail,
    source,
    door: {
      addRoutes(inner) {
        inner.addHook("onRoute", ({ method, url }) => {
          for (const each of [method].flat()) {
            if (url.startsWith("/v1/") && each !== "HEAD") routes.push({ method: each, url });
          }
        });
      },
      async sessionOf({ headers }) {
        const role = CONSOLE_ROLES.find((each) => each === headers[ROLE_HEADER]);
        if (role === undefined)
          throw new AdminError(401, "NOT_SIGNED_IN", "Nobody is signed in.", "Sign in.");
        return { user: role.toLowerCase(), role };
      },
    },
    addressOf: () => "203.0.113.7",
  });
  await app.ready();
});
after(async () => {
  await app.close();
  await exchange.close();
});

async function call(role: ConsoleRole | undefined, method: "GET" | "POST", url: string, payload?: object) {
  const answer = await app.inject({
    method,
    url,
    headers: role === undefined ? {} : { [ROLE_HEADER]: role },
    ...(payload === undefined ? {} : { payload }),
  });
  const isJson = String(answer.headers["content-type"]).startsWith("application/json");
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: isJson ? JSON.parse(answer.body) : answer.body,
  };
}

const operate = (url: string, payload: object) => call("OPERATOR", "POST", url, payload);

async function latest(count: number): Promise<readonly AuditEntry[]> {
  return (await exchange.gateway.audit.latest(undefined, count)).toReversed();
}

/** A body with which each action does something; its reason stands in it. */
const ACTIONS: Readonly<Record<string, object>> = {
  [AdminRoute.ASSETS]: { name: "MTX", decimals: 4 },
  [AdminRoute.MARKETS]: {
    symbol: "MTXUSD",
    baseAsset: "MTX",
    quoteAsset: "USD",
    tickSize: "0.01",
    stepSize: "1",
    referencePrice: "5",
  },
  [AdminRoute.MARKET_STATUS]: { symbol: "BTCUSDT", status: "HALT" },
  [AdminRoute.MARKET_FEES]: { symbol: "BTCUSDT", makerFee: "0.0005", takerFee: "0.002" },
  [AdminRoute.MARKET_BANDS]: { symbol: "BTCUSDT", bidMultiplierUp: "1.5" },
  [AdminRoute.ACCOUNTS]: { name: "matrix" },
  [AdminRoute.ACCOUNT_STATUS]: { account: "bob", status: "FROZEN" },
  [AdminRoute.DEPOSITS]: { account: "alice", asset: "USD", amount: "12.50", reference: "matrix 1" },
  [AdminRoute.WITHDRAWALS]: { account: "alice", asset: "USD", amount: "2.50", reference: "matrix 2" },
  [AdminRoute.ADJUSTMENTS]: { account: "alice", asset: "USD", amount: "-1", reference: "matrix 3" },
  [ConsoleRoute.HANDOVERS]: { partition: 0 },
};

const withReason = (payload: object): object =>
  "reference" in payload ? payload : { ...payload, reason: "the matrix" };

describe("the operator's console", () => {
  it("lets nobody in who has not signed in, an observer look, and an operator act: by every route that there is", async () => {
    assert.deepEqual(
      new Set(routes.filter(({ method }) => method !== "GET").map(({ url }) => url)),
      new Set(Object.keys(ACTIONS)),
      "an action is missing in the matrix",
    );
    for (const { method, url } of routes) {
      const isLook = method === "GET";
      const path = url === AdminRoute.BALANCES ? `${url}?account=alice` : url;
      const payload = isLook ? undefined : withReason(ACTIONS[url]!);
      const ask = (role: ConsoleRole | undefined) => call(role, method as "GET" | "POST", path, payload);
      const before = await exchange.digest();
      const nobody = await ask(undefined);
      assert.deepEqual([nobody.status, nobody.body.error.code], [401, "NOT_SIGNED_IN"], `${method} ${url}`);
      const observer = await ask("OBSERVER");
      if (isLook) assert.equal(observer.status, 200, `${url}: ${JSON.stringify(observer.body)}`);
      else assert.deepEqual([observer.status, observer.body.error.code], [403, "NOT_ALLOWED"], url);
      assert.equal(await exchange.digest(), before, `${method} ${url} has changed something`);
      const operator = await ask("OPERATOR");
      assert.ok(operator.status < 300, `${method} ${url}: ${JSON.stringify(operator.body)}`);
      assert.equal(operator.headers["cache-control"], "no-store");
    }
    const tried = (await exchange.gateway.audit.latest(undefined, 500)).filter(
      ({ who }) => who === "observer",
    );
    assert.equal(tried.length, Object.keys(ACTIONS).length);
    for (const { stage, code, from } of tried) {
      assert.deepEqual([stage, code, from], ["REFUSED", "NOT_ALLOWED", "203.0.113.7"]);
    }
  });

  it("halts a market: the API refuses, and takes orders again when it is resumed", async () => {
    const order = {
      symbol: "ETHUSDT",
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTC",
      quantity: "0.01",
      price: "2000",
    };
    const place = () => exchange.signed(exchange.alice, "POST", "/api/v3/order", order);
    const halted = await operate(AdminRoute.MARKET_STATUS, {
      symbol: "ETHUSDT",
      status: "HALT",
      reason: "a feed is wrong",
    });
    assert.deepEqual([halted.status, halted.body[0].status], [200, "HALT"]);
    assert.ok(Number(halted.headers["journal-sequence"]) > 0);
    assert.equal((await place()).status, 400);
    const resumed = await operate(AdminRoute.MARKET_STATUS, {
      symbol: "ETHUSDT",
      status: "TRADING",
      reason: "the feed is right",
    });
    assert.equal(resumed.body[0].status, "TRADING");
    assert.equal((await place()).status, 200);
  });

  it("writes what was asked before it is done, and how it came out with its sequence", async () => {
    const payload = { account: "alice", asset: "USD", amount: "7", reference: "wire 2041" };
    const done = await operate(AdminRoute.DEPOSITS, payload);
    const [asked, outcome] = await latest(2);
    assert.deepEqual(
      [asked!.stage, asked!.who, asked!.role, asked!.from, asked!.action, asked!.reason, asked!.sequence],
      ["ASKED", "operator", "OPERATOR", "203.0.113.7", "DEPOSIT", "wire 2041", null],
    );
    assert.deepEqual(JSON.parse(asked!.detail), payload);
    assert.deepEqual(
      [outcome!.stage, outcome!.of, outcome!.sequence, outcome!.code],
      ["DONE", asked!.number, done.body.sequence, null],
    );
    const refused = await operate(AdminRoute.WITHDRAWALS, {
      ...payload,
      amount: "1000000000",
      reference: "wire 2042",
    });
    assert.equal(refused.status, 409);
    const [, failure] = await latest(2);
    assert.deepEqual(
      [failure!.stage, failure!.sequence, failure!.code],
      ["REFUSED", null, "INSUFFICIENT_BALANCE"],
    );
    assert.equal((await exchange.gateway.audit.check()).problem, undefined);
  });

  it("refuses an action without a reason, and bodies that don't fit, before anything is written", async () => {
    const before = await latest(1);
    for (const [payload, code] of [
      [{ symbol: "BTCUSDT", status: "TRADING" }, "REASON_MISSING"],
      [{ symbol: "BTCUSDT", status: "TRADING", reason: "   " }, "REASON_MISSING"],
      [{ symbol: "BTCUSDT", status: "TRADING", reason: "two\nlines" }, "INVALID_REQUEST"],
      [{ symbol: "BTCUSDT", status: "TRADING", reason: "x".repeat(201) }, "INVALID_REQUEST"],
      [{ symbol: "BTCUSDT", status: "OPEN", reason: "why" }, "INVALID_REQUEST"],
      [{ symbol: "BTCUSDT", status: "TRADING", reason: "why", more: 1 }, "INVALID_REQUEST"],
    ] as const) {
      const { status, body } = await operate(AdminRoute.MARKET_STATUS, payload);
      assert.deepEqual([status, body.error.code], [400, code], JSON.stringify(payload));
    }
    assert.deepEqual(await latest(1), before);
  });

  it("does nothing while the audit log can't be written", async (t) => {
    const before = await exchange.digest();
    t.mock.method(exchange.gateway.audit, "append", () => Promise.reject(new Error("the disk is full")));
    const { status, body } = await operate(AdminRoute.MARKET_STATUS, {
      symbol: "BTCUSDT",
      status: "CANCEL_ONLY",
      reason: "why",
    });
    assert.deepEqual([status, body.error.code], [503, "AUDIT_UNAVAILABLE"]);
    assert.equal(await exchange.digest(), before);
  });

  it("shows figures that are taken once for all who look, with every asset balanced", async () => {
    const { body } = await call("OBSERVER", "GET", ConsoleRoute.FIGURES);
    assert.deepEqual([body.kind, body.commandsPerSecond], ["process", 100]);
    assert.deepEqual(body.tiers[0].busiest, { name: "engine", share: 0.5 });
    assert.equal(body.limit.tier, "engine");
    assert.equal(body.reconciliation.isBalanced, true);
    const usd = body.reconciliation.assets.find(({ asset }: { asset: string }) => asset === "USD");
    assert.match(usd.difference, /^0[.]0+$/);
    assert.ok(Number(usd.supply) > 0);
    const before = looks;
    await Promise.all(Array.from({ length: 50 }, () => call("OBSERVER", "GET", ConsoleRoute.FIGURES)));
    assert.ok(looks - before <= 2, `${looks - before} looks for 50 viewers`);
  });

  it("hands a partition over, and says why it could not", async () => {
    const handOver = (partition: number) =>
      operate(ConsoleRoute.HANDOVERS, { partition, reason: "an update" });
    assert.deepEqual((await handOver(0)).body.to, "engine-0-b");
    const { status, body } = await handOver(3);
    assert.deepEqual([status, body.error.code], [409, "HANDOVER_FAILED"]);
    assert.match(body.error.message, /has no second engine/);
    const lost = await handOver(1);
    assert.deepEqual([lost.status, lost.body.error.code], [504, "HANDOVER_UNKNOWN"]);
    assert.deepEqual(
      (await latest(4)).map(({ stage, code }) => [stage, code]),
      [
        ["ASKED", null],
        ["REFUSED", "HANDOVER_FAILED"],
        ["ASKED", null],
        ["UNKNOWN", "HANDOVER_UNKNOWN"],
      ],
    );
  });

  it("says that a payment is done when what comes after it fails, and that a bug's outcome is unknown", async (t) => {
    const { engine } = exchange.gateway.desk;
    const deposit = { account: "alice", asset: "USD", amount: "3", reference: "wire 2077" };
    const query = t.mock.method(engine, "query", () => Promise.reject(new EngineBusyError()));
    const { status, headers, body } = await operate(AdminRoute.DEPOSITS, deposit);
    query.mock.restore();
    assert.deepEqual([status, body.error.code], [503, "BALANCE_UNREADABLE"]);
    const sequence = Number(headers["journal-sequence"]);
    assert.match(body.error.message, new RegExp(`^It is done, at sequence ${sequence};`));
    const [, outcome] = await latest(2);
    assert.deepEqual([outcome!.stage, outcome!.sequence], ["DONE", sequence]);
    assert.equal((await operate(AdminRoute.DEPOSITS, deposit)).body.repeated, true);

    t.mock.method(engine, "submit", () => Promise.reject(new TypeError("a bug")));
    assert.equal((await operate(AdminRoute.DEPOSITS, { ...deposit, reference: "wire 2078" })).status, 500);
    const [, unknown] = await latest(2);
    assert.deepEqual([unknown!.stage, unknown!.sequence, unknown!.code], ["UNKNOWN", null, "INTERNAL"]);
  });

  it("takes no reason that would write into a terminal, and no payment that reads as an adjustment", async () => {
    for (const reason of ["\u009b2J", "a\nb", "\ud800"]) {
      const halt = { symbol: "BTCUSDT", status: "HALT", reason };
      assert.equal((await operate(AdminRoute.MARKET_STATUS, halt)).status, 400, JSON.stringify(reason));
    }
    const payment = { account: "alice", asset: "USD", amount: "1", reference: "adj: mine" };
    for (const route of [AdminRoute.DEPOSITS, AdminRoute.WITHDRAWALS]) {
      assert.equal((await operate(route, payment)).status, 400, route);
    }
  });

  it("takes no body that says something twice", async () => {
    const payload = '{"symbol":"BTCUSDT","status":"TRADING","status":"HALT","reason":"which one"}';
    const headers = { [ROLE_HEADER]: "OPERATOR", "content-type": "application/json" };
    const answer = await app.inject({ method: "POST", url: AdminRoute.MARKET_STATUS, headers, payload });
    assert.deepEqual([answer.statusCode, answer.json().error.code], [400, "INVALID_REQUEST"]);
  });

  it("is on no other listener, and has none of the clients' routes", async () => {
    assert.equal((await exchange.public(ConsoleRoute.FIGURES)).status, 404);
    assert.equal((await call("OPERATOR", "GET", "/api/v3/time")).status, 404);
    assert.equal(
      (await call("OPERATOR", "GET", AdminRoute.KEYS)).status,
      404,
      "keys are made on the machine",
    );
    const page = await app.inject("/");
    assert.match(String(page.headers["content-security-policy"]), /default-src 'none'/);
  });
});
