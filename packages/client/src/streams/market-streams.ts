/** Market streams over one WebSocket: shared by all who listen, opened again when it ends, repaired where it can be. */
import type { ExchangeApi } from "../api/exchange-api.js";
import type { AggregateTrade, KlineInterval, Trade } from "../api/market-data-types.js";
import { pause } from "../backoff.js";
import { ConnectionEndedError, NetworkError } from "../errors.js";
import { Listeners } from "../listeners.js";
import { RECONNECT_TIMES, ReconnectingSocket, type ReconnectTimes } from "../socket/reconnecting-socket.js";
import type { WebSocketClass } from "../socket/web-socket.js";
import { NumberedRepair } from "./numbered-repair.js";
import type * as types from "./stream-types.js";
import { Subscription } from "./subscription.js";

/** The exchange takes 5 messages a second of a connection. */
const MESSAGE_GAP_MS = 250;
/** Names in one message, so that it stays below the exchange's 64 KiB. */
const NAMES_MAX = 500;

export interface MarketStreamsOptions {
  /** Of the exchange, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Where missed trades are fetched: a RestClient or an ApiSession. Left out: they are told as missing. */
  readonly api?: ExchangeApi;
  readonly reconnect?: Partial<ReconnectTimes>;
  /** Default: the browser's; in Node that of the package `ws`, or Node's own where that is not installed. */
  readonly webSocket?: WebSocketClass;
}

export type StreamsState =
  | { readonly kind: "open" }
  | { readonly kind: "down"; readonly reason: string }
  | { readonly kind: "ended"; readonly error: Error };

/** A stream that somebody listens to. */
interface Stream {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a stream's messages are is known by its name alone.
  readonly subscriptions: Set<Subscription<any>>;
  readonly repair: NumberedRepair<unknown> | undefined;
  ready: Promise<void>;
  confirm: () => void;
  fail: (error: Error) => void;
  /** When the gap that it is in began, in ms of this process. */
  gapSinceMs: number | undefined;
}

interface Envelope {
  readonly stream?: string;
  readonly data?: unknown;
  readonly id?: number;
  readonly error?: { readonly code: number; readonly msg: string };
}

export class MarketStreams {
  readonly #api: ExchangeApi | undefined;
  readonly #socket: ReconnectingSocket;
  readonly #streams = new Map<string, Stream>();
  readonly #states = new Listeners<StreamsState>();
  /** What the exchange sends on the present connection. */
  readonly #confirmed = new Set<string>();
  readonly #asked = new Map<
    number,
    { readonly resolve: () => void; readonly reject: (error: Error) => void }
  >();
  #lastId = 0;
  #isAdjusting = false;

