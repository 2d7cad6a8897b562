import { WordBuffer } from "@buttonwood/protocol";
import type { MarketDataClient, MarketDataMessage, MarketDataTopic } from "../feed/market-data-port.js";
import type { UserEvents, UserEventsListener } from "../feed/user-events-port.js";
import type { MessageEnd } from "../platform/message-end.js";
import { type HistoryClient, HistoryLagsError } from "../transport/history-port.js";
import type { FromProjection, Method, Methods, ToProjection } from "./channel.js";

type OnMessage = (message: MarketDataMessage) => void;

/**
 * History, market data and events of a projection that runs elsewhere. What the caller's thread does per message is
 * to hand it on: listeners of one topic share one subscription.
 */
export class ProjectionClient implements HistoryClient, MarketDataClient, UserEvents {
  #channel: MessageEnd | undefined;
  #follower: UserEventsListener | undefined;
  readonly #calls = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Map<string, { market: number; topic: MarketDataTopic; all: Set<OnMessage> }>();
  #nextId = 1;

  /** Talks over a channel from now on; subscriptions move to it. */
  attach(channel: MessageEnd): void {
    this.#channel = channel;
    channel.on("message", (message: FromProjection) => {
      if (this.#channel === channel) this.#receive(message);
    });
    for (const { market, topic } of this.#listeners.values()) {
      this.#post({ kind: "subscribe", market, topic });
    }
    this.#beginToFollow();
  }

  /** The other side is gone: what is under way fails, and so does what is asked until the next `attach`. */
  detach(): void {
    this.#channel = undefined;
    const error = new HistoryLagsError("the projection has stopped and is being started again");
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    this.#follower?.onGap("the projection is lost");
  }

  order(...args: Parameters<HistoryClient["order"]>): ReturnType<HistoryClient["order"]> {
    return this.#call("order", args);
  }

  orders(...args: Parameters<HistoryClient["orders"]>): ReturnType<HistoryClient["orders"]> {
    return this.#call("orders", args);
  }

  orderList(...args: Parameters<HistoryClient["orderList"]>): ReturnType<HistoryClient["orderList"]> {
    return this.#call("orderList", args);
  }

  orderLists(...args: Parameters<HistoryClient["orderLists"]>): ReturnType<HistoryClient["orderLists"]> {
    return this.#call("orderLists", args);
  }

  accountTrades(
    ...args: Parameters<HistoryClient["accountTrades"]>
  ): ReturnType<HistoryClient["accountTrades"]> {
    return this.#call("accountTrades", args);
  }

  preventedMatches(
    ...args: Parameters<HistoryClient["preventedMatches"]>
  ): ReturnType<HistoryClient["preventedMatches"]> {
    return this.#call("preventedMatches", args);
  }

  ledger(...args: Parameters<HistoryClient["ledger"]>): ReturnType<HistoryClient["ledger"]> {
    return this.#call("ledger", args);
  }

  trades(...args: Parameters<HistoryClient["trades"]>): ReturnType<HistoryClient["trades"]> {
    return this.#call("trades", args);
  }

  candles(...args: Parameters<HistoryClient["candles"]>): ReturnType<HistoryClient["candles"]> {
    return this.#call("candles", args);
  }

  position(): Promise<number> {
    return this.#call("position", []);
  }

  depth(...args: Parameters<MarketDataClient["depth"]>): ReturnType<MarketDataClient["depth"]> {
    return this.#call("depth", args);
  }

  depthOrders(
    ...args: Parameters<MarketDataClient["depthOrders"]>
  ): ReturnType<MarketDataClient["depthOrders"]> {
    return this.#call("depthOrders", args);
  }

  ticker(...args: Parameters<MarketDataClient["ticker"]>): ReturnType<MarketDataClient["ticker"]> {
    return this.#call("ticker", args);
  }

  averagePrice(
    ...args: Parameters<MarketDataClient["averagePrice"]>
  ): ReturnType<MarketDataClient["averagePrice"]> {
    return this.#call("averagePrice", args);
  }

  windowTicker(
    ...args: Parameters<MarketDataClient["windowTicker"]>
  ): ReturnType<MarketDataClient["windowTicker"]> {
    return this.#call("windowTicker", args);
  }

  subscribe(market: number, topic: MarketDataTopic, onMessage: OnMessage): () => void {
    const key = `${market} ${topic}`;
    let listeners = this.#listeners.get(key);
    if (listeners === undefined) {
      listeners = { market, topic, all: new Set() };
      this.#listeners.set(key, listeners);
      this.#post({ kind: "subscribe", market, topic });
    }
    const { all } = listeners;
    all.add(onMessage);
    return () => {
      if (!all.delete(onMessage) || all.size > 0) return;
      this.#listeners.delete(key);
      this.#post({ kind: "unsubscribe", market, topic });
    };
  }

  follow(listener: UserEventsListener): () => void {
    this.#follower = listener;
    this.#beginToFollow();
    return () => {
      this.#follower = undefined;
    };
  }

  async watch(account: number): Promise<void> {
    await this.#call("watch", [account]);
  }

  unwatch(account: number): void {
    this.#post({ kind: "unwatch", account });
  }

  /** What was listed before this is answered may have been missed. While the projection catches up, it is asked again. */
  #beginToFollow(): void {
    const channel = this.#channel;
    if (channel === undefined || this.#follower === undefined) return;
    this.#call("follow", []).then(
      () => this.#follower?.onGap("the projection is followed from now on"),
      () => {
        if (this.#channel === channel) this.#beginToFollow();
      },
    );
  }

  #post(message: ToProjection): void {
    this.#channel?.postMessage(message);
  }

  #call<M extends Method>(method: M, args: Parameters<Methods[M]>): ReturnType<Methods[M]> {
    const channel = this.#channel;
    const answer = new Promise((resolve, reject) => {
      if (channel === undefined) {
        reject(new HistoryLagsError("the projection has stopped and is being started again"));
        return;
      }
      const id = this.#nextId++;
      this.#calls.set(id, { resolve, reject });
      channel.postMessage({ kind: "call", id, method, args } as ToProjection);
    });
    return answer as ReturnType<Methods[M]>;
  }

  #receive(message: FromProjection): void {
    switch (message.kind) {
      case "answer":
        this.#take(message.id)?.resolve(message.value as never);
        break;
      case "error": {
        const error = errorOf(message.name, message.message);
        this.#take(message.id)?.reject(error);
        break;
      }
      case "market-data":
        for (const text of message.messages) this.#deliver(JSON.parse(text) as MarketDataMessage);
        break;
      case "events":
        this.#follower?.onGroups(WordBuffer.from(message.groups));
        break;
      case "ready":
        break;
    }
  }

  #take(id: number): { resolve: (value: never) => void; reject: (error: Error) => void } | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  #deliver(message: MarketDataMessage): void {
    const topic: MarketDataTopic = message.kind === "kline" ? `kline_${message.interval}` : message.kind;
    const listeners = this.#listeners.get(`${message.market} ${topic}`);
    if (listeners !== undefined) for (const onMessage of listeners.all) onMessage(message);
  }
}

function errorOf(name: string, message: string): Error {
  if (name === "HistoryLagsError") return new HistoryLagsError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}
