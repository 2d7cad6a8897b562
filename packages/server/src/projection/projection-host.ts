import type { FeedBatch } from "../feed/port.js";
import type { MessageEnd } from "../platform/message-end.js";
import { HistoryLagsError } from "../transport/history-port.js";
import type { FromProjection, Method, Methods, ToProjection } from "./channel.js";
import { EventRelay } from "./event-relay.js";
import { UnknownMarketError } from "./market-data/market-data.js";
import type { MarketDataRelay } from "./market-data-relay.js";
import type { Projection } from "./projection.js";
import { TablesLostError } from "./tables.js";

/** Longest that an order's row waits for others to share its transaction, when nobody reads. */
const FLUSH_DELAY_MS = 500;
/** A read that waits longer than this for its sequence fails: the tables are down or far behind. */
const WAIT_MS_MAX = 5_000;
const DEPTH_TICK_MS = 100;
const CANDLE_TICK_MS = 250;
const TICKER_TICK_MS = 1_000;
/** While it catches up, the projection lets questions through after this many commands. */
const YIELD_COMMANDS = 5_000;

interface Waiter {
  readonly gateway: MessageEnd;
  readonly sequence: number;
  readonly run: () => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Serves a projection to gateways: answers questions, sends market data and events, writes what was gathered in
 * time. A gateway that is gone costs nothing; what it subscribed to ends with it.
 */
export class ProjectionHost {
  readonly #projection: Projection;
  readonly #marketData: MarketDataRelay;
  readonly #events = new EventRelay();
  readonly #onFatal: (error: Error) => void;
  readonly #gateways = new Set<MessageEnd>();
  readonly #timers: NodeJS.Timeout[] = [];
  #waiters: Waiter[] = [];
  #flushTimer: NodeJS.Timeout | undefined;
  #live = false;
  #closed = false;
  #yieldAt = 0;

  /** `marketData`: where the projection publishes. */
  constructor(projection: Projection, marketData: MarketDataRelay, onFatal: (error: Error) => void) {
    this.#projection = projection;
    this.#marketData = marketData;
    this.#onFatal = onFatal;
  }

  /** Whether the tables have caught up with the journal. */
  get isLive(): boolean {
    return this.#live;
  }

