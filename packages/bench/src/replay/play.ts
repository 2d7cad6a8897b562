import { formatDecimal } from "@buttonwood/protocol";
import { type Flow, FlowOp, HEAD, ORDER_ID, PRICE, QUANTITY, RECORD_WORDS } from "../flow/ofl.js";
import type { ApiAnswer, ApiConnection } from "./api-connection.js";
import { commandCount, PRICE_DECIMALS, type Stage } from "./stage.js";

/** Code of "Unknown order sent." and of a query that finds none. */
const UNKNOWN_ORDER_CODES = new Set([-2011, -2013]);
/** A cancel-replace whose cancel found nothing. */
const CANCEL_REPLACE_FAILED = -2022;

export interface PlayCounts {
  placed: number;
  canceled: number;
  moved: number;
  reduced: number;
  /** Cancels, moves and reductions of orders that no longer rested: refused, as they must be. */
  late: number;
}

/** The exchange answered something that the flow does not allow for. */
export class ReplayRefusedError extends Error {
  override readonly name = "ReplayRefusedError";
}

/** Sends a flow through the API, and learns which order of the exchange is which of the flow. */
export class Player {
  readonly counts: PlayCounts = { placed: 0, canceled: 0, moved: 0, reduced: 0, late: 0 };
  /** Flow order id by the exchange's order id. */
  readonly flowIds = new Map<number, number>();
  readonly #connection: ApiConnection;
  readonly #flow: Flow;
  readonly #stage: Stage;
  /** How often each order was moved; every move gives it a new client order id. */
  readonly #moves: Int32Array;
  readonly #sides: Uint8Array;
  #failure: Error | undefined;

  constructor(connection: ApiConnection, flow: Flow, stage: Stage) {
    this.#connection = connection;
    this.#flow = flow;
    this.#stage = stage;
    this.#moves = new Int32Array(flow.orderIdMax + 1);
    this.#sides = new Uint8Array(flow.orderIdMax + 1);
  }

  /** Sends everything, with up to `inFlight` requests under way. */
  async play(inFlight: number, onProgress: (commands: number) => void): Promise<void> {
    const { records } = this.#flow;
    const count = commandCount(this.#flow);
    for (let i = 0; i < count; i++) {
      await this.#connection.room(inFlight);
      if (this.#failure !== undefined) throw this.#failure;
      const at = i * RECORD_WORDS;
      const op = (records[at + HEAD]! & 0xff) as FlowOp;
      switch (op) {
        case FlowOp.limit:
        case FlowOp.ioc:
          this.#place(i, at, op);
          break;
        case FlowOp.cancel:
          this.#cancel(i, at);
          break;
        case FlowOp.move:
          this.#move(i, at);
          break;
        case FlowOp.reduce:
          await this.#reduce(i, at);
          break;
      }
      if (i % 256 === 0) onProgress(i);
    }
    await this.#connection.room(1);
    if (this.#failure !== undefined) throw this.#failure;
    onProgress(count);
  }

  #place(record: number, at: number, op: FlowOp): void {
    const { records } = this.#flow;
    const head = records[at + HEAD]!;
    const id = records[at + ORDER_ID]! >>> 0;
    this.#sides[id] = (head >>> 8) & 1;
    const parameters = `symbol=${this.#symbol(head)}&${this.#orderParameters(id, op, at)}`;
    this.#then(record, this.#request("POST", "/api/v3/order", parameters, id), ({ status, body }) => {
      if (status !== 200) return false;
      this.counts.placed++;
      this.flowIds.set((body as { orderId: number }).orderId, id);
      return true;
    });
  }

