/** Limit orders in batches, over one session of the WebSocket API. */
import { WebSocket } from "ws";
import { ConnectionEndedError, OutcomeUnknownError, RefusedError } from "./errors.js";
import { sign } from "./sign.js";

export interface OrderBatchesOptions {
  /** Of the exchange, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly apiKey: string;
  /** Of an HMAC key. */
  readonly secretKey: string;
}

/** A limit order. Prices and quantities are plain decimals, as the market's filters ask for. */
export interface BatchOrder {
  readonly side: "BUY" | "SELL";
  readonly price: string;
  readonly quantity: string;
  /** New for each order; the same one again gives the original result. 1 to 36 of `A–Z a–z 0–9 - _`. */
  readonly clientOrderId: string;
}

export interface BatchOptions {
  /** Default `GTC`. */
  readonly timeInForce?: "GTC" | "IOC" | "FOK";
  /** Default `NONE`. */
  readonly selfTradePreventionMode?: "NONE" | "EXPIRE_TAKER" | "EXPIRE_MAKER" | "EXPIRE_BOTH" | "DECREMENT";
}

/** What became of an order: taken and on disk, or refused. */
export type BatchEntry =
  | { readonly taken: true; readonly orderId: number; readonly status: string; readonly executedQty: string }
  | { readonly taken: false; readonly code: number; readonly message: string };

/** An order's entry as it is sent: taken, or refused. */
type SentEntry = readonly [orderId: number, status: string, executedQty: string] | SentError;

interface SentError {
  readonly code: number;
  readonly msg: string;
}

interface SentAnswer {
  readonly id: number;
  readonly status: number;
  readonly result?: readonly SentEntry[];
  readonly error?: SentError;
}

interface UnderWay {
  readonly resolve: (result: readonly SentEntry[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A session that places many orders in one message, and takes several messages at once. An answer comes when all
 * orders of its message are on disk. What of a message is refused does not touch the others.
 */
export class OrderBatches {
  readonly #socket: WebSocket;
  readonly #underWay = new Map<number, UnderWay>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#take(String(data)));
    socket.on("close", () => this.#end());
    // What went wrong is followed by the close.
    socket.on("error", () => {});
  }

  /** Opens a session. Rejects with {@link RefusedError}, or the connection's error. */
  static async open({ url, apiKey, secretKey }: OrderBatchesOptions): Promise<OrderBatches> {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/ws-api/v3?returnRateLimits=false`, {
      perMessageDeflate: false,
      // Where the key is without limits, so is the connection.
      headers: { "X-MBX-APIKEY": apiKey },
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    socket.removeAllListeners();
    const session = new OrderBatches(socket);
    const timestamp = Date.now();
    const signature = await sign(secretKey, `apiKey=${apiKey}&timestamp=${timestamp}`);
    try {
      await session.#ask("session.logon", JSON.stringify({ apiKey, timestamp, signature }));
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /**
   * Places orders of one symbol; entries come in their order. Some hundred fit into a message (64 KiB). Rejects with
   * {@link RefusedError} when the message is no valid one, {@link ConnectionEndedError} when it could not be sent, and
   * {@link OutcomeUnknownError} when the connection ends before the answer.
   */
  async place(
    symbol: string,
    orders: readonly BatchOrder[],
    options: BatchOptions = {},
  ): Promise<readonly BatchEntry[]> {
    const list = orders.map(({ side, price, quantity, clientOrderId }) => [
      side,
      price,
      quantity,
      clientOrderId,
    ]);
    const result = await this.#ask(
      "orders.place",
      JSON.stringify({ symbol, orders: list, ...options, timestamp: Date.now() }),
    );
    return result.map(readEntry);
  }

  /** Ends the session. What is under way then has an unknown outcome. */
  close(): void {
    this.#socket.close();
  }

  #ask(method: string, parameters: string): Promise<readonly SentEntry[]> {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      return Promise.reject(new ConnectionEndedError("the connection has ended; nothing was sent"));
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#underWay.set(id, { resolve, reject });
      this.#socket.send(`{"id":${id},"method":"${method}","params":${parameters}}`);
    });
  }

  #take(text: string): void {
    const { id, status, result, error } = JSON.parse(text) as SentAnswer;
    const asked = this.#underWay.get(id);
    this.#underWay.delete(id);
    if (status === 200) asked?.resolve(result!);
    else asked?.reject(new RefusedError(error!.code, error!.msg));
  }

  #end(): void {
    for (const { reject } of this.#underWay.values()) {
      reject(new OutcomeUnknownError("the connection ended before the answer"));
    }
    this.#underWay.clear();
  }
}

function readEntry(entry: SentEntry): BatchEntry {
  if ("code" in entry) return { taken: false, code: entry.code, message: entry.msg };
  const [orderId, status, executedQty] = entry;
  return { taken: true, orderId, status, executedQty };
}
