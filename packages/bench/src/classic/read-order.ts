import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { parse } from "node:querystring";
import type { LoadKey } from "../api-bench/plan.js";
import { type ClassicMarket, MARKETS } from "./markets.js";
import type { Side } from "./price-time-book.js";

/** A signed order that fits its market. */
export interface ClassicOrder {
  readonly account: number;
  readonly market: ClassicMarket;
  readonly side: Side;
  readonly price: string;
  readonly priceTicks: number;
  readonly quantity: string;
  readonly lots: number;
  readonly clientOrderId: string;
  readonly responseType: string;
}

/** What a client is told instead of its order. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const HEX_64 = /^[0-9a-f]{64}$/;
const MARKET_OF = new Map(MARKETS.map((market) => [market.symbol, market]));

/** Checks signatures and reads orders. Keys are held in memory, ready to sign. */
export class OrderReader {
  readonly #keys: ReadonlyMap<string, { readonly account: number; readonly secret: KeyObject }>;

  constructor(keys: readonly LoadKey[]) {
    this.#keys = new Map(
      keys.map(({ apiKey, secretKey }, account) => [
        apiKey,
        { account, secret: createSecretKey(Buffer.from(secretKey)) },
      ]),
    );
  }

  /** Throws {@link Refusal}. */
  read(apiKey: string | undefined, body: string): ClassicOrder {
    const key = this.#keys.get(apiKey ?? "");
    if (key === undefined) throw new Refusal(401, -2015, "Invalid API-key, IP, or permissions for action.");
    const [signed = "", signature = ""] = body.split("&signature=");
    const expected = createHmac("sha256", key.secret).update(signed).digest();
    if (!HEX_64.test(signature) || !timingSafeEqual(expected, Buffer.from(signature, "hex"))) {
      throw new Refusal(400, -1022, "Signature for this request is not valid.");
    }
    const { symbol, side, type, timeInForce, price, quantity, newClientOrderId, newOrderRespType } =
      parse(signed);
    const market = MARKET_OF.get(String(symbol));
    if (market === undefined) throw new Refusal(400, -1121, "Invalid symbol.");
    if ((side !== "BUY" && side !== "SELL") || type !== "LIMIT" || timeInForce !== "GTC") {
      throw new Refusal(400, -1106, "Only limit orders that are good till canceled are taken.");
    }
    return {
      account: key.account,
      market,
      side,
      price: String(price),
      priceTicks: stepsOf("price", price, market.tickDecimals),
      quantity: String(quantity),
      lots: stepsOf("quantity", quantity, market.lotDecimals),
      clientOrderId: String(newClientOrderId),
      responseType: String(newOrderRespType),
    };
  }
}

/** A plain decimal as a whole number of steps, without floats. */
function stepsOf(name: string, text: string | string[] | undefined, decimals: number): number {
  const [, whole = "", fraction = ""] = /^(\d{1,9})(?:\.(\d{1,8}))?$/.exec(String(text)) ?? [];
  const steps = fraction.length > decimals ? 0 : Number(whole + fraction.padEnd(decimals, "0"));
  if (!(steps > 0)) throw new Refusal(400, -1013, `Invalid ${name}.`);
  return steps;
}
