/** A market that moves at a stated rate, made of real orders: a maker's are replaced, a taker trades with them. */
import { ApiSession, Authentication, type BatchOrder, MarketStreams, OrderBatches } from "@buttonwood/client";
import { pause } from "../support/eventually.js";
import type { Exchange } from "../support/exchange.js";

const SYMBOL = "BTCUSDT";
const MID = 60_000;
/** Time between two steps; each replaces one side of the maker's orders. */
const STEP_MS = 100;
/** Orders that stand still, of each side, so that the book is as deep as one that people look at. */
const RESTING = 90;
const QUANTITY = "0.0001";

export interface LoadRates {
  /** Orders that come into the book or leave it, a second; what trades change comes on top. */
  readonly bookUpdates: number;
  readonly trades: number;
}

export interface LoadCounts {
  readonly seconds: number;
  /** As of {@link LoadRates}, as they were reached. */
  readonly bookUpdatesPerS: number;
  readonly tradesPerS: number;
}

/** What a subscriber of the book and the trades hears of it. */
export interface HeardRates {
  readonly depthMessagesPerS: number;
  readonly depthLevelsPerS: number;
  readonly tradesPerS: number;
}

export class MarketLoad {
  readonly #maker: ApiSession;
  readonly #taker: ApiSession;
  readonly #rates: LoadRates;
  readonly #startMs = performance.now();
  #bookUpdates = 0;
  #trades = 0;
  #ids = 0;
  #isStopped = false;
  #done: Promise<void> = Promise.resolve();

  private constructor(maker: ApiSession, taker: ApiSession, rates: LoadRates) {
    this.#maker = maker;
    this.#taker = taker;
    this.#rates = rates;
  }

  /** Begins; `exchange` must have keys without limits. */
  static async start(exchange: Exchange, rates: LoadRates): Promise<MarketLoad> {
    const open = (credentials: Exchange["keys"]["alice"]): Promise<ApiSession> =>
      ApiSession.open({ url: exchange.url, credentials, authentication: Authentication.SESSION });
    const [maker, taker] = await Promise.all([open(exchange.keys.bob), open(exchange.keys.alice)]);
    const load = new MarketLoad(maker, taker, rates);
    const resting = (["BUY", "SELL"] as const).flatMap((side) =>
      Array.from({ length: RESTING }, (_, i) => load.#order(side, 1 + i / 10, "0.0500")),
    );
    await new OrderBatches(taker).place(SYMBOL, resting);
    for (const side of ["BUY", "SELL"] as const) await load.#replace(side);
    load.#done = load.#run();
    return load;
  }

  /** Ends, and tells what was reached. Throws what went wrong meanwhile. */
  async stop(): Promise<LoadCounts> {
    this.#isStopped = true;
    try {
      await this.#done;
    } finally {
      this.#maker.close();
      this.#taker.close();
    }
    const seconds = (performance.now() - this.#startMs) / 1000;
    return {
      seconds,
      bookUpdatesPerS: this.#bookUpdates / seconds,
      tradesPerS: this.#trades / seconds,
    };
  }

  /** Steps at fixed times; those that are late follow at once, but for more than a second none is made up. */
  async #run(): Promise<void> {
    let dueMs = performance.now();
    for (let i = 0; !this.#isStopped; i++) {
      const side = i % 2 === 0 ? "BUY" : "SELL";
      await Promise.all([this.#replace(side), this.#trade(side)]);
      const nowMs = performance.now();
      dueMs = Math.max(dueMs + STEP_MS, nowMs - 1_000);
      if (dueMs > nowMs) await pause(dueMs - nowMs);
    }
  }

  /** Replaces the maker's orders of a side by others. */
  async #replace(side: "BUY" | "SELL"): Promise<void> {
    const count = Math.round((this.#rates.bookUpdates * STEP_MS) / 2_000);
    const isFirst = this.#bookUpdates < 2 * count;
    if (!isFirst) {
      await this.#maker.cancelOpenOrders({ symbol: SYMBOL, side });
      this.#bookUpdates += count;
    }
    const orders = Array.from({ length: count }, (_, i) => {
      // The best price is always there, for the taker.
      const ticks = i === 0 ? 1 : 1 + Math.floor(Math.random() * 60);
      return this.#order(side, ticks / 100, (0.01 + Math.random() / 10).toFixed(4));
    });
    const entries = await new OrderBatches(this.#maker).place(SYMBOL, orders);
    const refused = entries.find(({ taken }) => taken !== true);
    if (refused !== undefined) throw new Error(`the maker's order was not taken: ${JSON.stringify(refused)}`);
    this.#bookUpdates += count;
  }

  /** Trades with the side that stands. */
  async #trade(side: "BUY" | "SELL"): Promise<void> {
    const count = Math.round((this.#rates.trades * STEP_MS) / 1_000);
    // Who buys takes the asks, which nobody replaces meanwhile.
    const price = (side === "BUY" ? MID + 0.01 : MID - 0.01).toFixed(2);
    const orders = Array.from({ length: count }, () => ({
      side,
      price,
      quantity: QUANTITY,
      clientOrderId: this.#id(),
    }));
    const entries = await new OrderBatches(this.#taker).place(SYMBOL, orders, { timeInForce: "IOC" });
    this.#trades += entries.filter((entry) => entry.taken === true && Number(entry.executedQty) > 0).length;
  }

  #order(side: "BUY" | "SELL", distance: number, quantity: string): BatchOrder {
    const price = (side === "BUY" ? MID - distance : MID + distance).toFixed(2);
    return { side, price, quantity, clientOrderId: this.#id() };
  }

  #id(): string {
    return `load-${process.pid}-${Math.round(this.#startMs)}-${++this.#ids}`;
  }
}

/** Listens as the terminal does, for a while, and tells at which rates it is told. */
export async function heardRates(url: string, ms: number): Promise<HeardRates> {
  const streams = await MarketStreams.open({ url });
  let messages = 0;
  let levels = 0;
  let trades = 0;
  try {
    streams.depth(SYMBOL).onMessage(({ b, a }) => {
      messages++;
      levels += b.length + a.length;
    });
    streams.trades(SYMBOL).onMessage(() => {
      trades++;
    });
    // The subscriptions take a moment.
    await pause(1_000);
    messages = 0;
    levels = 0;
    trades = 0;
    const startMs = performance.now();
    await pause(ms);
    const seconds = (performance.now() - startMs) / 1000;
    return {
      depthMessagesPerS: messages / seconds,
      depthLevelsPerS: levels / seconds,
      tradesPerS: trades / seconds,
    };
  } finally {
    streams.close();
  }
}
