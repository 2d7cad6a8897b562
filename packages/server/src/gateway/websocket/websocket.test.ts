import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Listener, type Message, signedParams as signedParamsAt } from "../../main/testing/listener.js";
import { TestExchange, type TestKey } from "../../main/testing/test-exchange.js";

let exchange: TestExchange;
let url: string;

async function start(more = {}): Promise<void> {
  exchange = await TestExchange.start(more);
  const { port } = await exchange.gateway.listen({ host: "127.0.0.1", port: 0 });
  url = `ws://127.0.0.1:${port}`;
}

const limit = (side: "BUY" | "SELL", price: string, quantity: string) => ({
  symbol: "ETHUSDT",
  side,
  type: "LIMIT",
  timeInForce: "GTC",
  price,
  quantity,
});

async function trade(price: string, quantity: string): Promise<void> {
  await exchange.signed(exchange.bob, "POST", "/api/v3/order", limit("SELL", price, quantity));
  const taken = await exchange.signed(exchange.alice, "POST", "/api/v3/order", limit("BUY", price, quantity));
  assert.equal(taken.body.status, "FILLED");
}

function signedParams(key: TestKey, more: Record<string, string | number> = {}, encode = false) {
  return signedParamsAt(exchange.nowMs(), key, more, encode);
}

