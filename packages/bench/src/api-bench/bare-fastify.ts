/**
 * What the HTTP framework alone can do: the same route, which reads the body, checks nothing and answers a
 * constant order. The exchange's figure is printed as a share of this one.
 */
import fastify from "fastify";

const app = fastify({ logger: false, keepAliveTimeout: 120_000 });
app.addContentTypeParser(
  "application/x-www-form-urlencoded",
  { parseAs: "string" },
  (_request, body, done) => {
    done(null, body);
  },
);
const answer = {
  symbol: "BTCUSDT",
  orderId: 123_456_789,
  orderListId: -1,
  clientOrderId: "b1z141z3-123456",
  transactTime: 1_700_000_000_000,
};
app.post("/api/v3/order", async () => answer);
await app.listen({ host: "127.0.0.1", port: 0 });
const address = app.server.address();
if (address !== null && typeof address === "object") process.send?.({ port: address.port });
// Without its parent it has no purpose.
process.once("disconnect", () => process.exit(0));