  #cancel(record: number, at: number): void {
    const id = this.#flow.records[at + ORDER_ID]! >>> 0;
    const parameters = `symbol=${this.#symbol(this.#flow.records[at + HEAD]!)}&origClientOrderId=${this.#clientId(id)}`;
    this.#then(record, this.#request("DELETE", "/api/v3/order", parameters, id), (answer) =>
      this.#done("canceled", answer),
    );
  }

  #move(record: number, at: number): void {
    const id = this.#flow.records[at + ORDER_ID]! >>> 0;
    const from = this.#clientId(id);
    this.#moves[id]!++;
    const parameters =
      `symbol=${this.#symbol(this.#flow.records[at + HEAD]!)}&cancelReplaceMode=STOP_ON_FAILURE` +
      `&cancelOrigClientOrderId=${from}&${this.#orderParameters(id, FlowOp.limit, at)}`;
    this.#then(record, this.#request("POST", "/api/v3/order/cancelReplace", parameters, id), (answer) => {
      const body = answer.body as { code?: number; newOrderResponse?: { orderId: number } };
      if (answer.status === 200) {
        this.counts.moved++;
        this.flowIds.set(body.newOrderResponse!.orderId, id);
        return true;
      }
      if (body.code !== CANCEL_REPLACE_FAILED) return false;
      this.counts.late++;
      return true;
    });
  }

  /**
   * The API sets a new quantity where the flow takes some off, so the order is looked up first, after everything
   * before it has been answered; nobody else trades on this market, so nothing changes in between.
   */
  async #reduce(record: number, at: number): Promise<void> {
    const id = this.#flow.records[at + ORDER_ID]! >>> 0;
    const by = this.#flow.records[at + QUANTITY]!;
    const symbol = `symbol=${this.#symbol(this.#flow.records[at + HEAD]!)}`;
    await this.#connection.room(1);
    const named = `${symbol}&origClientOrderId=${this.#clientId(id)}`;
    const found = await this.#request("GET", "/api/v3/order", named, id);
    const order = found.body as { code?: number; status?: string; origQty?: string; executedQty?: string };
    if (found.status !== 200 || (order.status !== "NEW" && order.status !== "PARTIALLY_FILLED")) {
      if (found.status === 200 || UNKNOWN_ORDER_CODES.has(order.code ?? 0)) this.counts.late++;
      else this.#fail(record, found);
      return;
    }
    const lots = Number(order.origQty);
    const executed = Number(order.executedQty);
    if (by >= lots - executed) {
      this.#then(record, this.#request("DELETE", "/api/v3/order", named, id), (answer) =>
        this.#done("reduced", answer),
      );
    } else {
      const parameters = `${named}&newQty=${lots - by}`;
      this.#then(record, this.#request("PUT", "/api/v3/order/amend/keepPriority", parameters, id), (answer) =>
        this.#done("reduced", answer),
      );
    }
  }

  #orderParameters(id: number, op: FlowOp, at: number): string {
    const { records } = this.#flow;
    return (
      `side=${this.#sides[id] === 0 ? "BUY" : "SELL"}&type=LIMIT&timeInForce=${op === FlowOp.ioc ? "IOC" : "GTC"}` +
      `&quantity=${records[at + QUANTITY]}&price=${formatDecimal(records[at + PRICE]!, PRICE_DECIMALS)}` +
      `&newClientOrderId=${this.#clientId(id)}&newOrderRespType=ACK&selfTradePreventionMode=NONE`
    );
  }

  #symbol(head: number): string {
    return this.#stage.symbols[head >>> 16]!;
  }

  #clientId(id: number): string {
    const moves = this.#moves[id]!;
    return moves === 0 ? `f${id}` : `f${id}m${moves}`;
  }

  #request(method: string, path: string, parameters: string, id: number): Promise<ApiAnswer> {
    return this.#connection.signed(method, path, parameters, this.#stage.keys[this.#sides[id] as 0 | 1]);
  }

  #done(count: "canceled" | "reduced", { status, body }: ApiAnswer): boolean {
    if (status === 200) this.counts[count]++;
    else if (UNKNOWN_ORDER_CODES.has((body as { code: number }).code)) this.counts.late++;
    else return false;
    return true;
  }

  /** Judges an answer when it comes; the first that the flow does not allow for ends the replay. */
  #then(record: number, answer: Promise<ApiAnswer>, judge: (answer: ApiAnswer) => boolean): void {
    answer.then(
      (value) => {
        if (!judge(value)) this.#fail(record, value);
      },
      (error: Error) => {
        this.#failure ??= error;
      },
    );
  }

  #fail(record: number, { status, body }: ApiAnswer): void {
    this.#failure ??= new ReplayRefusedError(
      `command ${record} of the flow was answered ${status} ${JSON.stringify(body)}`,
    );
  }
}
