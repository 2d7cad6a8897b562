/** What to do when the answer to an order is lost: it may have been placed, and must not be placed twice. */
import { newClientOrderId, OutcomeUnknownError, RefusedError, RestClient } from "@buttonwood/client";
import { keys, url } from "./demo.mjs";

/** A line that breaks after each order has arrived, and before its answer has. */
const brokenLine = async (address, request) => {
  const answer = await fetch(address, request);
  if (request.method === "POST") throw new TypeError("the line is broken");
  return answer;
};

const order = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  price: "50000.00",
  quantity: "0.01",
  // Of your own, and written down before it is sent: it outlives a crash of this program too.
  newClientOrderId: newClientOrderId(),
};

const unlucky = new RestClient({
  url,
  credentials: keys.alice,
  fetch: brokenLine,
  pursuit: { pursueMs: 1_000 },
});
try {
  await unlucky.placeOrder(order);
} catch (error) {
  // The client has sent it again and again under the same id, and has given up after a second.
  if (!(error instanceof OutcomeUnknownError)) throw error;
  console.log("unknown:", error.clientOrderId, "may take effect until", new Date(error.validUntilMs));
}

const alice = new RestClient({ url, credentials: keys.alice });

// Either: send the same order again with the same id. It is placed now, or its original result comes.
const result = await alice.placeOrder(order);
console.log("sent again:", result.orderId, result.status);

// Or: ask for it. "No such order" is an answer only after error.validUntilMs: until then it may still arrive.
try {
  const asked = await alice.getOrder({ symbol: order.symbol, origClientOrderId: order.newClientOrderId });
  console.log("asked:", asked.orderId, asked.status);
} catch (error) {
  if (!(error instanceof RefusedError) || error.codeName !== "NO_SUCH_ORDER") throw error;
  console.log("it was not placed");
}

console.log((await alice.openOrders({ symbol: order.symbol })).length, "order is open");
await alice.cancelOrder({ symbol: order.symbol, orderId: result.orderId });
