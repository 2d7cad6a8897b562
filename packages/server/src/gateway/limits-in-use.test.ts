/** What limits do to the clients of a gateway, over REST, the WebSocket API and streams. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { WebSocket } from "ws";
import { Listener, signedParams } from "../main/testing/listener.js";
import { hmac, queryOf, type TestAnswer, TestExchange, type TestKey } from "../main/testing/test-exchange.js";
import { addressBehind } from "./session/client-address.js";
import { KeyScope, type NewKey } from "./session/key-store.js";
import { REFUSALS_MAX } from "./session/rate-limiter.js";
import { LimitsSetting } from "./session/rate-limits.js";

const HOME = "203.0.113.7";
const ELSEWHERE = "198.51.100.1";
const SECOND_US = 1_000_000;
/** `exchangeInfo` weighs 20, so that so many of them are a minute's weight. */
const INFOS = 300;

let exchange: TestExchange;
let url: string;

async function start(limits: LimitsSetting = LimitsSetting.PUBLISHED): Promise<void> {
  // Tests say in a header where they come from, and move the clock themselves.
  exchange = await TestExchange.start({ addressOf: addressBehind([]), limits });
  exchange.clock.stop();
  // To where a day, and so every interval, begins.
  const dayUs = 86_400 * SECOND_US;
  exchange.clock.shiftUs = dayUs - (exchange.clock.nowUs() % dayUs);
  const { port } = await exchange.gateway.listen({ host: "127.0.0.1", port: 0 });
  url = `ws://127.0.0.1:${port}`;
}

beforeEach(() => start());
afterEach(() => exchange.close());

const nowMs = (): number => Math.floor(exchange.clock.nowUs() / 1000);

async function unlimited(more: Partial<NewKey> = {}): Promise<TestKey> {
  const scopes = [KeyScope.READ, KeyScope.TRADE];
  const { entry, secretKey } = await exchange.keyStore.create({
    account: 1,
    scopes,
    rateLimits: "none",
    ...more,
  });
  return { apiKey: entry.apiKey, secretKey };
}

function get(path: string, address = HOME, headers: Record<string, string> = {}): Promise<TestAnswer> {
  return exchange.raw("GET", `/api/v3/${path}`, { headers: { ...headers, "x-forwarded-for": address } });
}

function signed(
  key: TestKey,
  method: "GET" | "POST" | "DELETE",
  path: string,
  parameters = {},
  address = HOME,
): Promise<TestAnswer> {
  const payload = queryOf({ timestamp: nowMs(), recvWindow: 60_000, ...parameters });
  return exchange.raw(method, `/api/v3/${path}?${payload}&signature=${hmac(key, payload)}`, {
    headers: { "x-mbx-apikey": key.apiKey, "x-forwarded-for": address },
  });
}

let orders = 0;
/** A new order: on a clock that stands still, one without an id of its own would be a repeat. */
const order = (side: "BUY" | "SELL", price: string, more = {}) => ({
  symbol: "BTCUSDT",
  side,
  type: "LIMIT",
  timeInForce: "GTC",
  price,
  quantity: "0.01",
  newClientOrderId: `n-${++orders}`,
  ...more,
});

const connect = (path: string, headers: Record<string, string> = {}): Promise<Listener> =>
  Listener.open(url + path, { headers: { "x-forwarded-for": HOME, ...headers } });

/** How the opening of a WebSocket is refused. */
function refusedUpgrade(
  path: string,
): Promise<{ status: number; retryAfter: string | undefined; code: number }> {
  const socket = new WebSocket(url + path, { headers: { "x-forwarded-for": HOME } });
  return new Promise((resolve, reject) => {
    socket.on("open", () => reject(new Error("it was opened")));
    socket.on("error", () => undefined);
    socket.on("unexpected-response", (_request, response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        const { code } = JSON.parse(text) as { code: number };
        resolve({ status: response.statusCode!, retryAfter: response.headers["retry-after"], code });
      });
    });
  });
}

async function useUp(): Promise<void> {
  for (let i = 0; i < INFOS; i++) assert.equal((await get("exchangeInfo")).status, 200);
}

async function getBanned(): Promise<void> {
  await useUp();
  for (let i = 0; i <= REFUSALS_MAX; i++) assert.equal((await get("ping")).status, 429);
}

