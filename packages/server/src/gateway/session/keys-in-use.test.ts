/** What a key's end, addresses and scopes mean to its requests and to what it has opened. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Listener, signedParams } from "../../main/testing/listener.js";
import {
  hmac,
  queryOf,
  type TestAnswer,
  TestExchange,
  type TestKey,
} from "../../main/testing/test-exchange.js";
import { addressBehind } from "./client-address.js";
import { KeyScope, type NewKey } from "./key-store.js";

const BOTH = [KeyScope.READ, KeyScope.TRADE];
const ORDER = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  price: "50000",
  quantity: "0.01",
};
const HOME = "203.0.113.7";
const ELSEWHERE = "198.51.100.1";
const SECOND_US = 1_000_000;
const REFUSED = [401, -2015];

let exchange: TestExchange;
let url: string;
before(async () => {
  // Tests say in a header where they come from.
  exchange = await TestExchange.start({ addressOf: addressBehind([]) });
  exchange.clock.stop();
  const { port } = await exchange.gateway.listen({ host: "127.0.0.1", port: 0 });
  url = `ws://127.0.0.1:${port}/ws-api/v3`;
});
after(() => exchange.close());
beforeEach(() => {
  exchange.clock.shiftUs = 0;
});

const nowMs = (): number => Math.floor(exchange.clock.nowUs() / 1000);

async function keyOf(more: Partial<NewKey>): Promise<TestKey> {
  const { entry, secretKey } = await exchange.keyStore.create({ account: 1, scopes: BOTH, ...more });
  return { apiKey: entry.apiKey, secretKey };
}

/** A signed request from an address. */
function from(
  address: string,
  key: TestKey,
  method: "GET" | "POST" | "DELETE",
  path: string,
  parameters = {},
): Promise<TestAnswer> {
  const payload = queryOf({ timestamp: nowMs(), recvWindow: 60_000, ...parameters });
  return exchange.raw(method, `${path}?${payload}&signature=${hmac(key, payload)}`, {
    headers: { "x-mbx-apikey": key.apiKey, "x-forwarded-for": address },
  });
}

const outcome = ({ status, body }: TestAnswer): [number, number | undefined] => [status, body.code];

const connect = (address: string): Promise<Listener> =>
  Listener.open(url, { headers: { "x-forwarded-for": address } });

describe("a key that ends", () => {
  it("is as good as unknown from then on", async () => {
    const key = await keyOf({ expiresUs: exchange.clock.nowUs() + 10 * SECOND_US });
    exchange.clock.shiftUs = 10 * SECOND_US - 1;
    assert.equal((await from(HOME, key, "GET", "/api/v3/account")).status, 200);
    exchange.clock.shiftUs = 10 * SECOND_US;
    const gone = await from(HOME, key, "GET", "/api/v3/account");
    const never = await from(HOME, { apiKey: "q".repeat(64), secretKey: "q" }, "GET", "/api/v3/account");
    assert.deepEqual([gone.status, gone.body], [never.status, never.body]);
    await exchange.keyStore.edit(key.apiKey, { expiresUs: 0 });
    assert.equal((await from(HOME, key, "GET", "/api/v3/account")).status, 200);
  });

  it("takes with it what it has opened", async () => {
    const key = await keyOf({ expiresUs: exchange.clock.nowUs() + 10 * SECOND_US });
    const stays = await keyOf({ expiresUs: exchange.clock.nowUs() + 3600 * SECOND_US });
    const session = await connect(HOME);
    await session.call("session.logon", signedParams(nowMs(), key));
    await session.call("userDataStream.subscribe");
    const listening = await connect(HOME);
    await listening.call("userDataStream.subscribe.signature", signedParams(nowMs(), key));
    const other = await connect(HOME);
    await other.call("session.logon", signedParams(nowMs(), stays));
    exchange.clock.shiftUs = 10 * SECOND_US;
    const isEnd = (message: { event?: { e: string } }): boolean =>
      message.event?.e === "eventStreamTerminated";
    await session.until("its stream's end", isEnd);
    assert.deepEqual(await session.end(), {
      code: 1008,
      reason: "key expired, or not allowed from this address",
    });
    await listening.until("its end", isEnd);
    const status = await other.call("session.status");
    assert.equal(status.result.apiKey, stays.apiKey);
    for (const listener of [listening, other]) listener.socket.close();
  });

  it("is refused on its session also before that is closed", async () => {
    const key = await keyOf({ expiresUs: exchange.clock.nowUs() + 10 * SECOND_US });
    const session = await connect(HOME);
    await session.call("session.logon", signedParams(nowMs(), key));
    const placed = await session.call("order.place", { ...ORDER, timestamp: nowMs() });
    assert.equal(placed.status, 200);
    exchange.clock.shiftUs = 10 * SECOND_US;
    const late = session.call("order.place", { ...ORDER, timestamp: nowMs() }, "late").then(
      (answer) => answer.status,
      () => "closed",
    );
    const how = await Promise.race([late, session.end().then(() => "closed")]);
    assert.ok(how === 401 || how === "closed", String(how));
  });
});

