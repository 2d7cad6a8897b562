import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pino } from "pino";
import { hmac, queryOf, TestExchange } from "../main/testing/test-exchange.js";
import type { HistoryClient } from "../transport/history-port.js";
import { createGateway } from "./gateway.js";

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
      feed: { subscribe: () => () => undefined },
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

  it("gives a body no longer than the headers", () => {
    const { headersTimeout, requestTimeout } = exchange.gateway.app.server;
    assert.deepEqual([headersTimeout, requestTimeout], [10_000, 10_000]);
  });
});
