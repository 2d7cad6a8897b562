import { createHmac } from "node:crypto";
import type { FlowRequest } from "./order-flow.js";
import { idPrefix, OrderTexts, SIDE_NAMES } from "./order-texts.js";
import type { LoadKey, LoadPlan } from "./plan.js";

/** Writes requests of the WebSocket API, for sessions that are logged on. */
export class WebSocketRequests {
  readonly #plan: LoadPlan;
  readonly #texts: readonly OrderTexts[];
  readonly #idPrefix: string;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#texts = plan.markets.map((market) => new OrderTexts(market));
    this.#idPrefix = idPrefix(plan.seed);
  }

  /** `id`: by which its answer is known. */
  write(request: FlowRequest, id: number, nowMs: number): string {
    const texts = this.#texts[request.market]!;
    const symbol = texts.symbol;
    const clientOrderId = this.#idPrefix + request.number;
    if (request.kind === "cancel") {
      return (
        `{"id":${id},"method":"order.cancel","params":{"symbol":"${symbol}",` +
        `"origClientOrderId":"${clientOrderId}","timestamp":${nowMs}}}`
      );
    }
    const kind =
      request.kind === "market"
        ? `"type":"MARKET"`
        : `"type":"LIMIT","timeInForce":"GTC","price":"${texts.price(request.priceTicks)}"`;
    return (
      `{"id":${id},"method":"order.place","params":{"symbol":"${symbol}","side":"${SIDE_NAMES[request.side]}",` +
      `${kind},"quantity":"${texts.quantity(request.size)}","newClientOrderId":"${clientOrderId}",` +
      `"selfTradePreventionMode":"NONE",` +
      `"newOrderRespType":"${this.#plan.responseType}","timestamp":${nowMs}}}`
    );
  }

  /** What opens a session for a key. */
  logon({ apiKey, secretKey }: LoadKey, nowMs: number): string {
    const signature = createHmac("sha256", secretKey)
      .update(`apiKey=${apiKey}&timestamp=${nowMs}`)
      .digest("hex");
    return (
      `{"id":"logon","method":"session.logon","params":{"apiKey":"${apiKey}","timestamp":${nowMs},` +
      `"signature":"${signature}"}}`
    );
  }
}
