/** Limit orders in batches, over a session of the WebSocket API. */
import { ErrorCode } from "../error-codes.js";
import type { Credentials } from "../signing/signer.js";
import type { WebSocketClass } from "../socket/web-socket.js";
import { ApiSession, Authentication } from "./api-session.js";

export type OrderBatchesOptions = Credentials & {
  /** Of the exchange, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Default: the browser's; in Node that of the package `ws`, or Node's own where that is not installed. */
  readonly webSocket?: WebSocketClass;
};

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

/** What became of an order: taken and on disk, refused, or (undefined) nobody knows: send it again with its id. */
export type BatchEntry =
  | { readonly taken: true; readonly orderId: number; readonly status: string; readonly executedQty: string }
  | { readonly taken: false; readonly code: number; readonly message: string }
  | { readonly taken: undefined; readonly code: number; readonly message: string };

/** An order's entry as it is sent: taken, or refused. */
type SentEntry = readonly [orderId: number, status: string, executedQty: string] | SentError;

interface SentError {
  readonly code: number;
  readonly msg: string;
}

/**
 * Places many orders in one message, and takes several messages at once. An answer comes when all orders of its
 * message are on disk. What of a message is refused does not touch the others.
 */
export class OrderBatches {
  readonly #session: ApiSession;

  /** Over a session that others use too. A message whose answer is lost is sent again, with the same ids. */
  constructor(session: ApiSession) {
    this.#session = session;
  }

  /**
   * Opens a session of one connection for batches alone: nothing is sent again by itself, and when the connection has
   * ended the session has. Rejects with {@link RefusedError}, or the connection's error.
   */
  static async open({ url, webSocket, ...credentials }: OrderBatchesOptions): Promise<OrderBatches> {
    const session = await ApiSession.open({
      url,
      credentials: credentials as Credentials,
      authentication: Authentication.SESSION,
      pursuit: { pursueMs: 0, attemptMs: 60_000 },
      reconnect: false,
      ...(webSocket === undefined ? {} : { webSocket }),
    });
    return new OrderBatches(session);
  }

  /**
   * Places orders of one symbol; entries come in their order. Some hundred fit into a message (64 KiB). Rejects with
   * {@link RefusedError} when the message is no valid one, {@link ConnectionEndedError} when it could not be sent, and
   * {@link OutcomeUnknownError} when the answer is lost.
   */
  async place(
    symbol: string,
    orders: readonly BatchOrder[],
    options: BatchOptions = {},
  ): Promise<readonly BatchEntry[]> {
    const rows = orders.map(({ side, price, quantity, clientOrderId }) => [
      side,
      price,
      quantity,
      clientOrderId,
    ]);
    const json = JSON.stringify({ symbol, orders: rows, ...options });
    const entries = await this.#session.command<readonly SentEntry[]>("orders.place", () => json, {
      symbol,
      // While an earlier copy may still arrive, a refused row could yet be taken by it.
      isSettled: (result, inDoubt) => result.every((entry) => isSettledRow(entry, inDoubt)),
    });
    return entries.map(readEntry);
  }

  /** Ends the session. What is under way then has an unknown outcome. */
  close(): void {
    this.#session.close();
  }
}

function isUnknown(code: number): boolean {
  return code === ErrorCode.OUTCOME_UNKNOWN || code === ErrorCode.UNKNOWN;
}

function isSettledRow(entry: SentEntry, inDoubt: boolean): boolean {
  return !("code" in entry) || (!inDoubt && !isUnknown(entry.code));
}

function readEntry(entry: SentEntry): BatchEntry {
  if ("code" in entry) {
    return { taken: isUnknown(entry.code) ? undefined : false, code: entry.code, message: entry.msg };
  }
  const [orderId, status, executedQty] = entry;
  return { taken: true, orderId, status, executedQty };
}
