import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { MessagePort } from "node:worker_threads";
import { Listener, type Message } from "../../main/testing/listener.js";
import { TestExchange } from "../../main/testing/test-exchange.js";
import { until } from "../../platform/testing/until.js";

let exchange: TestExchange;
let url: string;

before(async () => {
  exchange = await TestExchange.start();
  const { port } = await exchange.gateway.listen({ host: "127.0.0.1", port: 0 });
  url = `ws://127.0.0.1:${port}/ws/ethusdt@depth@100ms/ethusdt@depthOrders/ethusdt@trade`;
});
after(() => exchange.close());

describe("one more subscriber", () => {
  it("costs neither engine nor projection a message, and hears what the others hear", async (t) => {
    // Engine and projection are threads: whatever the gateway asks of them goes through a port.
    const post = t.mock.method(MessagePort.prototype, "postMessage");
    const asked = (): number => post.mock.callCount();
    const first = await Listener.open(url);
    assert.equal(asked(), 3, "a subscription for each stream");
    const others: Listener[] = [];
    for (let i = 0; i < 50; i++) others.push(await Listener.open(url));
    assert.equal(asked(), 3);

    const side = async (key: typeof exchange.alice, name: "BUY" | "SELL"): Promise<void> => {
      const order = { symbol: "ETHUSDT", side: name, type: "LIMIT", timeInForce: "GTC" };
      const { status } = await exchange.signed(key, "POST", "/api/v3/order", {
        ...order,
        price: "3000.00",
        quantity: "0.1",
      });
      assert.equal(status, 200);
    };
    await side(exchange.alice, "SELL");
    await side(exchange.bob, "BUY");
    const trade = (message: Message): boolean => message.e === "trade";
    const gone = (message: Message): boolean => message.e === "depthUpdate" && message.u === 2;
    for (const listener of [first, ...others]) {
      await listener.until("the trade", trade);
      await listener.until("the book after it", gone);
      await listener.until("its orders", (message) => message.e === "depthOrdersUpdate" && message.u === 2);
    }
    for (const listener of others) assert.deepEqual(sorted(listener), sorted(first));
    assert.equal(asked(), 5, "two orders, and nothing for what was told of them");

    for (const listener of others) listener.socket.close();
    for (const listener of others) await listener.end();
    assert.equal(asked(), 5);
    first.socket.close();
    // The gateway learns of the end of a connection in its own time.
    await until("the last one ends each subscription", () => asked() >= 8);
    assert.equal(asked(), 8);
  });
});

/** Streams don't wait for each other: of each, its messages in their order. */
const sorted = ({ heard }: Listener): Message[] =>
  [...heard].sort((a, b) => (a.e < b.e ? -1 : a.e > b.e ? 1 : 0));
