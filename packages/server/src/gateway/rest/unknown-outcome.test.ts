import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pino } from "pino";
import { FeedUserEvents } from "../../feed/feed-user-events.js";
import { hmac, queryOf, type TestAnswer, TestExchange } from "../../main/testing/test-exchange.js";
import { EngineBusyError, type EngineClient, OutcomeUnknownError } from "../../transport/engine-port.js";
import { createGateway, type Gateway } from "../gateway.js";

const PATH = "/api/v3/order";
const BID = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  quantity: "0.1",
  price: "50000",
};

describe("an order that the engine's answer does not come back for", () => {
  let exchange: TestExchange;
  /** Its engine answers as the tests say. */
  let gateway: Gateway;
  let submit: EngineClient["submit"];

  before(async () => {
    exchange = await TestExchange.start();
    const { engine } = exchange;
    gateway = await createGateway({
      engine: {
        inFlight: 0,
        submit: (command) => submit(command),
        query: (query) => engine.query(query),
        close: async () => {},
      },
      events: new FeedUserEvents({ subscribe: () => () => undefined }),
      history: {} as never,
      marketData: {} as never,
      keys: exchange.keyStore,
      clock: exchange.clock,
      logger: pino({ level: "silent" }),
    });
  });
  after(async () => {
    await gateway.close();
    await exchange.close();
  });

  async function place(newClientOrderId: string): Promise<TestAnswer> {
    const { alice } = exchange;
    const query = queryOf({ ...BID, newClientOrderId, timestamp: exchange.nowMs() });
    const url = `${PATH}?${query}&signature=${hmac(alice, query)}`;
    const answer = await gateway.app.inject({
      method: "POST",
      url,
      headers: { "x-mbx-apikey": alice.apiKey },
    });
    return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body) };
  }

  const find = (origClientOrderId: string): Promise<TestAnswer> =>
    exchange.signed(exchange.alice, "GET", PATH, { symbol: "BTCUSDT", origClientOrderId });

  it("row 1: is of unknown status, found by its id, and answered to a repeat as it was", async () => {
    submit = async (command) => {
      await exchange.engine.submit(command);
      throw new OutcomeUnknownError("the connection is lost");
    };
    const { status, body } = await place("unknown");
    assert.deepEqual([status, body.code], [504, -1007]);
    assert.match(body.msg, /execution status unknown/);
    const found = await find("unknown");
    assert.equal(found.status, 200);
    submit = (command) => exchange.engine.submit(command);
    const again = await place("unknown");
    assert.deepEqual([again.status, again.body.orderId], [200, found.body.orderId]);
    const open = await exchange.signed(exchange.alice, "GET", "/api/v3/openOrders", { symbol: "BTCUSDT" });
    assert.equal(open.body.length, 1);
  });

  it("row 11: is refused before it is sequenced when too much waits, with when to come again", async () => {
    submit = () => Promise.reject(new EngineBusyError("too many commands wait"));
    const digest = await exchange.digest();
    const { status, headers, body } = await place("busy");
    assert.deepEqual([status, body.code, headers["retry-after"]], [503, -1008, "1"]);
    assert.equal(await exchange.digest(), digest);
    assert.equal((await find("busy")).body.code, -2013);
  });
});
