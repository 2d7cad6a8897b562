import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { pino } from "pino";
import { FeedUserEvents } from "../feed/feed-user-events.js";
import { hmac, queryOf, TestExchange } from "../main/testing/test-exchange.js";
import type { EngineClient } from "../transport/engine-port.js";
import type { HistoryClient } from "../transport/history-port.js";
import { createGateway } from "./gateway.js";
import { EngineFence } from "./session/engine-fence.js";

describe("a gateway that begins", () => {
  let exchange: TestExchange;
  before(async () => {
    exchange = await TestExchange.start();
  });
  after(() => exchange.close());

  it("reads history as of what was acknowledged before, also when the tables lag", async () => {
    const { alice, engine } = exchange;
    const asked: number[] = [];
    const history = {
      orders: async ({ atLeast }: { atLeast: number }) => {
        asked.push(atLeast);
        return [];
      },
    } as unknown as HistoryClient;
    const gateway = await createGateway({
      engine,
      events: new FeedUserEvents({ subscribe: () => () => undefined }),
      history,
      marketData: {} as never,
      keys: exchange.keyStore,
      clock: exchange.clock,
      logger: pino({ level: "silent" }),
    });
    const query = queryOf({ symbol: "BTCUSDT", timestamp: exchange.nowMs() });
    const answer = await gateway.app.inject({
      url: `/api/v3/allOrders?${query}&signature=${hmac(alice, query)}`,
      headers: { "x-mbx-apikey": alice.apiKey },
    });
    assert.equal(answer.statusCode, 200, answer.body);
    const { sequence } = await engine.query({ kind: "status" });
    assert.ok(sequence > 0);
    assert.deepEqual(asked, [sequence]);
    await gateway.close();
  });

  it("closes as many connections as it is told, each after an answer", async () => {
    const { engine } = exchange;
    const gateway = await createGateway({
      engine,
      events: new FeedUserEvents({ subscribe: () => () => undefined }),
      history: {} as never,
      marketData: {} as never,
      keys: exchange.keyStore,
      clock: exchange.clock,
      logger: pino({ level: "silent" }),
    });
    const { url } = await gateway.listen({ host: "127.0.0.1", port: 0 });
    const connection = async (): Promise<string | null> => {
      const { status, headers } = await fetch(`${url}/api/v3/time`);
      assert.equal(status, 200);
      return headers.get("connection");
    };
    assert.equal(await connection(), "keep-alive");
    assert.equal(gateway.connections(), 1);
    gateway.shed(2);
    assert.deepEqual(
      [await connection(), await connection(), await connection()],
      ["close", "close", "keep-alive"],
    );
    await gateway.close();
  });

  it("asks the market's partition how far history must be, when it is one gateway of many", async () => {
    const { alice, engine } = exchange;
    const asked: number[] = [];
    const markets: number[] = [];
    const elsewhere: EngineClient = {
      inFlight: 0,
      submit: (command) => engine.submit(command),
      query: (query) => {
        if (query.kind !== "sequence") return engine.query(query);
        markets.push(query.market);
        return Promise.resolve(1_000_000) as never;
      },
      close: async () => {},
    };
    const history = {
      accountTrades: async ({ atLeast }: { atLeast: number }) => {
        asked.push(atLeast);
        return [];
      },
    } as unknown as HistoryClient;
    const gateway = await createGateway({
      engine: elsewhere,
      fence: new EngineFence(elsewhere),
      events: new FeedUserEvents({ subscribe: () => () => undefined }),
      history,
      marketData: {} as never,
      keys: exchange.keyStore,
      clock: exchange.clock,
      logger: pino({ level: "silent" }),
    });
    const query = queryOf({ symbol: "ETHUSDT", timestamp: exchange.nowMs() });
    const answer = await gateway.app.inject({
      url: `/api/v3/myTrades?${query}&signature=${hmac(alice, query)}`,
      headers: { "x-mbx-apikey": alice.apiKey },
    });
    assert.equal(answer.statusCode, 200, answer.body);
    assert.deepEqual(asked, [1_000_000]);
    assert.deepEqual(markets, [gateway.catalog.market("ETHUSDT")!.market]);
    await gateway.close();
  });

  it("gives a body no longer than the headers", () => {
    const { headersTimeout, requestTimeout } = exchange.gateway.app.server;
    assert.deepEqual([headersTimeout, requestTimeout], [10_000, 10_000]);
  });

  it("ends while a client holds a connection on which it says nothing", async () => {
    const { engine } = exchange;
    const gateway = await createGateway({
      engine,
      events: new FeedUserEvents({ subscribe: () => () => undefined }),
      history: {} as never,
      marketData: {} as never,
      keys: exchange.keyStore,
      clock: exchange.clock,
      logger: pino({ level: "silent" }),
    });
    const { port } = await gateway.listen({ host: "127.0.0.1", port: 0 });
    const silent = connect(port, "127.0.0.1");
    silent.on("error", () => undefined);
    const cut = new Promise((resolve) => silent.once("close", resolve));
    await new Promise((resolve) => silent.once("connect", resolve));
    while (gateway.connections() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const began = performance.now();
    await gateway.close();
    await cut;
    // Without an end of its own it would be waited for as for a slow request, for ten seconds.
    assert.ok(performance.now() - began < 9_000);
  });
});
