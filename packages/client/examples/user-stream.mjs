/** An account's orders, fills and balances as they happen; what a gap swallows is told after it. */
import { ApiSession, UserStream } from "@buttonwood/client";
import { keys, url } from "./demo.mjs";

// One connection for commands and events.
const session = await ApiSession.open({ url, credentials: keys.alice });
const stream = await UserStream.open({ session, symbols: ["BTCUSDT"] });
console.log(stream.openOrders.length, "open orders;", stream.balances.get("USDT"));

const reading = (async () => {
  for await (const event of stream) {
    switch (event.kind) {
      case "order":
        console.log("order", event.order.orderId, event.order.status, event.isRepaired ? "(missed)" : "");
        if (event.order.status === "CANCELED") return;
        break;
      case "fill":
        console.log("fill", event.fill.qty, "at", event.fill.price);
        break;
      case "balances":
        for (const { asset, free, locked } of event.balances) console.log(asset, free, locked);
        break;
      case "gap":
      case "repaired":
        console.log(event);
    }
  }
})();

const placed = await session.placeOrder({
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  price: "50000.00",
  quantity: "0.01",
});
await session.cancelOrder({ symbol: "BTCUSDT", orderId: placed.orderId });
await reading;

stream.close();
session.close();
