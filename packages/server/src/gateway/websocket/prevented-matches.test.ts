import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Listener, signedParams as signedParamsAt } from "../../main/testing/listener.js";
import { TestExchange, type TestKey } from "../../main/testing/test-exchange.js";

let exchange: TestExchange;
let url: string;

before(async () => {
  exchange = await TestExchange.start();
  const { port } = await exchange.gateway.listen({ host: "127.0.0.1", port: 0 });
  url = `ws://127.0.0.1:${port}`;
});
after(() => exchange.close());

const limit = (side: "BUY" | "SELL", price: string, quantity: string) => ({
  symbol: "ETHUSDT",
  side,
  type: "LIMIT",
  timeInForce: "GTC",
  price,
  quantity,
});

const signedParams = (key: TestKey, more: Record<string, string | number> = {}) =>
  signedParamsAt(exchange.nowMs(), key, more);

describe("self-trade prevention", () => {
  it("is told to its account, and found again by its id and by its orders", async () => {
    const { alice, bob } = exchange;
    const client = await Listener.open(`${url}/ws-api/v3`);
    await client.call("userDataStream.subscribe.signature", signedParams(alice));
    const place = async (side: "BUY" | "SELL", price: string, quantity: string, mode: string) => {
      const order = { ...limit(side, price, quantity), selfTradePreventionMode: mode };
      const { body } = await exchange.signed(alice, "POST", "/api/v3/order", order);
      return body.orderId as number;
    };
    const makers = [
      await place("BUY", "2801.00", "0.3", "NONE"),
      await place("BUY", "2800.00", "0.4", "NONE"),
    ];
    const taker = await place("SELL", "2800.00", "0.5", "DECREMENT");
    const reports = await Promise.all(
      [...makers, taker].map(async (orderId) => {
        await client.until(
          `prevention of ${orderId}`,
          ({ event }) => event?.v !== undefined && event.i === orderId,
        );
        return client.heard.filter(({ event }) => event?.v !== undefined && event.i === orderId);
      }),
    );
    await client.until("the second", ({ event }) => event?.i === taker && event.U === makers[1]);
    const told = client.heard
      .filter(({ event }) => event?.x === "TRADE_PREVENTION")
      .map(({ event }) => [
        event.i,
        event.U,
        event.X,
        event.A,
        event.B,
        event.u,
        event.pl,
        event.pL,
        event.pY,
      ]);
    assert.equal(reports.length, 3);
    assert.deepEqual(told, [
      [
        makers[0],
        taker,
        "EXPIRED_IN_MATCH",
        "0.30000000",
        "0.30000000",
        -1,
        "0.30000000",
        "2801.00000000",
        "840.30000000",
      ],
      [
        taker,
        makers[0],
        "NEW",
        "0.30000000",
        "0.30000000",
        -1,
        "0.30000000",
        "2801.00000000",
        "840.30000000",
      ],
      [
        makers[1],
        taker,
        "NEW",
        "0.20000000",
        "0.20000000",
        -1,
        "0.20000000",
        "2800.00000000",
        "560.00000000",
      ],
      [
        taker,
        makers[1],
        "EXPIRED_IN_MATCH",
        "0.50000000",
        "0.20000000",
        -1,
        "0.20000000",
        "2800.00000000",
        "560.00000000",
      ],
    ]);
    const ids = client.heard
      .filter(({ event }) => event?.x === "TRADE_PREVENTION")
      .map(({ event }) => event.v);
    assert.deepEqual([ids[1], ids[2], ids[3]], [ids[0], ids[0] + 1, ids[0] + 1]);

    const ask = (more: Record<string, string | number>, key = alice) =>
      exchange.signed(key, "GET", "/api/v3/myPreventedMatches", { symbol: "ETHUSDT", ...more });
    const { body: both, headers } = await ask({ orderId: taker });
    assert.ok(Number(headers["x-mbx-used-weight-1m"]) >= 20);
    assert.deepEqual(both[0], {
      symbol: "ETHUSDT",
      preventedMatchId: ids[0],
      takerOrderId: taker,
      makerSymbol: "ETHUSDT",
      makerOrderId: makers[0],
      tradeGroupId: -1,
      selfTradePreventionMode: "DECREMENT",
      price: "2801.00000000",
      takerPreventedQuantity: "0.30000000",
      makerPreventedQuantity: "0.30000000",
      transactTime: both[0].transactTime,
    });
    assert.deepEqual((await ask({ preventedMatchId: ids[0] })).body, [both[0]]);
    assert.deepEqual((await ask({ orderId: makers[1]! })).body, [both[1]]);
    assert.deepEqual((await ask({ orderId: taker, fromPreventedMatchId: ids[2] })).body, [both[1]]);
    assert.deepEqual((await ask({ orderId: taker, fromPreventedMatchId: 0, limit: 1 })).body, [both[0]]);
    assert.deepEqual((await ask({ orderId: taker }, bob)).body, []);
    assert.equal((await ask({})).body.code, -1102);
    assert.equal((await ask({ preventedMatchId: 1, orderId: taker })).body.code, -1128);
    assert.equal((await ask({ preventedMatchId: 1, fromPreventedMatchId: 1 })).body.code, -1128);
    const same = await client.call(
      "myPreventedMatches",
      signedParams(alice, { symbol: "ETHUSDT", preventedMatchId: ids[0] }),
    );
    assert.deepEqual(same.result, [both[0]]);

    const expired = await place("SELL", "2800.00", "0.1", "EXPIRE_TAKER");
    const [only] = (await ask({ orderId: expired })).body;
    assert.deepEqual([only.takerPreventedQuantity, only.makerPreventedQuantity], ["0.10000000", undefined]);
    client.socket.close();
  });
});