describe("market streams", () => {
  before(() => start());
  after(() => exchange.close());

  it("tell trades, best prices, depth, tickers and candles, bare and combined", async () => {
    const raw = await Listener.open(`${url}/ws/ethusdt@trade/ethusdt@depth@100ms`);
    const streams = [
      "ethusdt@aggTrade",
      "ethusdt@bookTicker",
      "ethusdt@ticker",
      "ethusdt@kline_1m",
      "ethusdt@depth5",
    ];
    const combined = await Listener.open(`${url}/stream?streams=${streams.join("/")}`);
    assert.deepEqual(await combined.call("SUBSCRIBE", ["!miniTicker@arr", "ethusdt@avgPrice"], "x"), {
      result: null,
      id: "x",
    });
    await trade("3000.00", "0.5");
    const told = await raw.until("a trade", (message) => message.e === "trade");
    assert.deepEqual(
      [told.s, told.p, told.q, told.t, told.m, told.M],
      ["ETHUSDT", "3000.00000000", "0.50000000", 1, false, true],
    );
    for (const name of [...streams, "!miniTicker@arr", "ethusdt@avgPrice"]) {
      const message = await combined.until(name, ({ stream }) => stream === name);
      assert.ok(message.data !== undefined);
    }
    const ticker = combined.heard.find(({ stream }) => stream === "ethusdt@ticker").data;
    assert.deepEqual(
      [ticker.e, ticker.c, ticker.v, ticker.n],
      ["24hrTicker", "3000.00000000", "0.50000000", 1],
    );
    const kline = combined.heard.find(({ stream }) => stream === "ethusdt@kline_1m").data;
    assert.deepEqual([kline.e, kline.k.i, kline.k.c, kline.k.n], ["kline", "1m", "3000.00000000", 1]);

    for (let i = 0; i < 5; i++) {
      await trade(`30${10 + i}.00`, "0.1");
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    const depth = await exchange.public("/api/v3/depth", { symbol: "ETHUSDT" });
    await raw.until("the last update", (message) => message.u === depth.body.lastUpdateId);
    let last = 0;
    for (const message of raw.heard) {
      if (message.e !== "depthUpdate") continue;
      assert.ok(message.u >= message.U);
      if (last > 0) assert.equal(message.U, last + 1);
      assert.equal("T" in message, false);
      last = message.u;
    }
    assert.deepEqual((await raw.call("LIST_SUBSCRIPTIONS")).result, ["ethusdt@trade", "ethusdt@depth@100ms"]);
    assert.equal((await raw.call("UNSUBSCRIBE", ["ethusdt@trade"])).result, null);
    const trades = raw.heard.filter(({ e }) => e === "trade").length;
    await trade("3020.00", "0.1");
    await raw.until("its depth", (message) => message.u > last);
    assert.equal(raw.heard.filter(({ e }) => e === "trade").length, trades);
    raw.socket.close();
    combined.socket.close();
  });

  it("have no gap when a client changes how it wants its messages", async () => {
    const client = await Listener.open(`${url}/ws/ethusdt@depth@100ms/ethusdt@depth`);
    const place = (i: number) =>
      exchange.signed(exchange.alice, "POST", "/api/v3/order", limit("BUY", `29${10 + i}.00`, "0.1"));
    await place(12);
    await client.until("both begin", () => client.heard.filter(({ e }) => e === "depthUpdate").length > 1);
    for (let i = 0; i < 12; i++) {
      await place(i);
      assert.equal((await client.call("SET_PROPERTY", ["combined", i % 2 === 0])).result, null);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    const { lastUpdateId } = (await exchange.public("/api/v3/depth", { symbol: "ETHUSDT" })).body;
    assert.equal((await client.call("SET_PROPERTY", ["combined", true])).result, null);
    await exchange.signed(exchange.alice, "DELETE", "/api/v3/openOrders", { symbol: "ETHUSDT" });
    await client.until(
      "the end, merged",
      ({ stream, data }) => stream === "ethusdt@depth" && data.u > lastUpdateId,
    );
    // Bare messages don't tell their stream, but each of the two streams goes on where it was.
    const next = new Set<number>();
    for (const message of client.heard) {
      const { e, U, u } = message.data ?? message;
      if (e !== "depthUpdate") continue;
      assert.ok(next.delete(U) || next.size < 2, `${U} follows none of ${[...next]}`);
      next.add(u + 1);
    }
    client.socket.close();
  });

  it("take unknown names, refuse what is no request, echo ids in their own type", async () => {
    const client = await Listener.open(`${url}/ws/0`);
    assert.deepEqual(await client.call("SUBSCRIBE", ["nosuch@trade", "ethusdt@nothing"], 7), {
      result: null,
      id: 7,
    });
    assert.equal((await client.call("NOTHING", [], "seven")).error.code, -1020);
    assert.equal((await client.call("SUBSCRIBE", "ethusdt@trade")).error.code, -1130);
    client.socket.send("{");
    assert.equal((await client.until("a refusal", (message) => message.id === null)).error.code, -1013);
    const many = Array.from({ length: 1_024 }, (_, i) => `s${i}@trade`);
    assert.equal((await client.call("SUBSCRIBE", many)).error.code, -1130);
    client.socket.close();
  });

  it("end connections that send too much, bytes, or too large messages", async () => {
    const talker = await Listener.open(`${url}/ws`);
    for (let i = 0; i < 60; i++) talker.socket.send('{"method":"LIST_SUBSCRIPTIONS","id":1}');
    assert.deepEqual(await talker.end(), { code: 1008, reason: "too many messages" });
    const binary = await Listener.open(`${url}/ws`);
    binary.socket.send(Buffer.from([1, 2, 3]));
    assert.equal((await binary.end()).code, 1008);
    const large = await Listener.open(`${url}/ws`);
    large.socket.send("x".repeat(100_000));
    assert.equal((await large.end()).code, 1009);
  });
});

describe("paths", () => {
  before(() => start());
  after(() => exchange.close());

  it("that are none are refused, and nothing breaks", async () => {
    for (const path of ["/", "/wss", "/api/v3/ping", "/ws-api/v4"]) {
      await assert.rejects(Listener.open(`${url}${path}`), /404/);
    }
    const client = await Listener.open(`${url}/ws/btcusdt%40trade`);
    assert.deepEqual((await client.call("LIST_SUBSCRIPTIONS")).result, ["btcusdt@trade"]);
    client.socket.close();
  });
});

describe("liveness", () => {
  before(() => start({ liveness: { pingIntervalMs: 50, silenceMsMax: 300 } }));
  after(() => exchange.close());

  it("ends silent connections and keeps those that answer pings", async () => {
    const silent = await Listener.open(`${url}/ws`, { autoPong: false });
    const alive = await Listener.open(`${url}/ws`);
    await silent.end();
    assert.equal((await alive.call("LIST_SUBSCRIPTIONS")).id, 1);
    alive.socket.close();
  });
});

describe("the WebSocket API", () => {
  before(() => start());
  after(() => exchange.close());

  it("answers public methods, with rate limits unless they are not wanted", async () => {
    const client = await Listener.open(`${url}/ws-api/v3`);
    const time = await client.call("time");
    assert.equal(time.status, 200);
    assert.equal(typeof time.result.serverTime, "number");
    assert.equal(time.rateLimits[0].rateLimitType, "REQUEST_WEIGHT");
    const quiet = await client.call("depth", { symbol: "ETHUSDT", limit: 5, returnRateLimits: false }, "d");
    assert.deepEqual([quiet.id, quiet.status, "rateLimits" in quiet], ["d", 200, false]);
    const refused = await client.call("depth", { symbol: "NOSUCH" });
    assert.deepEqual([refused.status, refused.error], [400, { code: -1121, msg: "Invalid symbol." }]);
    assert.equal((await client.call("no.such.method")).error.code, -1020);
    assert.deepEqual(
      (await client.call("ticker.price", { symbols: ["ETHUSDT", "BTCUSDT"] })).result.length,
      2,
    );
    client.socket.close();
  });

  it("places, tells, cancels; with signatures over plain and over encoded values", async () => {
    const { alice } = exchange;
    const client = await Listener.open(`${url}/ws-api/v3`);
    const placed = await client.call("order.place", signedParams(alice, { ...limit("BUY", "2900.00", "1") }));
    assert.equal(placed.status, 200, JSON.stringify(placed));
    assert.deepEqual(placed.rateLimits.map((entry: Message) => [entry.interval, entry.count]).slice(0, 2), [
      ["SECOND", 1],
      ["DAY", 1],
    ]);
    const status = await client.call(
      "order.status",
      signedParams(alice, { symbol: "ETHUSDT", orderId: placed.result.orderId }),
    );
    assert.equal(status.result.status, "NEW");
    for (const encode of [false, true]) {
      const params = signedParams(alice, { symbol: "ETHUSDT", origClientOrderId: "a/b c=d" }, encode);
      const answer = await client.call("order.status", params);
      // The id has a blank, so it is no id; but the signature fits, or it would be −1022.
      assert.equal(answer.error.code, -1100, JSON.stringify(answer));
    }
    const wrong = { ...signedParams(alice, { symbol: "ETHUSDT" }), symbol: "BTCUSDT" };
    assert.equal((await client.call("openOrders.status", wrong)).error.code, -1022);
    const canceled = await client.call("openOrders.cancelAll", signedParams(alice, { symbol: "ETHUSDT" }));
    assert.equal(canceled.result[0].status, "CANCELED");
    client.socket.close();
  });

  it("places many orders in one message, each answered for itself, and twice the same with its original result", async () => {
    const { alice } = exchange;
    const client = await Listener.open(`${url}/ws-api/v3`);
    const place = (orders: unknown, more: Record<string, string> = {}): Promise<Message> => {
      const text = JSON.stringify(orders);
      return client.call("orders.place", signedParams(alice, { symbol: "ETHUSDT", orders: text, ...more }));
    };
    const orders = [
      ["BUY", "2800.00", "0.5", "batch-1"],
      ["BUY", "2801.005", "0.5", "batch-2"],
      ["BUY", "2802.00", "0.5", "batch-3"],
      ["BUY", "2803.00", "8000", "batch-4"],
    ];
    const { status, result } = await place(orders);
    assert.equal(status, 200, JSON.stringify(result));
    assert.deepEqual(result[0].slice(1), ["NEW", "0.00000000"]);
    assert.deepEqual(result[1], { code: -1013, msg: "Filter failure: PRICE_FILTER" });
    assert.deepEqual(result[2].slice(1), ["NEW", "0.00000000"]);
    assert.deepEqual(result[3], {
      code: -2010,
      msg: "Account has insufficient balance for requested action.",
    });
    const again = await place(orders);
    assert.deepEqual(again.result, result);
    const open = await client.call("openOrders.status", signedParams(alice, { symbol: "ETHUSDT" }));
    assert.deepEqual(
      open.result.map(({ clientOrderId }: Message) => clientOrderId),
      ["batch-1", "batch-3"],
    );

    const dropped = await place([["BUY", "2800.00", "0.5", "batch-5"]], { timeInForce: "IOC" });
    assert.deepEqual(dropped.result[0].slice(1), ["EXPIRED", "0.00000000"]);
    for (const bad of [
      [],
      [[]],
      [["BUY", "2800.00", "0.5"]],
      [
        ["BUY", "2800.00", "0.5", "batch-6"],
        ["HOLD", "1", "1", "x"],
      ],
      [["BUY", "-1", "0.5", "batch-6"]],
      [["BUY", 2800, "0.5", "batch-6"]],
    ]) {
      assert.equal((await place(bad)).error.code, -1100, JSON.stringify(bad));
    }
    const canceled = await client.call("openOrders.cancelAll", signedParams(alice, { symbol: "ETHUSDT" }));
    assert.equal(canceled.result.length, 2, "nothing of a message that is refused is placed");
    client.socket.close();
  });

  it("knows a session: logs on, signs nothing more, subscribes, logs out", async () => {
    const { alice } = exchange;
    const client = await Listener.open(`${url}/ws-api/v3`);
    assert.equal((await client.call("userDataStream.subscribe")).error.code, -1002);
    assert.equal((await client.call("account.status", { timestamp: exchange.nowMs() })).error.code, -1102);
    const on = await client.call("session.logon", signedParams(alice));
    assert.equal(on.result.apiKey, alice.apiKey);
    const account = await client.call("account.status", {
      timestamp: exchange.nowMs(),
      omitZeroBalances: true,
    });
    assert.equal(account.status, 200, JSON.stringify(account));
    assert.deepEqual((await client.call("userDataStream.subscribe")).result, { subscriptionId: 0 });
    assert.equal((await client.call("userDataStream.subscribe")).error.code, -2035);
    assert.equal((await client.call("session.status")).result.userDataStream, true);
    const off = await client.call("session.logout");
    assert.deepEqual([off.result.apiKey, off.result.userDataStream], [null, false]);
    await client.until("its end", (message) => message.event?.e === "eventStreamTerminated");
    client.socket.close();
  });

  it("tells an account's own events, and no other's", async () => {
    const { alice, bob } = exchange;
    const client = await Listener.open(`${url}/ws-api/v3`);
    const subscribed = await client.call("userDataStream.subscribe.signature", signedParams(alice), "s");
    assert.deepEqual(subscribed.result, { subscriptionId: 0 });
    const placed = await exchange.signed(alice, "POST", "/api/v3/order", {
      ...limit("BUY", "3000.00", "1"),
      newClientOrderId: "mine",
    });
    await exchange.signed(bob, "POST", "/api/v3/order", limit("SELL", "3000.00", "0.4"));
    await exchange.signed(alice, "DELETE", "/api/v3/order", {
      symbol: "ETHUSDT",
      orderId: placed.body.orderId,
      newClientOrderId: "end",
    });
    await client.until("the cancel", (message) => message.event?.x === "CANCELED");
    const reports = client.heard.filter((message) => message.event?.e === "executionReport");
    assert.deepEqual(
      reports.map(({ subscriptionId, event }) => [
        subscriptionId,
        event.x,
        event.X,
        event.c,
        event.C,
        event.l,
        event.z,
        event.L,
        event.n,
        event.N,
        event.m,
        event.w,
      ]),
      [
        [0, "NEW", "NEW", "mine", "", "0.00000000", "0.00000000", "0.00000000", "0", null, false, true],
        [
          0,
          "TRADE",
          "PARTIALLY_FILLED",
          "mine",
          "",
          "0.40000000",
          "0.40000000",
          "3000.00000000",
          "0.00040000",
          "ETH",
          true,
          true,
        ],
        [
          0,
          "CANCELED",
          "CANCELED",
          "end",
          "mine",
          "0.00000000",
          "0.40000000",
          "0.00000000",
          "0",
          null,
          false,
          false,
        ],
      ],
    );
    assert.equal(reports[1].event.Y, "1200.00000000");
    const positions = client.heard.filter((message) => message.event?.e === "outboundAccountPosition");
    assert.ok(positions.length >= 3);
    const deposit = await exchange.gateway.admin.inject({
      method: "POST",
      url: "/v1/deposits",
      payload: { account: "alice", asset: "ETH", amount: "1.5", reference: "gift" },
    });
    assert.equal(deposit.statusCode, 200, deposit.body);
    const update = await client.until("the deposit", (message) => message.event?.e === "balanceUpdate");
    assert.deepEqual([update.event.a, update.event.d], ["ETH", "1.50000000"]);
    const unknown = await client.call("userDataStream.unsubscribe", { subscriptionId: 0, more: 1 });
    assert.equal(unknown.error.code, -1104);
    // Some clients sign this too.
    const signed = { subscriptionId: 0, apiKey: "x", signature: "y" };
    assert.deepEqual((await client.call("userDataStream.unsubscribe", signed)).result, {});
    assert.equal((await client.call("userDataStream.unsubscribe", { subscriptionId: 0 })).error.code, -2036);
    client.socket.close();
  });

  it("ends what a revoked key opened", async () => {
    const { entry, secretKey } = await exchange.keyStore.create({ account: 1, label: "", scopes: ["READ"] });
    const key = { apiKey: entry.apiKey, secretKey };
    const client = await Listener.open(`${url}/ws-api/v3`);
    await client.call("userDataStream.subscribe.signature", signedParams(key));
    const session = await Listener.open(`${url}/ws-api/v3`);
    await session.call("session.logon", signedParams(key));
    await exchange.keyStore.revoke(key.apiKey);
    await client.until("its end", (message) => message.event?.e === "eventStreamTerminated");
    assert.deepEqual(await session.end(), { code: 1008, reason: "key revoked" });
    client.socket.close();
  });

  it("refuses messages that are no requests", async () => {
    const digest = await exchange.digest();
    const client = await Listener.open(`${url}/ws-api/v3`);
    const texts = [
      "{",
      "null",
      "[]",
      "1",
      '{"method":"time","method":"ping"}',
      `${"[".repeat(10_000)}`,
      '{"id":{},"method":"time"}',
      '{"id":1}',
    ];
    for (const text of texts) {
      const before = client.heard.length;
      client.socket.send(text);
      await client.until(text.slice(0, 20), () => client.heard.length > before);
      assert.ok(client.heard.at(-1).error.code < 0, text.slice(0, 20));
    }
    const odd = ['{"__proto__":1}', '{"a":{"b":1}}', '{"symbol":null}', '{"symbol":"\\u0000"}', "[]"];
    for (const params of odd) {
      const before = client.heard.length;
      client.socket.send(`{"id":"p","method":"depth","params":${params}}`);
      await client.until(params, () => client.heard.length > before);
      assert.ok(client.heard.at(-1).error.code < 0, params);
    }
    client.socket.close();
    assert.equal(await exchange.digest(), digest);
  });
});

describe("the end", () => {
  it("is told to every client", async () => {
    await start();
    const stream = await Listener.open(`${url}/stream`);
    const api = await Listener.open(`${url}/ws-api/v3`);
    const other = await fetch(`${url.replace("ws:", "http:")}/health/ready`);
    assert.equal(other.status, 200);
    await exchange.close();
    assert.deepEqual(await stream.end(), { code: 1001, reason: "server shutdown" });
    assert.equal(stream.heard.at(-1).e, "serverShutdown");
    assert.equal((await api.end()).code, 1001);
    assert.equal(api.heard.at(-1).event.e, "serverShutdown");
  });
});
