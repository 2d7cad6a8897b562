import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Listener, type Message } from "../../main/testing/listener.js";
import { TestExchange } from "../../main/testing/test-exchange.js";

let exchange: TestExchange;
let url: string;

before(async () => {
  exchange = await TestExchange.start();
  const { port } = await exchange.gateway.listen({ host: "127.0.0.1", port: 0 });
  url = `ws://127.0.0.1:${port}`;
});
after(() => exchange.close());

async function place(side: "BUY" | "SELL", price: string, quantity: string): Promise<number> {
  const { status, body } = await exchange.signed(exchange.alice, "POST", "/api/v3/order", {
    symbol: "ETHUSDT",
    side,
    type: "LIMIT",
    timeInForce: "GTC",
    price,
    quantity,
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body.orderId;
}

describe("the book order by order", () => {
  it("is asked for over REST and the WebSocket API, and followed on a stream", async () => {
    const first = await place("BUY", "2800.00", "0.3");
    const second = await place("BUY", "2800.00", "0.4");
    const best = await place("BUY", "2801.00", "0.1");
    const ask = await place("SELL", "2900.00", "0.5");
    const api = await Listener.open(`${url}/ws-api/v3`);
    const bookNow = async (): Promise<Message> =>
      (await api.call("depth.orders", { symbol: "ETHUSDT" })).result;
    while ((await bookNow()).lastUpdateId < 4);
    const stream = await Listener.open(`${url}/ws/ethusdt@depthOrders`);
    // Answered after the subscription was taken, whose first message tells of the next change.
    const book = await bookNow();
    assert.deepEqual(book, {
      lastUpdateId: 4,
      bids: [
        [best, "2801.00000000", "0.10000000"],
        [first, "2800.00000000", "0.30000000"],
        [second, "2800.00000000", "0.40000000"],
      ],
      asks: [[ask, "2900.00000000", "0.50000000"]],
    });
    const { body, headers } = await exchange.public("/api/v3/depth/orders", { symbol: "ETHUSDT", limit: 2 });
    assert.deepEqual(body, { ...book, bids: book.bids.slice(0, 2) });
    const weightOf = (answer: { headers: Readonly<Record<string, unknown>> }): number =>
      Number(answer.headers["x-mbx-used-weight-1m"]);
    const whole = await exchange.public("/api/v3/depth/orders", { symbol: "ETHUSDT", limit: 5001 });
    assert.deepEqual(whole.body, book);
    assert.equal(weightOf(whole) - weightOf({ headers }), 1000);
    for (const [query, code] of [
      [{}, -1102],
      [{ symbol: "NONE" }, -1121],
      [{ symbol: "ETHUSDT", limit: "x" }, -1100],
    ] as const) {
      assert.equal((await exchange.public("/api/v3/depth/orders", query)).body.code, code);
    }

    const { bob } = exchange;
    const sold = await exchange.signed(bob, "POST", "/api/v3/order", {
      symbol: "ETHUSDT",
      side: "SELL",
      type: "MARKET",
      quantity: "0.2",
    });
    assert.equal(sold.body.status, "FILLED");
    const joined = await place("SELL", "2950.00", "0.7");
    await stream.until("the last change", ({ a }: Message) => a?.some(([id]: [number]) => id === joined));
    const messages = stream.heard;
    for (const [i, message] of messages.entries()) {
      assert.deepEqual([message.e, message.s, typeof message.E], ["depthOrdersUpdate", "ETHUSDT", "number"]);
      assert.equal(message.U, (messages[i - 1]?.u ?? book.lastUpdateId) + 1);
    }
    const all = (name: string): unknown[] => messages.flatMap((message) => message[name]);
    assert.deepEqual(all("r"), [best]);
    assert.deepEqual(all("c"), [[first, "0.20000000"]]);
    assert.deepEqual([all("b"), all("a")], [[], [[joined, "2950.00000000", "0.70000000"]]]);
    stream.socket.close();
    api.socket.close();
  });
});
