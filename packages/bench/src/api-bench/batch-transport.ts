import { type BatchOrder, OrderBatches } from "@buttonwood/client";
import type { LoadSource, LoadTransport, Send, Unanswered } from "./load-transport.js";
import { idPrefix, OrderTexts, SIDE_NAMES } from "./order-texts.js";
import type { LoadPlan } from "./plan.js";

/** Orders of one market that wait to be sent together. */
interface Gathering {
  readonly orders: BatchOrder[];
  readonly unanswered: Unanswered[];
}

/** Sessions of the client package that place limit orders in batches, several batches under way on each. */
export class BatchTransport implements LoadTransport {
  readonly #plan: LoadPlan;
  readonly #source: LoadSource;
  readonly #batchSize: number;
  readonly #texts: readonly OrderTexts[];
  readonly #idPrefix: string;
  readonly #sessions: OrderBatches[] = [];
  #closed = false;

  constructor(plan: LoadPlan, source: LoadSource) {
    if (plan.flow !== "limits") throw new Error("batches hold limit orders alone");
    this.#plan = plan;
    this.#source = source;
    this.#batchSize = plan.batchSize ?? 1;
    this.#texts = plan.markets.map((market) => new OrderTexts(market));
    this.#idPrefix = idPrefix(plan.seed);
  }

  async open(): Promise<() => void> {
    const { host, port, connections, keys } = this.#plan;
    for (let i = 0; i < connections; i++) {
      this.#sessions.push(
        await OrderBatches.open({ url: `http://${host}:${port}`, ...keys[i % keys.length]! }),
      );
    }
    return () => {
      this.#sessions.forEach((session, i) => {
        this.#drive(session, i % keys.length);
      });
    };
  }

  close(): void {
    this.#closed = true;
    for (const session of this.#sessions) session.close();
  }

  #drive(session: OrderBatches, key: number): void {
    const gathering = this.#texts.map((): Gathering => ({ orders: [], unanswered: [] }));
    let underWay = 0;
    let waits = false;
    const flush = (market: number): void => {
      const { orders, unanswered } = gathering[market]!;
      if (orders.length === 0) return;
      gathering[market] = { orders: [], unanswered: [] };
      underWay++;
      session.place(this.#texts[market]!.symbol, orders).then(
        (entries) => {
          underWay--;
          entries.forEach((entry, i) => {
            const status = entry.taken ? 200 : 400;
            this.#source.answered(unanswered[i]!, status, () =>
              entry.taken ? "" : JSON.stringify({ code: entry.code, msg: entry.message }),
            );
          });
          for (let i = 0; i < entries.length; i++) this.#source.take(key, send);
          // When nothing more is to come, what has gathered would wait for ever.
          flushIdle();
        },
        (error: Error) => {
          for (const each of unanswered) this.#source.broken(each);
          if (!this.#closed) this.#source.fail(error);
        },
      );
    };
    /** Batches that are not full go when there is nothing else to wait for. */
    const flushIdle = (): void => {
      if (underWay === 0) for (const market of gathering.keys()) flush(market);
    };
    const send: Send = (unanswered) => {
      const { request } = unanswered;
      if (request.kind !== "limit") throw new Error(`a ${request.kind} is no limit order`);
      const texts = this.#texts[request.market]!;
      const { orders, unanswered: own } = gathering[request.market]!;
      own.push(unanswered);
      orders.push({
        side: SIDE_NAMES[request.side],
        price: texts.price(request.priceTicks),
        quantity: texts.quantity(request.size),
        clientOrderId: this.#idPrefix + request.number,
      });
      if (orders.length >= this.#batchSize) flush(request.market);
      if (waits) return;
      waits = true;
      setImmediate(() => {
        waits = false;
        flushIdle();
      });
    };
    for (let i = 0; i < this.#plan.inFlight; i++) this.#source.take(key, send);
  }
}