  /** Serves a gateway until its channel closes. One that comes too late is turned away: it connects again. */
  attach(gateway: MessageEnd): void {
    if (this.#closed) {
      gateway.close();
      return;
    }
    this.#gateways.add(gateway);
    gateway.on("message", (message: ToProjection) => {
      if (this.#gateways.has(gateway)) this.#receive(gateway, message);
    });
    gateway.on("close", () => this.#leave(gateway));
    if (this.#live) this.#sayReady(gateway);
  }

  /** Takes a batch in; the promise, if any, asks for a pause before the next. */
  apply(batch: FeedBatch): Promise<void> | undefined {
    const next = this.#projection.sequence + 1;
    const pause = this.#projection.apply(batch, !this.#live);
    if (this.#live) this.#events.relay(batch, next);
    if (this.#waiters.length > 0) this.#wake();
    if (!this.#live) {
      if (this.#projection.sequence < this.#yieldAt) return pause;
      this.#yieldAt = this.#projection.sequence + YIELD_COMMANDS;
      return pause ?? new Promise((resolve) => setImmediate(resolve));
    }
    if (this.#projection.unwritten > 0) {
      this.#flushTimer ??= setTimeout(() => {
        this.#flushTimer = undefined;
        this.#projection.flush().catch(this.#onFatal);
      }, FLUSH_DELAY_MS);
    }
    return pause;
  }

  /** The tables have caught up with the journal: market data begins. */
  async goLive(): Promise<void> {
    const { marketData } = this.#projection;
    await this.#projection.flush();
    if (this.#closed) return;
    this.#live = true;
    marketData.goLive();
    this.#every(DEPTH_TICK_MS, () => marketData.tickDepth());
    this.#every(CANDLE_TICK_MS, () => marketData.tickCandles());
    this.#every(TICKER_TICK_MS, () => marketData.tickTickers());
    this.#wake();
    for (const gateway of this.#gateways) this.#sayReady(gateway);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const gateway of this.#gateways) gateway.close();
    this.#gateways.clear();
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#flushTimer);
    for (const waiter of this.#waiters) clearTimeout(waiter.timer);
    this.#waiters = [];
    if (!this.#projection.isBroken) await this.#projection.flush();
  }

  #every(ms: number, run: () => void): void {
    this.#timers.push(setInterval(() => this.#guard(run), ms));
  }

  #sayReady(gateway: MessageEnd): void {
    const { sequence } = this.#projection;
    gateway.postMessage({ kind: "ready", sequence } satisfies FromProjection);
  }

  #leave(gateway: MessageEnd): void {
    if (!this.#gateways.delete(gateway)) return;
    this.#marketData.leave(this.#projection.marketData, gateway);
    this.#events.leave(gateway);
    for (const waiter of this.#waiters) if (waiter.gateway === gateway) clearTimeout(waiter.timer);
    this.#waiters = this.#waiters.filter((waiter) => waiter.gateway !== gateway);
  }

  #receive(gateway: MessageEnd, message: ToProjection): void {
    const { marketData } = this.#projection;
    switch (message.kind) {
      case "call":
        this.#call(gateway, message.id, message.method, message.args);
        break;
      case "subscribe":
        this.#guard(() => this.#marketData.subscribe(marketData, gateway, message.market, message.topic));
        break;
      case "unsubscribe":
        this.#guard(() => this.#marketData.unsubscribe(marketData, gateway, message.market, message.topic));
        break;
      case "unwatch":
        this.#events.unwatch(gateway, message.account);
        break;
    }
  }

  #call(gateway: MessageEnd, id: number, method: Method, args: Parameters<Methods[Method]>): void {
    const run = (): void => {
      this.#answer(gateway, method, args).then(
        (value) => gateway.postMessage({ kind: "answer", id, value } satisfies FromProjection),
        (error: Error) => {
          const fails = this.#projection.isBroken || error instanceof TablesLostError;
          // A projection that has failed is started again; and who asks for a market that is not known here knows its
          // listing from elsewhere, where it has arrived before.
          const lags = fails || error instanceof UnknownMarketError;
          fail(gateway, id, lags ? new HistoryLagsError(error.message) : error);
          if (fails) this.#onFatal(error);
        },
      );
    };
    // Market data is wrong, and events are old, until the tables have caught up; -1 stands for "live".
    const sequence = waitsForSequence(method, args);
    if (this.#reached(sequence)) {
      run();
      return;
    }
    const timer = setTimeout(() => {
      this.#waiters = this.#waiters.filter((waiter) => waiter.timer !== timer);
      const at = this.#projection.sequence;
      const wanted = sequence < 0 ? "the end of the journal" : `sequence ${sequence}`;
      fail(
        gateway,
        id,
        new HistoryLagsError(
          `the query tables stand at sequence ${at} and have not reached ${wanted} in time`,
        ),
      );
    }, WAIT_MS_MAX);
    this.#waiters.push({ gateway, sequence, run, timer });
  }

  #reached(sequence: number): boolean {
    return sequence < 0 ? this.#live : sequence <= this.#projection.sequence;
  }

  #wake(): void {
    const ready = this.#waiters.filter((waiter) => this.#reached(waiter.sequence));
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) {
      clearTimeout(waiter.timer);
      waiter.run();
    }
  }

  async #answer(gateway: MessageEnd, method: Method, args: readonly unknown[]): Promise<unknown> {
    const projection = this.#projection;
    const { marketData } = projection;
    const query = <M extends Method>(_: M) => args as unknown as Parameters<Methods[M]>;
    switch (method) {
      case "order":
        return (await projection.read()).order(...query("order"));
      case "orders":
        return (await projection.read()).orders(...query("orders"));
      case "orderList":
        return (await projection.read()).orderList(...query("orderList"));
      case "orderLists":
        return (await projection.read()).orderLists(...query("orderLists"));
      case "accountTrades":
        return (await projection.read()).accountTrades(...query("accountTrades"));
      case "preventedMatches":
        return (await projection.read()).preventedMatches(...query("preventedMatches"));
      case "ledger":
        return (await projection.read()).ledger(...query("ledger"));
      case "trades":
        return (await projection.read()).trades(...query("trades"));
      case "candles":
        return (await projection.read()).candles(...query("candles"), projection.nowUs());
      case "position": {
        const { sequence } = projection;
        await projection.flush();
        return sequence;
      }
      case "depth":
        return marketData.depth(...query("depth"));
      case "depthOrders":
        return marketData.depthOrders(...query("depthOrders"));
      case "ticker":
        return marketData.ticker(...query("ticker"));
      case "averagePrice":
        return marketData.averagePrice(...query("averagePrice"));
      case "windowTicker":
        return marketData.windowTicker(...query("windowTicker"));
      case "follow":
        this.#events.follow(gateway);
        return projection.sequence;
      case "watch":
        this.#events.watch(gateway, ...query("watch"));
        return projection.sequence;
    }
  }

  /** Runs what no caller waits for: when it fails, the projection is broken. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#onFatal(error as Error);
    }
  }
}

function waitsForSequence(method: Method, args: readonly unknown[]): number {
  switch (method) {
    case "order":
    case "orders":
    case "orderList":
    case "orderLists":
    case "accountTrades":
    case "preventedMatches":
    case "ledger":
      return (args[0] as { atLeast: number }).atLeast;
    case "trades":
    case "candles":
    case "position":
      return 0;
    case "depth":
    case "depthOrders":
    case "ticker":
    case "averagePrice":
    case "windowTicker":
    case "follow":
    case "watch":
      return -1;
  }
}

function fail(gateway: MessageEnd, id: number, { name, message }: Error): void {
  gateway.postMessage({ kind: "error", id, name, message } satisfies FromProjection);
}
