import { credentials } from "@grpc/grpc-js";
import { Redis } from "iovalkey";
import pg from "pg";
import { stepText } from "../api-bench/decimal-step.js";
import { EngineService, type EngineStub, type MatchReply, type MatchRequest } from "./engine-service.js";
import { INSERT_ORDER, UPDATE_ORDER } from "./order-table.js";
import type { ClassicOrder } from "./read-order.js";
import { type BackendSettings, QUEUE } from "./settings.js";

/** The path of every order: stored, queued, matched, updated; one step after the other. */
export class OrderPipeline {
  readonly #pool: pg.Pool;
  readonly #redis: Redis;
  readonly #engine: EngineStub;

  constructor({ postgres, postgresConnections, redis, engine }: BackendSettings) {
    this.#pool = new pg.Pool({
      ...postgres,
      max: postgresConnections,
      // Connections are opened once, not again after every quiet moment.
      idleTimeoutMillis: 0,
      // An answered order is on disk.
      options: "-c synchronous_commit=on",
    });
    this.#redis = new Redis({ ...redis, enableAutoPipelining: true });
    this.#engine = new EngineService(`${engine.host}:${engine.port}`, credentials.createInsecure());
    // The order that meets a broken connection fails and says it.
    this.#pool.on("error", () => undefined);
    this.#redis.on("error", () => undefined);
  }

  /** Resolves with what the client is answered. */
  async place(order: ClassicOrder): Promise<object> {
    const { market, side, price, priceTicks, quantity, lots, clientOrderId, responseType } = order;
    const { symbol, tickDecimals, lotDecimals } = market;
    const orderId = await this.#insert(order);
    await this.#redis.lpush(
      QUEUE,
      JSON.stringify({ orderId, account: order.account, symbol, side, price, quantity, clientOrderId }),
    );
    const { fills } = await this.#match({ orderId, symbol, side, priceTicks, lots });
    const executedLots = fills.reduce((sum, fill) => sum + fill.lots, 0);
    const status = executedLots === lots ? "FILLED" : executedLots > 0 ? "PARTIALLY_FILLED" : "NEW";
    const executedQty = stepText(executedLots, { mantissa: 1, decimals: lotDecimals });
    // Makers' rows would have to follow too. That is left out, which makes this pipeline faster than a whole one.
    await this.#pool.query({ ...UPDATE_ORDER, values: [orderId, status, executedQty] });
    const acknowledged = { symbol, orderId, orderListId: -1, clientOrderId, transactTime: Date.now() };
    if (responseType === "ACK") return acknowledged;
    const quoteSteps = fills.reduce((sum, fill) => sum + fill.priceTicks * fill.lots, 0);
    return {
      ...acknowledged,
      price,
      origQty: quantity,
      executedQty,
      cummulativeQuoteQty: stepText(quoteSteps, { mantissa: 1, decimals: tickDecimals + lotDecimals }),
      status,
      timeInForce: "GTC",
      type: "LIMIT",
      side,
      ...(responseType === "FULL" && {
        fills: fills.map((fill) => ({
          price: stepText(fill.priceTicks, { mantissa: 1, decimals: tickDecimals }),
          qty: stepText(fill.lots, { mantissa: 1, decimals: lotDecimals }),
        })),
      }),
    };
  }

  /** One transaction; resolves with the order's number when it is committed. */
  async #insert(order: ClassicOrder): Promise<number> {
    const { account, market, clientOrderId, side, price, quantity } = order;
    const client = await this.#pool.connect();
    try {
      await client.query("BEGIN");
      const values = [account, market.symbol, clientOrderId, side, price, quantity];
      const { rows } = await client.query<{ id: string }>({ ...INSERT_ORDER, values });
      await client.query("COMMIT");
      client.release();
      return Number(rows[0]!.id);
    } catch (error) {
      // Closing the connection rolls back.
      client.release(true);
      throw error;
    }
  }

  #match(request: MatchRequest): Promise<MatchReply> {
    return new Promise((resolve, reject) => {
      this.#engine.Match(request, (error, reply) => {
        if (error === null) resolve(reply);
        else reject(error);
      });
    });
  }
}