describe("limits of an address", () => {
  it("are told in headers and enforced, until the minute is over", async () => {
    await useUp();
    assert.equal((await get("ping", ELSEWHERE)).headers["x-mbx-used-weight-1m"], "1");
    exchange.clock.shiftUs += 20 * SECOND_US;
    const refused = await get("ping");
    assert.deepEqual([refused.status, refused.body.code], [429, -1003]);
    assert.match(
      refused.body.msg,
      /^Too much request weight used; current limit is 6000 request weight per 1 MINUTE/,
    );
    assert.equal(refused.headers["retry-after"], "40");
    assert.equal(refused.headers["x-mbx-used-weight-1m"], "6001");
    for (const path of ["exchangeInfo", "nowhere"]) assert.equal((await get(path)).status, 429, path);
    assert.equal((await signed(exchange.alice, "GET", "account")).status, 429);
    assert.equal((await signed(exchange.alice, "GET", "account", {}, ELSEWHERE)).status, 200);
    exchange.clock.shiftUs += 40 * SECOND_US;
    assert.equal((await get("ping")).headers["x-mbx-used-weight-1m"], "1");
  });

  it("hold for both interfaces together; the WebSocket API says in the message when to come back", async () => {
    const client = await connect("/ws-api/v3");
    for (let i = 0; i < INFOS / 2; i++) await get("exchangeInfo");
    for (let i = 0; i < INFOS / 2; i++) assert.equal((await client.call("exchangeInfo")).status, 200);
    exchange.clock.shiftUs += 59 * SECOND_US;
    const refused = await client.call("time", undefined, "x");
    assert.deepEqual([refused.id, refused.status, refused.error.code], ["x", 429, -1003]);
    assert.deepEqual(refused.error.data, { serverTime: nowMs(), retryAfter: nowMs() + 1000 });
    assert.deepEqual([refused.rateLimits[0].limit, refused.rateLimits[0].count], [6_000, 6_001]);
    assert.equal((await get("ping")).status, 429);
    exchange.clock.shiftUs += SECOND_US;
    assert.equal((await client.call("time")).status, 200);
    client.socket.close();
  });

  it("hold for documents and metrics too, but not for who watches from the machine itself", async () => {
    const ask = (path: string, address = HOME): Promise<TestAnswer> =>
      exchange.raw("GET", path, { headers: { "x-forwarded-for": address } });
    for (const path of ["/docs/page.css", "/docs/openapi.json", "/metrics"]) {
      assert.equal((await ask(path)).status, 200, path);
    }
    assert.equal((await get("ping")).headers["x-mbx-used-weight-1m"], "8", "1, 1, 5 and 1 itself");
    exchange.clock.shiftUs += 60 * SECOND_US;
    await useUp();
    for (const path of ["/metrics", "/docs/", "/docs", "/docs/asyncapi.json"]) {
      const { status, body, headers } = await ask(path);
      assert.deepEqual([status, body.code], [429, -1003], path);
      assert.ok(Number(headers["retry-after"]) > 0, path);
    }
    assert.equal((await ask("/metrics", ELSEWHERE)).status, 200);
    for (let i = 0; i < 1_300; i++) assert.equal((await ask("/metrics", "127.0.0.1")).status, 200);
  });

  it("end in a ban for who goes on, over everything", async () => {
    const api = await connect("/ws-api/v3");
    const stream = await connect("/ws/btcusdt@trade");
    const other = await connect("/ws/btcusdt@trade", { "x-forwarded-for": ELSEWHERE });
    await getBanned();
    const banned = await get("ping");
    assert.deepEqual([banned.status, banned.body.code, banned.headers["retry-after"]], [418, -1003, "120"]);
    assert.match(banned.body.msg, new RegExp(`IP banned until ${nowMs() + 120_000}\\. Please use`));
    assert.equal((await signed(exchange.alice, "GET", "account")).status, 418);
    assert.equal((await get("nowhere")).status, 418);
    const end = { code: 1008, reason: "address is banned for too many requests" };
    assert.deepEqual([await api.end(), await stream.end()], [end, end]);
    for (const path of ["/ws-api/v3", "/ws", "/stream"]) {
      assert.deepEqual(await refusedUpgrade(path), { status: 418, retryAfter: "120", code: -1003 }, path);
    }
    assert.equal(other.closed, undefined);
    assert.match(exchange.log.join(), /address 203\.0\.113\.7 went on .*: banned until/);
    const metrics = await exchange.raw("GET", "/metrics");
    assert.match(metrics.body, /buttonwood_rate_limited_total\{limit="REQUEST_WEIGHT"\} 101/);
    assert.match(metrics.body, /buttonwood_banned_addresses 1/);
    exchange.clock.shiftUs += 120 * SECOND_US;
    assert.equal((await get("ping")).status, 200);
    (await connect("/ws")).socket.close();
    other.socket.close();
  });

  it("are enforced also on messages that are no requests, and on signatures that don't fit", async () => {
    const client = await connect("/ws-api/v3");
    const wrong = { ...signedParams(nowMs(), exchange.alice), signature: "0".repeat(64) };
    for (let i = 0; i < 3_000; i++) {
      client.socket.send("{");
      client.socket.send(JSON.stringify({ id: `i-${i}`, method: "account.status", params: wrong }));
    }
    await client.until("the last one", (message) => message.id === "i-2999");
    assert.equal((await client.call("time")).status, 429);
    for (let i = 0; i < REFUSALS_MAX + 1; i++) client.socket.send("{");
    assert.equal((await client.end()).reason, "address is banned for too many requests");
  });

  it("bound attempts to open a WebSocket", async () => {
    for (let i = 0; i < 300; i++) (await connect("/ws")).socket.terminate();
    exchange.clock.shiftUs += 100 * SECOND_US;
    assert.deepEqual(await refusedUpgrade("/ws-api/v3"), { status: 429, retryAfter: "200", code: -1003 });
    assert.equal((await get("ping")).status, 200);
    exchange.clock.shiftUs += 200 * SECOND_US;
    (await connect("/ws")).socket.close();
  });
});

