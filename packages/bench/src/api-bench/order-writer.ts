import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { DecimalStep, LoadKey, LoadMarket, LoadPlan } from "./plan.js";

/** The middle wanders this far up and down, in ticks, so that old orders are met again. */
const WANDER_TICKS = 40;
/** Orders of one market until the middle has gone up and down once. */
const WANDER_ORDERS = 2_000;
/**
 * Within this share of the way to the lowest middle only sells are sent, to the highest only buys. They take what
 * has gathered at the end of the range, so that books stay small however long it runs.
 */
const SWEEP_SHARE = 0.8;
/** An order's price lies up to this far on its passive side of the middle, and CROSS_TICKS on the other. */
const PASSIVE_TICKS = 10;
const CROSS_TICKS = 4;
/** Quantities are 1…LOTS_FACTOR times the market's smallest. */
const LOTS_FACTOR = 5;

interface PreparedKey {
  readonly secret: KeyObject;
  readonly head: string;
}

interface PreparedMarket {
  /** The parameters that never change, for buys and sells. */
  readonly parameters: readonly [buy: string, sell: string];
  readonly midTicks: number;
  readonly priceText: (ticks: number) => string;
  readonly quantities: readonly string[];
  orders: number;
}

/**
 * Writes signed limit orders around the middles of the markets, ready to send: what can be written beforehand is,
 * so that a request costs little more than its signature.
 */
export class OrderWriter {
  readonly #keys: readonly PreparedKey[];
  readonly #markets: readonly PreparedMarket[];
  readonly #idPrefix: string;
  #seed: number;
  #count = 0;
  #timestampMs = 0;
  #timestampText = "";

  constructor(plan: LoadPlan) {
    this.#seed = plan.seed >>> 0;
    this.#idPrefix = `b${plan.seed.toString(36)}-`;
    this.#keys = plan.keys.map((key) => prepareKey(plan, key));
    this.#markets = plan.markets.map((market) => prepareMarket(plan, market));
  }

  /** The next order, as the parameters that stay the same however often it is sent. Every one is for the next market. */
  next(): string {
    const number = this.#count++;
    const market = this.#markets[number % this.#markets.length]!;
    const random = this.#random();
    const { side, ticks } = placeOrder(market.orders++, random);
    const price = market.midTicks + ticks;
    return (
      `${market.parameters[side] + market.priceText(price)}&quantity=${
        market.quantities[(random >>> 8) % LOTS_FACTOR]
      }` + `&newClientOrderId=${this.#idPrefix}${number}`
    );
  }

  /** The request for an order, signed as of now. Every connection uses one key. */
  request(connection: number, order: string, nowMs: number): string {
    const key = this.#keys[connection % this.#keys.length]!;
    if (nowMs !== this.#timestampMs) {
      this.#timestampMs = nowMs;
      this.#timestampText = String(nowMs);
    }
    const text = `${order}&timestamp=${this.#timestampText}`;
    const signature = createHmac("sha256", key.secret).update(text).digest("hex");
    // 75 = "&signature=" and 64 hex digits.
    return `${key.head}${text.length + 75}\r\n\r\n${text}&signature=${signature}`;
  }

  /** mulberry32: the same seed gives the same orders. */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0;
    let t = this.#seed;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
}

/** Where the n-th order of a market lies: its side (0 buy, 1 sell) and its distance from the first middle, in ticks. */
export function placeOrder(n: number, random: number): { readonly side: 0 | 1; readonly ticks: number } {
  const phase = n % WANDER_ORDERS;
  const wander = Math.abs(phase - WANDER_ORDERS / 2) / (WANDER_ORDERS / 4) - 1;
  const middle = Math.round(wander * WANDER_TICKS);
  const step = (random >>> 1) % (PASSIVE_TICKS + CROSS_TICKS + 1);
  if (wander < -SWEEP_SHARE) return { side: 1, ticks: -WANDER_TICKS - (step % CROSS_TICKS) };
  if (wander > SWEEP_SHARE) return { side: 0, ticks: WANDER_TICKS + (step % CROSS_TICKS) };
  const toPassive = step - CROSS_TICKS;
  // Nothing rests beyond the ends, where no sweep would find it.
  return (random & 1) === 0
    ? { side: 0, ticks: Math.max(-WANDER_TICKS, middle - toPassive) }
    : { side: 1, ticks: Math.min(WANDER_TICKS, middle + toPassive) };
}

function prepareKey(plan: LoadPlan, key: LoadKey): PreparedKey {
  return {
    secret: createSecretKey(Buffer.from(key.secretKey)),
    head:
      `POST /api/v3/order HTTP/1.1\r\nHost: ${plan.host}:${plan.port}\r\nX-MBX-APIKEY: ${key.apiKey}\r\n` +
      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ",
  };
}

function prepareMarket(plan: LoadPlan, market: LoadMarket): PreparedMarket {
  const parameters = (side: string): string =>
    `symbol=${market.symbol}&side=${side}&type=LIMIT&timeInForce=GTC&selfTradePreventionMode=NONE` +
    `&newOrderRespType=${plan.responseType}&price=`;
  const texts = new Map<number, string>();
  return {
    parameters: [parameters("BUY"), parameters("SELL")],
    midTicks: market.midTicks,
    priceText(ticks) {
      let text = texts.get(ticks);
      if (text === undefined) {
        text = stepText(ticks, market.tick);
        texts.set(ticks, text);
      }
      return text;
    },
    quantities: Array.from({ length: LOTS_FACTOR }, (_, i) => stepText(market.lots * (i + 1), market.lot)),
    orders: 0,
  };
}

/** A number of steps as a plain decimal. */
export function stepText(steps: number, step: DecimalStep): string {
  const digits = (BigInt(steps) * BigInt(step.mantissa)).toString().padStart(step.decimals + 1, "0");
  const point = digits.length - step.decimals;
  return step.decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** A plain decimal as a step, e.g. `"0.00500000"` is 5 × 10^-3. */
export function stepOf(text: string): DecimalStep {
  const [whole = "0", fraction = ""] = text.split(".");
  const decimals = fraction.replace(/0+$/, "").length;
  return { mantissa: Number(whole + fraction.slice(0, decimals)), decimals };
}

/** How many whole steps an amount is, rounded up. */
export function stepsOf(text: string, step: DecimalStep): number {
  const [whole = "0", fraction = ""] = text.split(".");
  const places = Math.max(step.decimals, fraction.length);
  const units = BigInt(whole + fraction.padEnd(places, "0"));
  const size = BigInt(step.mantissa) * 10n ** BigInt(places - step.decimals);
  return Number((units + size - 1n) / size);
}