describe("a session that asked for its orders to be canceled when it is gone", () => {
  const ends: readonly [how: string, end: (key: TestKey, session: Listener) => unknown][] = [
    ["closed by the client", (_key, session) => session.socket.terminate()],
    ["its key is revoked", (key) => exchange.keyStore.revoke(key.apiKey)],
    ["its key has expired", () => (exchange.clock.shiftUs = 10 * SECOND_US)],
    ["its address is taken off", (key) => exchange.keyStore.edit(key.apiKey, { addresses: [ELSEWHERE] })],
  ];
  for (const [how, end] of ends) {
    it(`has none left: ${how}`, async () => {
      const asks = await keyOf({ account: 2 });
      const key = await keyOf({ account: 2, expiresUs: exchange.clock.nowUs() + 10 * SECOND_US });
      const open = async (): Promise<number> =>
        (await from(HOME, asks, "GET", "/api/v3/openOrders")).body.length;
      const session = await connect(HOME);
      await session.call("session.logon", signedParams(nowMs(), key, { cancelOnDisconnect: "true" }));
      assert.equal((await session.call("order.place", { ...ORDER, timestamp: nowMs() })).status, 200);
      assert.equal(await open(), 1);
      await end(key, session);
      await session.end();
      for (let tries = 0; (await open()) > 0; tries++) {
        assert.ok(tries < 200, "the order is still open");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
  }
});

describe("a key with addresses", () => {
  it("holds from them, and nowhere else", async () => {
    const key = await keyOf({ addresses: [HOME, "2001:db8::/32"] });
    for (const address of [HOME, `::ffff:${HOME}`, "2001:db8::1"]) {
      assert.equal((await from(address, key, "GET", "/api/v3/account")).status, 200, address);
    }
    for (const address of [ELSEWHERE, "2001:db9::1", `${HOME}0`]) {
      assert.deepEqual(outcome(await from(address, key, "GET", "/api/v3/account")), REFUSED, address);
    }
    const far = await connect(ELSEWHERE);
    for (const method of ["session.logon", "userDataStream.subscribe.signature", "account.status"]) {
      const answer = await far.call(method, signedParams(nowMs(), key));
      assert.deepEqual([answer.status, answer.error?.code], REFUSED, method);
    }
    const near = await connect(HOME);
    assert.equal((await near.call("session.logon", signedParams(nowMs(), key))).status, 200);
    await exchange.keyStore.edit(key.apiKey, { addresses: [ELSEWHERE] });
    assert.equal((await near.end()).code, 1008);
    assert.equal((await far.call("session.logon", signedParams(nowMs(), key))).status, 200);
    far.socket.close();
  });
});

describe("a key's scopes", () => {
  it("open what they name, over REST and sessions", async () => {
    const reader = await keyOf({ scopes: [KeyScope.READ] });
    const trader = await keyOf({ scopes: [KeyScope.TRADE] });
    assert.deepEqual(outcome(await from(HOME, reader, "POST", "/api/v3/order", ORDER)), REFUSED);
    assert.deepEqual(outcome(await from(HOME, reader, "POST", "/api/v3/order/test", ORDER)), REFUSED);
    const { status } = await from(HOME, trader, "POST", "/api/v3/order", ORDER);
    assert.equal(status, 200);
    for (const path of ["account", "openOrders", "rateLimit/order", "account/commission"]) {
      assert.deepEqual(outcome(await from(HOME, trader, "GET", `/api/v3/${path}`)), REFUSED, path);
      if (path === "account/commission") continue;
      assert.equal((await from(HOME, reader, "GET", `/api/v3/${path}`)).status, 200, path);
    }

    const trades = await connect(HOME);
    assert.equal((await trades.call("session.logon", signedParams(nowMs(), trader))).status, 200);
    assert.equal((await trades.call("order.place", { ...ORDER, timestamp: nowMs() })).status, 200);
    assert.equal((await trades.call("account.status", { timestamp: nowMs() })).error.code, -2015);
    assert.equal((await trades.call("userDataStream.subscribe")).error.code, -2015);
    const signed = await trades.call("userDataStream.subscribe.signature", signedParams(nowMs(), trader));
    assert.equal(signed.error.code, -2015);

    const reads = await connect(HOME);
    assert.equal((await reads.call("session.logon", signedParams(nowMs(), reader))).status, 200);
    assert.equal((await reads.call("userDataStream.subscribe")).status, 200);
    const batch = { symbol: "BTCUSDT", orders: [["BUY", "50000", "0.01", "b-1"]], timestamp: nowMs() };
    assert.equal((await reads.call("orders.place", batch)).error.code, -2015);
    assert.equal((await reads.call("order.place", { ...ORDER, timestamp: nowMs() })).error.code, -2015);

    // What is taken away is gone at once, also from what is open.
    await exchange.keyStore.edit(reader.apiKey, { scopes: [KeyScope.TRADE] });
    await reads.until("its end", (message) => message.event?.e === "eventStreamTerminated");
    assert.equal((await reads.call("account.status", { timestamp: nowMs() })).error.code, -2015);
    assert.equal((await reads.call("order.place", { ...ORDER, timestamp: nowMs() })).status, 200);
    for (const listener of [trades, reads]) listener.socket.close();
  });

  it("and its end and addresses are told by apiRestrictions", async () => {
    const expiresUs = exchange.clock.nowUs() + 3600 * SECOND_US;
    const key = await keyOf({ scopes: [KeyScope.READ], expiresUs, addresses: [HOME] });
    const told = async (): Promise<TestAnswer["body"]> =>
      (await from(HOME, key, "GET", "/sapi/v1/account/apiRestrictions")).body;
    const first = await told();
    assert.equal(first.ipRestrict, true);
    assert.equal(first.tradingAuthorityExpirationTime, Math.floor(expiresUs / 1000));
    assert.equal(first.createTime, Math.floor(exchange.keyStore.find(key.apiKey)!.createdUs / 1000));
    assert.deepEqual([first.enableReading, first.enableSpotAndMarginTrading], [true, false]);
    await exchange.keyStore.edit(key.apiKey, { scopes: BOTH, expiresUs: 0, addresses: [] });
    const then = await told();
    assert.deepEqual([then.ipRestrict, "tradingAuthorityExpirationTime" in then], [false, false]);
    assert.equal(then.enableSpotAndMarginTrading, true);
  });
});
