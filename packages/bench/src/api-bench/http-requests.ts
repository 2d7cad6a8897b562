import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { FlowRequest } from "./order-flow.js";
import { idPrefix, OrderTexts, SIDE_NAMES } from "./order-texts.js";
import type { LoadKey, LoadPlan } from "./plan.js";

/** Bytes of `&signature=` and 64 hex digits. */
const SIGNATURE_BYTES = 75;

interface PreparedKey {
  readonly secret: KeyObject;
  /** Of a request to place an order, up to the length of its body. */
  readonly placeHead: string;
  /** Of a request to cancel one, behind its path. */
  readonly cancelTail: string;
}

/** A request as it stays however often it is sent: all but its time and signature. */
export interface HttpRequest {
  readonly isCancel: boolean;
  readonly parameters: string;
}

/**
 * Writes signed HTTP requests, ready to send: what can be written beforehand is, so that one costs little more than
 * its signature.
 */
export class HttpRequests {
  readonly #keys: readonly PreparedKey[];
  readonly #markets: readonly {
    readonly texts: OrderTexts;
    /** The parameters that never change, for buys and sells. */
    readonly limit: readonly [buy: string, sell: string];
    readonly market: readonly [buy: string, sell: string];
  }[];
  readonly #idPrefix: string;
  #timestampMs = 0;
  #timestampText = "";

  constructor(plan: LoadPlan) {
    this.#idPrefix = idPrefix(plan.seed);
    this.#keys = plan.keys.map((key) => prepareKey(plan, key));
    this.#markets = plan.markets.map((market) => {
      const texts = new OrderTexts(market);
      const forSides = (write: (side: string) => string): readonly [string, string] => [
        write(SIDE_NAMES[0]),
        write(SIDE_NAMES[1]),
      ];
      const always = `&selfTradePreventionMode=NONE&newOrderRespType=${plan.responseType}`;
      return {
        texts,
        limit: forSides(
          (side) => `symbol=${texts.symbol}&side=${side}&type=LIMIT&timeInForce=GTC${always}&price=`,
        ),
        market: forSides((side) => `symbol=${texts.symbol}&side=${side}&type=MARKET${always}`),
      };
    });
  }

  write(request: FlowRequest): HttpRequest {
    const { texts, limit, market } = this.#markets[request.market]!;
    const id = this.#idPrefix + request.number;
    switch (request.kind) {
      case "limit":
        return {
          isCancel: false,
          parameters:
            `${limit[request.side] + texts.price(request.priceTicks)}&quantity=${texts.quantity(request.size)}` +
            `&newClientOrderId=${id}`,
        };
      case "market":
        return {
          isCancel: false,
          parameters: `${market[request.side]}&quantity=${texts.quantity(request.size)}&newClientOrderId=${id}`,
        };
      case "cancel":
        return { isCancel: true, parameters: `symbol=${texts.symbol}&origClientOrderId=${id}` };
    }
  }

  /** A request's bytes, signed as of now with the key of this index. */
  sign({ isCancel, parameters }: HttpRequest, key: number, nowMs: number): string {
    const { secret, placeHead, cancelTail } = this.#keys[key]!;
    if (nowMs !== this.#timestampMs) {
      this.#timestampMs = nowMs;
      this.#timestampText = String(nowMs);
    }
    const text = `${parameters}&timestamp=${this.#timestampText}`;
    const signature = createHmac("sha256", secret).update(text).digest("hex");
    return isCancel
      ? `DELETE /api/v3/order?${text}&signature=${signature}${cancelTail}`
      : `${placeHead}${text.length + SIGNATURE_BYTES}\r\n\r\n${text}&signature=${signature}`;
  }
}

function prepareKey(plan: LoadPlan, key: LoadKey): PreparedKey {
  const host = `Host: ${plan.host}:${plan.port}\r\nX-MBX-APIKEY: ${key.apiKey}\r\n`;
  return {
    secret: createSecretKey(Buffer.from(key.secretKey)),
    placeHead:
      `POST /api/v3/order HTTP/1.1\r\n${host}` +
      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ",
    cancelTail: ` HTTP/1.1\r\n${host}\r\n`,
  };
}
