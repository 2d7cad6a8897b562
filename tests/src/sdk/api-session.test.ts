/** Sessions of the WebSocket API against a real exchange, also over a proxy that cuts connections and loses answers. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, afterEach, before, describe, it } from "node:test";
import {
  ApiSession,
  type ApiSessionOptions,
  Authentication,
  ConnectionEndedError,
  type Credentials,
  NetworkError,
  OrderBatches,
  OutcomeUnknownError,
  RefusedError,
  RestClient,
  type SessionState,
  type UserDataEvent,
  type WebSocketClass,
} from "@buttonwood/client";
import { eventually } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";
import { FaultyProxy } from "../support/faulty-proxy.js";
import { operator } from "../support/operator.js";

const SYMBOL = "BTCUSDT";

let exchange: Exchange;
let proxy: FaultyProxy;
let rest: RestClient;
let ed25519: Credentials;
const sessions: ApiSession[] = [];

async function open(options: Partial<ApiSessionOptions> = {}): Promise<ApiSession> {
  const session = await ApiSession.open({
    url: proxy.url,
    credentials: exchange.keys.alice,
    reconnect: { minMs: 10, maxMs: 100 },
    ...options,
  });
  sessions.push(session);
  return session;
}

before(async () => {
  // A load is not to be told apart from a fault by rate limits.
  exchange = await Exchange.start({ args: ["--limits", "none"] });
  proxy = await FaultyProxy.start(exchange.port);
  rest = new RestClient({ url: exchange.url, credentials: exchange.keys.alice });
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { apiKey } = await operator(exchange, "POST", "/v1/keys", {
    account: "alice",
    publicKey: publicKey.export({ type: "spki", format: "pem" }),
  });
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  ed25519 = { apiKey, privateKey: privateKeyPem };
});

afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
  // What the exchange still says to them is no answer of the next test's, to be lost in its place.
  proxy.cut();
  proxy.restore();
});

after(async () => {
  await proxy?.close();
  await exchange?.remove();
});

const limit = (price: string) =>
  ({ symbol: SYMBOL, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity: "0.01" }) as const;

describe("ApiSession", () => {
  it("logs on once with Ed25519, signs each request with HMAC, or logs an HMAC key on", async () => {
    for (const options of [
      { credentials: ed25519 },
      {},
      { authentication: Authentication.SESSION },
      { credentials: ed25519, authentication: Authentication.REQUEST },
    ]) {
      const session = await open(options);
      const placed = await session.placeOrder(limit("50000.00"));
      assert.equal(placed.status, "NEW");
      assert.equal((await session.getOrder({ symbol: SYMBOL, orderId: placed.orderId })).status, "NEW");
      const canceled = await session.cancelOrder({
        symbol: SYMBOL,
        origClientOrderId: placed.clientOrderId,
      });
      assert.equal(canceled.status, "CANCELED");
      assert.equal((await session.ticker24hr({ symbols: [SYMBOL, "ETHUSDT"] })).length, 2);
      await eventually("the book without it", async () => {
        const { bids } = await session.depth({ symbol: SYMBOL });
        return bids.length === 0 || undefined;
      });
      await assert.rejects(session.depth({ symbol: "NONE" }), { codeName: "INVALID_SYMBOL" });
    }
  });

  it("has many requests under way at once, and keeps their order", async () => {
    for (const authentication of [Authentication.SESSION, Authentication.REQUEST]) {
      const session = await open({ authentication });
      const prices = Array.from({ length: 150 }, (_, i) => `${40_000 + i}.00`);
      const placed = await Promise.all(prices.map((price) => session.placeOrder(limit(price))));
      const ids = placed.map(({ orderId }) => orderId);
      assert.deepEqual(
        ids,
        [...ids].sort((a, b) => a - b),
      );
      assert.equal((await session.cancelOpenOrders({ symbol: SYMBOL })).length, 150);
    }
  });

  it("refuses a wrong key when it is opened, and says so when nobody listens", async () => {
    const { apiKey } = exchange.keys.alice;
    await assert.rejects(
      open({ credentials: { apiKey, secretKey: "wrong" }, authentication: Authentication.SESSION }),
      (error) => error instanceof RefusedError && error.codeName === "INVALID_SIGNATURE",
    );
    await assert.rejects(open({ url: "http://127.0.0.1:1" }), NetworkError);
  });

  it("places once whatever is cut while orders are under way, and answers each", async () => {
    const session = await open({ authentication: Authentication.SESSION });
    const states: SessionState["kind"][] = [];
    session.onState(({ kind }) => states.push(kind));
    const ends = (): number => states.filter((kind) => kind === "down").length;
    const before = (await rest.allOrders({ symbol: SYMBOL, limit: 1000 })).length;
    let isDone = false;
    const cutting = (async () => {
      for (let cuts = 0; !isDone; cuts++) {
        await new Promise((resolve) => setTimeout(resolve, 80));
        if (cuts % 3 === 0) proxy.loseAnswers(1);
        else proxy.cut();
      }
    })();
    const ids: number[] = [];
    try {
      // However fast the machine is, some rounds are cut.
      for (let round = 0; round < 8 || (ends() < 3 && round < 30); round++) {
        const placed = await Promise.all(
          Array.from({ length: 20 }, (_, i) => session.placeOrder(limit(`${30_000 + round * 100 + i}.00`))),
        );
        ids.push(...placed.map(({ orderId }) => orderId));
        await rest.cancelOpenOrders({ symbol: SYMBOL });
      }
    } finally {
      isDone = true;
      await cutting;
      proxy.loseAnswers(0);
    }
    assert.equal(new Set(ids).size, ids.length);
    const all = await rest.allOrders({ symbol: SYMBOL, limit: 1000 });
    assert.equal(all.length, before + ids.length);
    assert.ok(ends() >= 3, `${states}`);
  });

  it("tells what is unknown from what was never sent, when it may not send again", async () => {
    const pursuit = { pursueMs: 0, attemptMs: 3_000 };
    const session = await open({ pursuit });
    await session.account();
    proxy.loseAnswers(1);
    const order = { ...limit("45000.00"), newClientOrderId: "lost-1" };
    await assert.rejects(
      session.placeOrder(order),
      (error) => error instanceof OutcomeUnknownError && error.clientOrderId === "lost-1",
    );
    proxy.loseAnswers(0);
    assert.equal((await rest.getOrder({ symbol: SYMBOL, origClientOrderId: "lost-1" })).status, "NEW");
    await eventually("the next connection", () => session.isOpen || undefined);
    proxy.loseAnswers(1);
    await assert.rejects(session.account(), NetworkError);
    proxy.down();
    await eventually("the end of the connection", () => !session.isOpen || undefined);
    await assert.rejects(session.placeOrder(limit("45001.00")), NetworkError);
    proxy.restore();
    await eventually("the next connection", () => session.isOpen || undefined);
    session.close();
    await assert.rejects(session.placeOrder(limit("45002.00")), ConnectionEndedError);
    assert.equal((await rest.cancelOpenOrders({ symbol: SYMBOL })).length, 1);
  });

  it("notices a connection that died silently, and gives a request up in its time", async () => {
    const session = await open({
      reconnect: { minMs: 10, maxMs: 50, silenceMs: 1_000, answerMs: 2_000 },
      pursuit: { pursueMs: 0, attemptMs: 2_000 },
    });
    await session.account();
    const reasons: string[] = [];
    session.onState((state) => {
      if (state.kind === "down") reasons.push(state.reason);
    });
    proxy.mute();
    await assert.rejects(session.placeOrder(limit("45000.00")), OutcomeUnknownError);
    await eventually("the silence to be noticed", () => reasons.length > 0 || undefined);
    assert.match(reasons[0]!, /silent/);
    await eventually("the next connection", () => session.isOpen || undefined);
    assert.equal((await rest.cancelOpenOrders({ symbol: SYMBOL })).length, 1);
  });

  it("gives the account's events, and ends for good when its key is revoked", async () => {
    const { apiKey, secretKey } = await operator(exchange, "POST", "/v1/keys", { account: "alice" });
    for (const authentication of [Authentication.REQUEST, Authentication.SESSION]) {
      const session = await open({ credentials: { apiKey, secretKey }, authentication });
      const events: UserDataEvent[] = [];
      session.onUserEvent(({ event }) => events.push(event));
      const id = await session.subscribeUserData();
      const placed = await session.placeOrder(limit("44000.00"));
      await session.cancelOrder({ symbol: SYMBOL, orderId: placed.orderId });
      await eventually("both reports", () => {
        const reports = events.flatMap((event) => (event.e === "executionReport" ? [event.x] : []));
        return reports.join() === "NEW,CANCELED" || undefined;
      });
      await session.unsubscribeUserData(id);
    }
    const [, session] = sessions;
    const ended = new Promise<Error>((resolve) => {
      session!.onState((state) => {
        if (state.kind === "ended") resolve(state.error);
      });
    });
    await operator(exchange, "DELETE", `/v1/keys/${apiKey}`);
    const error = await ended;
    assert.ok(error instanceof RefusedError && error.codeName === "REJECTED_API_KEY");
    await assert.rejects(session!.account(), RefusedError);
  });

  const own = (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
  const withoutOwn = own === undefined ? "this Node has no WebSocket of its own" : false;
  it("also does with the WebSocket that Node has from version 22 on", { skip: withoutOwn }, async () => {
    const session = await open({ webSocket: own! });
    const placed = await session.placeOrder(limit("43000.00"));
    proxy.loseAnswers(1);
    assert.equal((await session.cancelOrder({ symbol: SYMBOL, orderId: placed.orderId })).status, "CANCELED");
  });

  it("places batches on the same session, and each row once though answers are lost", async () => {
    const session = await open({ recvWindowMs: 1_500 });
    const batches = new OrderBatches(session);
    const rows = Array.from({ length: 100 }, (_, i) => ({
      side: "BUY" as const,
      price: `${20_000 + i}.00`,
      quantity: i === 50 ? "0" : "0.01",
      clientOrderId: `row-${i}`,
    }));
    const before = (await rest.allOrders({ symbol: SYMBOL, limit: 1000 })).length;
    proxy.loseAnswers(1);
    const [entries, placed] = await Promise.all([
      batches.place(SYMBOL, rows),
      session.placeOrder(limit("20500.00")),
    ]);
    assert.equal(entries.filter(({ taken }) => taken === true).length, 99);
    assert.equal(entries[50]!.taken, false);
    assert.equal(placed.status, "NEW");
    assert.equal((await rest.allOrders({ symbol: SYMBOL, limit: 1000 })).length, before + 100);
    await rest.cancelOpenOrders({ symbol: SYMBOL });
  });
});