  private constructor(options: MarketStreamsOptions) {
    this.#api = options.api;
    this.#socket = new ReconnectingSocket({
      url: `${options.url.replace(/^http/, "ws").replace(/\/+$/, "")}/stream`,
      times: { ...RECONNECT_TIMES, ...options.reconnect },
      webSocket: options.webSocket,
      reconnects: true,
      probe: () => `{"method":"LIST_SUBSCRIPTIONS","id":${++this.#lastId}}`,
      onOpen: () => this.#greet(),
      onMessage: (text) => this.#take(JSON.parse(text) as Envelope),
      onDown: (reason) => this.#down(reason),
      onEnd: (error) => this.#end(error),
      isFinal: () => false,
    });
  }

  /** Connects. Rejects with a {@link NetworkError} when it can't; after that it connects again by itself. */
  static async open(options: MarketStreamsOptions): Promise<MarketStreams> {
    const streams = new MarketStreams(options);
    await streams.#socket.open();
    return streams;
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  /** Tells of every change of the connection. Returns how to stop. */
  onState(listener: (state: StreamsState) => void): () => void {
    return this.#states.add(listener);
  }

  /** Every trade. Those that a gap has swallowed are fetched and delivered in their place. */
  trades(symbol: string): Subscription<types.TradeEvent> {
    return this.subscribe(`${symbol.toLowerCase()}@trade`);
  }

  aggTrades(symbol: string): Subscription<types.AggregateTradeEvent> {
    return this.subscribe(`${symbol.toLowerCase()}@aggTrade`);
  }

  klines(symbol: string, interval: KlineInterval): Subscription<types.KlineEvent> {
    return this.subscribe(`${symbol.toLowerCase()}@kline_${interval}`);
  }

  ticker(symbol: string): Subscription<types.TickerEvent> {
    return this.subscribe(`${symbol.toLowerCase()}@ticker`);
  }

  miniTicker(symbol: string): Subscription<types.MiniTickerEvent> {
    return this.subscribe(`${symbol.toLowerCase()}@miniTicker`);
  }

  /** Tickers of all symbols that changed. */
  allTickers(): Subscription<readonly types.TickerEvent[]> {
    return this.subscribe("!ticker@arr");
  }

  allMiniTickers(): Subscription<readonly types.MiniTickerEvent[]> {
    return this.subscribe("!miniTicker@arr");
  }

  bookTicker(symbol: string): Subscription<types.BookTickerEvent> {
    return this.subscribe(`${symbol.toLowerCase()}@bookTicker`);
  }

  avgPrice(symbol: string): Subscription<types.AveragePriceEvent> {
    return this.subscribe(`${symbol.toLowerCase()}@avgPrice`);
  }

  /** Changes of the whole book. `LocalOrderBook` makes a book of them. */
  depth(symbol: string, speedMs: 100 | 1000 = 100): Subscription<types.DepthUpdate> {
    return this.subscribe(`${symbol.toLowerCase()}@depth${speedMs === 100 ? "@100ms" : ""}`);
  }

  /** The best levels, whole in each message. */
  partialDepth(
    symbol: string,
    levels: 5 | 10 | 20,
    speedMs: 100 | 1000 = 100,
  ): Subscription<types.PartialDepth> {
    return this.subscribe(`${symbol.toLowerCase()}@depth${levels}${speedMs === 100 ? "@100ms" : ""}`);
  }

  /** Any stream by its name. */
  subscribe<T>(name: string): Subscription<T> {
    if (this.#socket.isClosed) throw new ConnectionEndedError("the streams are closed");
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = this.#newStream(name);
      this.#streams.set(name, stream);
    }
    const { subscriptions } = stream;
    const subscription = new Subscription<T>(name, stream.ready, isWhole(name), () => {
      subscriptions.delete(subscription);
      if (subscriptions.size > 0 || this.#streams.get(name)?.subscriptions !== subscriptions) return;
      this.#streams.delete(name);
      stream.fail(new ConnectionEndedError("the subscription was closed"));
      this.#adjust();
    });
    subscriptions.add(subscription);
    this.#adjust();
    return subscription;
  }

  /** Ends all subscriptions and the connection. */
  close(): void {
    this.#socket.close();
  }

  #newStream(name: string): Stream {
    const stream: Stream = {
      name,
      subscriptions: new Set(),
      repair: this.#repairOf(name),
      ready: Promise.resolve(),
      confirm: () => {},
      fail: () => {},
      gapSinceMs: undefined,
    };
    awaitConfirmation(stream);
    // Its last user has just left, and the exchange was not told yet.
    if (this.#confirmed.has(name)) stream.confirm();
    return stream;
  }

  /** How missing messages of a stream are fetched; undefined for streams without numbers, or with a book's. */
  #repairOf(name: string): NumberedRepair<unknown> | undefined {
    const [symbol, kind] = name.split("@");
    if (symbol === undefined || (kind !== "trade" && kind !== "aggTrade")) return undefined;
    const api = this.#api;
    const common = {
      deliver: (message: unknown) => this.#deliver(name, message),
      onHole: (reason: string) => this.#gap(name, reason),
      onRepaired: (delivered: number, missing: number | undefined) =>
        this.#repaired(name, delivered, missing),
    };
    const upper = symbol.toUpperCase();
    if (kind === "trade") {
      return new NumberedRepair<types.TradeEvent>({
        ...common,
        numberOf: ({ t }) => t,
        fetch:
          api &&
          (async (fromId) => {
            const trades = await api.historicalTrades({ symbol: upper, fromId, limit: 1000 });
            return trades.map((trade) => tradeEvent(upper, trade));
          }),
      }) as NumberedRepair<unknown>;
    }
    return new NumberedRepair<types.AggregateTradeEvent>({
      ...common,
      numberOf: ({ a }) => a,
      fetch:
        api &&
        (async (fromId) => {
          const trades = await api.aggTrades({ symbol: upper, fromId, limit: 1000 });
          return trades.map((trade) => aggregateEvent(upper, trade));
        }),
    }) as NumberedRepair<unknown>;
  }

  /** The first words of a connection: what was listened to before. */
  async #greet(): Promise<void> {
    const names = [...this.#streams.keys()];
    for (let at = 0; at < names.length; at += NAMES_MAX) {
      if (at > 0) await pause(MESSAGE_GAP_MS);
      await this.#confirm(names.slice(at, at + NAMES_MAX));
    }
    this.#states.tell({ kind: "open" });
    this.#adjust();
  }

  async #confirm(names: readonly string[]): Promise<void> {
    await this.#ask("SUBSCRIBE", names);
    for (const name of names) {
      this.#confirmed.add(name);
      const stream = this.#streams.get(name);
      if (stream === undefined) continue;
      stream.confirm();
      if (stream.gapSinceMs === undefined) continue;
      if (stream.repair === undefined) this.#repaired(name, 0, undefined);
      else stream.repair.again();
    }
  }

  /** Makes what the exchange sends what is listened to, with few messages: what changes at once goes together. */
  #adjust(): void {
    if (this.#isAdjusting) return;
    this.#isAdjusting = true;
    queueMicrotask(() => {
      void this.#adjustAll().finally(() => {
        this.#isAdjusting = false;
        if (this.#socket.isOpen && this.#differences().some(({ length }) => length > 0)) this.#adjust();
      });
    });
  }

  #differences(): readonly [more: string[], less: string[]] {
    const more = [...this.#streams.keys()].filter((name) => !this.#confirmed.has(name));
    const less = [...this.#confirmed].filter((name) => !this.#streams.has(name));
    return [more, less];
  }

  async #adjustAll(): Promise<void> {
    while (this.#socket.isOpen) {
      const [more, less] = this.#differences();
      if (more.length === 0 && less.length === 0) return;
      try {
        if (less.length > 0) {
          const names = less.slice(0, NAMES_MAX);
          // Before it is sent: whoever subscribes meanwhile must be subscribed again.
          for (const name of names) this.#confirmed.delete(name);
          await this.#ask("UNSUBSCRIBE", names);
        } else {
          await this.#confirm(more.slice(0, NAMES_MAX));
        }
      } catch (error) {
        // A connection that ended says it all again; a refusal is about what was asked for last.
        if (error instanceof NetworkError) return;
        for (const name of more) {
          const stream = this.#streams.get(name);
          this.#streams.delete(name);
          stream?.fail(error as Error);
          for (const subscription of stream?.subscriptions ?? []) subscription.end(error as Error);
        }
      }
      await pause(MESSAGE_GAP_MS);
    }
  }

  #ask(method: "SUBSCRIBE" | "UNSUBSCRIBE", names: readonly string[]): Promise<void> {
    if (names.length === 0) return Promise.resolve();
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      if (!this.#socket.send(JSON.stringify({ method, params: names, id }))) {
        this.#asked.delete(id);
        reject(new NetworkError("the connection has just ended"));
      }
    });
  }

  #take({ stream: name, data, id, error }: Envelope): void {
    if (name !== undefined) {
      const repair = this.#streams.get(name)?.repair;
      if (repair !== undefined) repair.take(data);
      else this.#deliver(name, data);
      return;
    }
    const asked = id === undefined ? undefined : this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id!);
    if (error === undefined) asked.resolve();
    else asked.reject(new RangeError(`the exchange refuses the streams: ${error.msg} (${error.code})`));
  }

  #deliver(name: string, message: unknown): void {
    const stream = this.#streams.get(name);
    if (stream === undefined) return;
    for (const subscription of stream.subscriptions) subscription.deliver(message);
  }

  #gap(name: string, reason: string): void {
    const stream = this.#streams.get(name);
    if (stream === undefined || stream.gapSinceMs !== undefined) return;
    stream.gapSinceMs = performance.now();
    for (const subscription of stream.subscriptions) {
      subscription.notice({ kind: "gap", stream: name, reason });
    }
  }

  #repaired(name: string, delivered: number, missing: number | undefined): void {
    const stream = this.#streams.get(name);
    // A connection that ended meanwhile has a repair of its own, which ends the gap.
    if (stream?.gapSinceMs === undefined || !this.#confirmed.has(name)) return;
    const gapMs = performance.now() - stream.gapSinceMs;
    stream.gapSinceMs = undefined;
    for (const subscription of stream.subscriptions) {
      subscription.notice({ kind: "repaired", stream: name, gapMs, delivered, missing });
    }
  }

  #down(reason: string): void {
    const were = [...this.#confirmed];
    this.#confirmed.clear();
    for (const { reject } of this.#asked.values())
      reject(new NetworkError(`the connection ended: ${reason}`));
    this.#asked.clear();
    for (const name of were) {
      const stream = this.#streams.get(name);
      // Whoever joins now is ready with the next connection.
      if (stream !== undefined) awaitConfirmation(stream);
      if (!this.#socket.isClosed) this.#gap(name, reason);
    }
    if (!this.#socket.isClosed) this.#states.tell({ kind: "down", reason });
  }

  #end(error: Error): void {
    for (const stream of this.#streams.values()) {
      stream.fail(error);
      for (const subscription of stream.subscriptions) subscription.end();
    }
    this.#streams.clear();
    this.#states.tell({ kind: "ended", error });
  }
}

/** Makes a stream's users wait until the exchange confirms it. */
function awaitConfirmation(stream: Stream): void {
  stream.ready = new Promise((resolve, reject) => {
    stream.confirm = resolve;
    stream.fail = reject;
  });
  stream.ready.catch(() => {});
}

/** Whether a stream's messages are whole in themselves, so that only the newest counts. */
function isWhole(name: string): boolean {
  return /@(bookTicker|ticker|miniTicker|avgPrice|depth(5|10|20))(@|$)/.test(name);
}

function tradeEvent(symbol: string, trade: Trade): types.TradeEvent {
  const { id, price, qty, time, isBuyerMaker } = trade;
  return { e: "trade", E: time, s: symbol, t: id, p: price, q: qty, T: time, m: isBuyerMaker, M: true };
}

function aggregateEvent(symbol: string, { a, p, q, f, l, T, m }: AggregateTrade): types.AggregateTradeEvent {
  return { e: "aggTrade", E: T, s: symbol, a, p, q, f, l, T, m, M: true };
}