describe("limits of an account's orders", () => {
  it("are enforced over both interfaces and all addresses, and told everywhere in the same numbers", async () => {
    const { alice } = exchange;
    for (let i = 0; i < 50; i++) {
      assert.equal((await signed(alice, "POST", "order", order("BUY", "50000"), ELSEWHERE)).status, 200);
    }
    const client = await connect("/ws-api/v3");
    await client.call("session.logon", signedParams(nowMs(), alice));
    for (let i = 0; i < 50; i++) {
      const placed = await client.call("order.place", { ...order("BUY", "50000"), timestamp: nowMs() });
      assert.equal(placed.status, 200);
    }
    exchange.clock.shiftUs += 7 * SECOND_US;
    const digest = await exchange.digest();
    const refused = await signed(alice, "POST", "order", order("BUY", "50000"));
    assert.deepEqual([refused.status, refused.body.code, refused.headers["retry-after"]], [429, -1015, "3"]);
    assert.equal(refused.body.msg, "Too many new orders; current limit is 100 orders per 10 SECOND.");
    assert.deepEqual(
      [refused.headers["x-mbx-order-count-10s"], refused.headers["x-mbx-order-count-1d"]],
      ["100", "100"],
    );
    const placed = await client.call("order.place", { ...order("BUY", "50000"), timestamp: nowMs() });
    assert.deepEqual([placed.status, placed.error.code], [429, -1015]);
    assert.equal(placed.error.data.retryAfter, nowMs() + 3_000);
    const rows = [0, 1].map((i) => ["BUY", "50000", "0.01", `row-${i}`]);
    const batch = await client.call("orders.place", { symbol: "BTCUSDT", orders: rows, timestamp: nowMs() });
    assert.deepEqual(
      batch.result.map(({ code }: { code: number }) => code),
      [-1015, -1015],
    );
    assert.equal(await exchange.digest(), digest);

    const limits = (await signed(alice, "GET", "rateLimit/order")).body;
    const used = (await client.call("account.rateLimits.orders", { timestamp: nowMs() })).result;
    assert.deepEqual(used, limits);
    const told = (await get("exchangeInfo")).body.rateLimits;
    assert.deepEqual(
      limits.map(({ count: _, ...limit }: { count: number }) => limit),
      told.slice(1, 3),
    );
    assert.deepEqual(
      limits.map(({ count }: { count: number }) => count),
      [100, 100],
    );

    assert.equal((await signed(exchange.bob, "POST", "order", order("BUY", "50000"))).status, 200);
    exchange.clock.shiftUs += 3 * SECOND_US;
    assert.equal((await signed(alice, "POST", "order", order("BUY", "50000"))).status, 200);
    client.socket.close();
  });

  const counts = async (key: TestKey): Promise<number[]> =>
    (await signed(key, "GET", "rateLimit/order")).body.map(({ count }: { count: number }) => count);

  it("let go what trades, of takers and of makers, at its first trade", async () => {
    const { alice, bob } = exchange;
    const place = async (key: TestKey, side: "BUY" | "SELL", more = {}): Promise<string> => {
      const { status, body } = await signed(key, "POST", "order", order(side, "60000", more));
      assert.equal(status, 200, JSON.stringify(body));
      return body.status;
    };
    assert.equal(await place(alice, "SELL", { quantity: "0.03" }), "NEW");
    assert.equal(await place(alice, "SELL"), "NEW");
    assert.deepEqual(await counts(alice), [2, 2]);
    // A taker trades at once; the maker's first order begins to trade.
    assert.equal(await place(bob, "BUY"), "FILLED");
    assert.deepEqual(
      [await counts(alice), await counts(bob)],
      [
        [1, 1],
        [0, 0],
      ],
    );
    // It trades again, and counts no less.
    assert.equal(await place(bob, "BUY"), "FILLED");
    assert.deepEqual(await counts(alice), [1, 1]);
    // The rest of the first and all of the second.
    assert.equal(await place(bob, "BUY", { quantity: "0.02" }), "FILLED");
    assert.deepEqual(
      [await counts(alice), await counts(bob)],
      [
        [0, 0],
        [0, 0],
      ],
    );
    // Canceled and expired orders count on.
    assert.equal(await place(bob, "BUY", { timeInForce: "IOC" }), "EXPIRED");
    assert.equal(await place(bob, "BUY"), "NEW");
    assert.equal((await signed(bob, "DELETE", "openOrders", { symbol: "BTCUSDT" })).status, 200);
    assert.deepEqual(await counts(bob), [2, 2]);
  });

  it("count no refused order, no repeat and no test", async () => {
    const { alice } = exchange;
    const once = order("BUY", "50000", { newClientOrderId: "once" });
    for (let i = 0; i < 3; i++) assert.equal((await signed(alice, "POST", "order", once)).status, 200);
    const dear = order("BUY", "50000", { quantity: "1000" });
    assert.equal((await signed(alice, "POST", "order", dear)).body.code, -2010);
    assert.equal((await signed(alice, "POST", "order", order("BUY", "50000.001"))).status, 400);
    assert.equal((await signed(alice, "POST", "order/test", order("BUY", "50000"))).status, 200);
    assert.deepEqual(await counts(alice), [1, 1]);
  });

  it("let a cancel-replace cancel alone when that is asked for", async () => {
    const { alice } = exchange;
    for (let i = 0; i < 100; i++) {
      const more = { newClientOrderId: `o-${i}` };
      assert.equal((await signed(alice, "POST", "order", order("BUY", "50000", more))).status, 200);
    }
    const replace = (cancelOrigClientOrderId: string, more = {}): Promise<TestAnswer> =>
      signed(alice, "POST", "order/cancelReplace", {
        ...order("BUY", "50001"),
        cancelReplaceMode: "STOP_ON_FAILURE",
        cancelOrigClientOrderId,
        ...more,
      });
    const nothing = await replace("o-0");
    assert.deepEqual([nothing.status, nothing.body.code], [429, -1015]);
    const canceled = await replace("o-0", { orderRateLimitExceededMode: "CANCEL_ONLY" });
    assert.deepEqual([canceled.status, canceled.body.code], [429, -2021]);
    assert.equal(canceled.headers["retry-after"], "10");
    const { cancelResult, newOrderResult, cancelResponse, newOrderResponse } = canceled.body.data;
    assert.deepEqual([cancelResult, newOrderResult, newOrderResponse.code], ["SUCCESS", "FAILURE", -1015]);
    assert.deepEqual([cancelResponse.origClientOrderId, cancelResponse.status], ["o-0", "CANCELED"]);
    const past = { timeInForce: "GTD", goodTillDate: 1, orderRateLimitExceededMode: "CANCEL_ONLY" };
    const late = await replace("o-3", past);
    assert.deepEqual([late.status, late.body.code], [429, -1015]);
    const gone = await replace("o-0", { orderRateLimitExceededMode: "CANCEL_ONLY" });
    assert.deepEqual([gone.status, gone.body.code], [429, -2022]);
    assert.deepEqual([gone.body.data.cancelResponse.code, gone.body.data.newOrderResponse], [-2011, null]);
    const anyway = { orderRateLimitExceededMode: "CANCEL_ONLY", cancelReplaceMode: "ALLOW_FAILURE" };
    assert.equal((await replace("o-2", anyway)).status, 409);
    const both = await replace("o-2", anyway);
    assert.deepEqual([both.status, both.body.data.newOrderResponse.code], [400, -1015]);
    exchange.clock.shiftUs += 10 * SECOND_US;
    assert.equal((await replace("o-1")).status, 200);
  });
});

