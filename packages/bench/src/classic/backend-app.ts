import fastify, { type FastifyInstance } from "fastify";
import { EXCHANGE_INFO, PRICES } from "./markets.js";
import { OrderPipeline } from "./order-pipeline.js";
import { OrderReader, Refusal } from "./read-order.js";
import type { BackendSettings } from "./settings.js";

/** Longer than nginx keeps an idle connection, so that it never sends on one that is being closed. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** The HTTP application of one worker, not yet listening. */
export function createBackendApp(settings: BackendSettings): FastifyInstance {
  const reader = new OrderReader(settings.keys);
  const pipeline = new OrderPipeline(settings);
  const app = fastify({ logger: false, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS });
  // The signature is over the text.
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, body),
  );
  app.setErrorHandler((error: Error, _request, reply) => {
    if (error instanceof Refusal) {
      return reply.status(error.status).send({ code: error.code, msg: error.message });
    }
    return reply.status(503).send({ code: -1001, msg: `Internal error: ${error.message}` });
  });
  app.get("/api/v3/exchangeInfo", async () => EXCHANGE_INFO);
  app.get("/api/v3/ticker/price", async () => PRICES);
  app.post("/api/v3/order", async ({ headers, body }) =>
    pipeline.place(reader.read(headers["x-mbx-apikey"] as string | undefined, String(body))),
  );
  return app;
}
