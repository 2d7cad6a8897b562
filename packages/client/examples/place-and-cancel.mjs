/** An order, what became of it, and its cancel; and what a refusal tells. */
import { RefusedError, RestClient } from "@buttonwood/client";
import { keys, url } from "./demo.mjs";

const alice = new RestClient({ url, credentials: keys.alice });

// The client gives it a client order id, under which it is placed once, however often it has to be sent.
const placed = await alice.placeOrder({
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  price: "50000.00",
  quantity: "0.01",
});
console.log(placed.orderId, placed.clientOrderId, placed.status);

const order = await alice.getOrder({ symbol: "BTCUSDT", orderId: placed.orderId });
console.log(order.status, order.executedQty, "of", order.origQty);

const canceled = await alice.cancelOrder({ symbol: "BTCUSDT", orderId: placed.orderId });
console.log(canceled.status);

try {
  await alice.placeOrder({ symbol: "BTCUSDT", side: "SELL", type: "MARKET", quantity: "900" });
} catch (error) {
  if (!(error instanceof RefusedError)) throw error;
  // Nothing was changed. `codeName` is the class of refusal, `reason` which one of it.
  console.log(error.code, error.codeName, error.reason, error.message);
}