describe("a key without rate limits", () => {
  it("costs neither weight nor orders, also where the address has none left", async () => {
    const key = await unlimited();
    for (let i = 0; i < 150; i++) {
      assert.equal((await signed(key, "POST", "order", order("BUY", "50000"))).status, 200);
      if (i % 100 === 0) await signed(key, "DELETE", "openOrders", { symbol: "BTCUSDT" });
    }
    const info = await get("exchangeInfo", HOME, { "x-mbx-apikey": key.apiKey });
    assert.deepEqual([info.status, info.headers["x-mbx-used-weight-1m"]], [200, "0"]);
    const counts = (await signed(key, "GET", "rateLimit/order")).body;
    assert.deepEqual([counts[0].count, counts[1].count], [0, 0]);

    const session = await connect("/ws-api/v3");
    await session.call("session.logon", signedParams(nowMs(), key));
    const stream = await connect("/ws", { "x-mbx-apikey": key.apiKey });
    await getBanned();
    assert.equal((await signed(key, "POST", "order", order("BUY", "50000"))).status, 200);
    assert.equal((await session.call("time")).status, 200);
    assert.equal(
      (await session.call("order.place", { ...order("BUY", "50000"), timestamp: nowMs() })).status,
      200,
    );
    (await connect("/ws-api/v3", { "x-mbx-apikey": key.apiKey })).socket.close();
    assert.deepEqual([session.closed, stream.closed], [undefined, undefined]);
    // Without a signature that fits it is worth nothing.
    const forged = { apiKey: key.apiKey, secretKey: "x" };
    assert.equal((await signed(forged, "GET", "account", {}, ELSEWHERE)).status, 400);
    assert.equal((await get("ping", ELSEWHERE)).headers["x-mbx-used-weight-1m"], "2");
    // As soon as the limits hold for it, they hold for what it has opened.
    await exchange.keyStore.edit(key.apiKey, { rateLimits: "standard" });
    assert.equal((await signed(key, "POST", "order", order("BUY", "50000"))).status, 418);
    assert.equal((await session.call("time")).status, 418);
    for (const listener of [session, stream]) listener.socket.close();
  });

  it("has to be used from its addresses", async () => {
    const key = await unlimited({ addresses: [ELSEWHERE] });
    await get("ping", HOME, { "x-mbx-apikey": key.apiKey });
    assert.equal((await get("ping")).headers["x-mbx-used-weight-1m"], "2");
  });
});

describe("an exchange without limits", () => {
  it("tells none and refuses nobody", async () => {
    await exchange.close();
    await start(LimitsSetting.NONE);
    await useUp();
    assert.deepEqual((await get("exchangeInfo")).body.rateLimits, []);
    assert.equal((await get("ping")).headers["x-mbx-used-weight-1m"], "6021");
    for (let i = 0; i < 150; i++) {
      assert.equal((await signed(exchange.alice, "POST", "order", order("BUY", "50000"))).status, 200);
    }
    assert.deepEqual((await signed(exchange.alice, "GET", "rateLimit/order")).body, []);
  });
});
