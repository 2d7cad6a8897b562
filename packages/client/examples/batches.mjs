/** Many limit orders in one message: each is taken or refused for itself, and each once. */
import { ApiSession, Authentication, newClientOrderId, OrderBatches } from "@buttonwood/client";
import { keys, url } from "./demo.mjs";

// Logged on once, so that no message needs a signature.
const session = await ApiSession.open({
  url,
  credentials: keys.alice,
  authentication: Authentication.SESSION,
});
const batches = new OrderBatches(session);

const orders = Array.from({ length: 100 }, (_, i) => ({
  side: "BUY",
  price: `${40_000 + i}.00`,
  quantity: "0.001",
  clientOrderId: newClientOrderId(),
}));
const entries = await batches.place("BTCUSDT", orders);
console.log(entries.filter(({ taken }) => taken).length, "of", entries.length, "were taken");
console.log(entries[0]);

const canceled = await session.cancelOpenOrders({ symbol: "BTCUSDT" });
console.log(canceled.length, "are canceled");
session.close();
