/** Clients that trade under load and remember what they were told: the other half of what the checker compares. */
import type { ApiKey } from "../support/exchange.js";
import { NoAnswerError, SignedClient } from "../support/signed-client.js";

/** What a client knows of one of its requests. */
export interface Request {
  readonly account: string;
  readonly kind: "place" | "cancel";
  /** Of a place: the new order's; of a cancel: the order's to end. */
  readonly clientOrderId: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  /** Undefined: no answer came, the outcome is unknown. */
  answer:
    | {
        readonly status: number;
        readonly code?: number;
        readonly orderId?: number;
        readonly orderStatus?: string;
        readonly executedQty?: string;
      }
    | undefined;
}

/** A small generator with a seed, so that a failing run can be made again. */
export function randomOf(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Where clients trade. */
export interface Target {
  readonly url: string;
  readonly keys: Readonly<Record<"alice" | "bob", ApiKey>>;
}

/** Below this price an order needs more than some hundredths, or it is refused for being worth too little. */
const LOW_PRICE = 1_000;

/** One client of one account: places and cancels one after the other until it is told to stop or gets no answer. */
export class LoadClient {
  readonly requests: Request[] = [];
  #count = 0;
  #open: { symbol: string; clientOrderId: string }[] = [];

  readonly #symbols: readonly string[];

  /** Trades near `prices`, by symbol. Has at most `openMax` open orders: older ones are cancelled. */
  constructor(
    readonly name: string,
    readonly account: "alice" | "bob",
    readonly prices: ReadonlyMap<string, number>,
    readonly random: () => number,
    readonly openMax = 20,
  ) {
    this.#symbols = [...prices.keys()];
  }

  /** Runs until `stopped()` or until the connection breaks. */
  async run(exchange: Target, stopped: () => boolean): Promise<void> {
    const client = new SignedClient(exchange.url, exchange.keys[this.account], 1);
    try {
      while (!stopped()) {
        const request = this.next();
        await send(client, request);
        this.remember(request);
      }
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
    } finally {
      client.close();
    }
  }

  /** Sends what was never answered again, with the same ids. Returns how many there were. */
  async repeat(exchange: Target): Promise<number> {
    const client = new SignedClient(exchange.url, exchange.keys[this.account], 1);
    const open = this.requests.filter((request) => request.answer === undefined);
    try {
      for (const request of open) {
        await send(client, request);
        this.remember(request);
      }
    } finally {
      client.close();
    }
    return open.length;
  }

  /** Keeps in mind what the answer says. */
  remember(request: Request): void {
    const status = request.answer?.orderStatus;
    if (request.kind === "place" && (status === "NEW" || status === "PARTIALLY_FILLED")) {
      this.#open.push({
        symbol: String(request.parameters.symbol),
        clientOrderId: request.clientOrderId,
      });
    }
  }

  /** Draws the next request, which is not sent yet. */
  next(): Request {
    const request = this.#draw();
    this.requests.push(request);
    return request;
  }

  #draw(): Request {
    if (this.#open.length > 0 && (this.#open.length >= this.openMax || this.random() < 0.3)) {
      const [order] = this.#open.splice(Math.floor(this.random() * this.#open.length), 1);
      return {
        account: this.account,
        kind: "cancel",
        clientOrderId: order!.clientOrderId,
        parameters: { symbol: order!.symbol, origClientOrderId: order!.clientOrderId },
        answer: undefined,
      };
    }
    const symbol = this.#symbols[Math.floor(this.random() * this.#symbols.length)]!;
    const reference = this.prices.get(symbol)!;
    const clientOrderId = `${this.name}-${++this.#count}`;
    const side = this.random() < 0.5 ? "BUY" : "SELL";
    const quantity = (1 + Math.floor(this.random() * 9)) / (reference < LOW_PRICE ? 10 : 100);
    const market = this.random() < 0.1;
    const price = reference + Math.floor(this.random() * 21) - 10;
    return {
      account: this.account,
      kind: "place",
      clientOrderId,
      parameters: {
        symbol,
        side,
        quantity,
        newClientOrderId: clientOrderId,
        selfTradePreventionMode: this.random() < 0.5 ? "NONE" : "EXPIRE_MAKER",
        ...(market ? { type: "MARKET" } : { type: "LIMIT", timeInForce: "GTC", price }),
      },
      answer: undefined,
    };
  }
}

/** Answers that say nothing about the outcome: sent again like no answer at all. */
const UNKNOWN = new Set([-1006, -1007]);
/** Answers that say that nothing was done: sent again after a moment. */
const LATER = new Set([-1008, -1003, -1015]);

/** Sends it until it is decided. Throws NoAnswerError when its outcome is unknown. */
async function send(client: SignedClient, request: Request): Promise<void> {
  while (!(await sendOnce(client, request))) await new Promise((resolve) => setTimeout(resolve, 20));
}

/**
 * Sends a request. Returns false when it was turned away with nothing done. Throws NoAnswerError when its outcome is
 * unknown.
 */
export async function sendOnce(client: SignedClient, request: Request): Promise<boolean> {
  const { status, body } = await client.signed(
    request.kind === "place" ? "POST" : "DELETE",
    "/api/v3/order",
    request.parameters,
  );
  const code = body?.code as number | undefined;
  if (code !== undefined && UNKNOWN.has(code)) throw new NoAnswerError(`code ${code}`);
  if (code !== undefined && LATER.has(code)) return false;
  if (status >= 500) throw new NoAnswerError(`status ${status}`);
  request.answer = {
    status,
    ...(code === undefined ? {} : { code }),
    ...(status === 200
      ? { orderId: body.orderId, orderStatus: body.status, executedQty: body.executedQty }
      : {}),
  };
  return true;
}
