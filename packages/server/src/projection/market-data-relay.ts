import type { MarketDataMessage, MarketDataTopic } from "../feed/market-data-port.js";
import type { MessageEnd } from "../platform/message-end.js";
import type { FromProjection } from "./channel.js";
import type { MarketData } from "./market-data/market-data.js";

interface Subscription {
  readonly market: number;
  readonly topic: MarketDataTopic;
  readonly gateways: Set<MessageEnd>;
}

/** Passes market data on to those gateways whose clients listen: one subscription per topic, one text per message. */
export class MarketDataRelay {
  readonly #subscriptions = new Map<string, Subscription>();

  subscribe(marketData: MarketData, gateway: MessageEnd, market: number, topic: MarketDataTopic): void {
    const key = keyOf(market, topic);
    let subscription = this.#subscriptions.get(key);
    if (subscription === undefined) {
      subscription = { market, topic, gateways: new Set() };
      this.#subscriptions.set(key, subscription);
      marketData.subscribe(market, topic);
    }
    subscription.gateways.add(gateway);
  }

  unsubscribe(marketData: MarketData, gateway: MessageEnd, market: number, topic: MarketDataTopic): void {
    const subscription = this.#subscriptions.get(keyOf(market, topic));
    if (subscription !== undefined) this.#remove(marketData, gateway, subscription);
  }

  /** A gateway is gone. */
  leave(marketData: MarketData, gateway: MessageEnd): void {
    for (const subscription of this.#subscriptions.values()) this.#remove(marketData, gateway, subscription);
  }

  publish(messages: readonly MarketDataMessage[]): void {
    const outboxes = new Map<MessageEnd, string[]>();
    for (const message of messages) {
      const topic: MarketDataTopic = message.kind === "kline" ? `kline_${message.interval}` : message.kind;
      const subscription = this.#subscriptions.get(keyOf(message.market, topic));
      if (subscription === undefined) continue;
      const text = JSON.stringify(message);
      for (const gateway of subscription.gateways) {
        const outbox = outboxes.get(gateway);
        if (outbox === undefined) outboxes.set(gateway, [text]);
        else outbox.push(text);
      }
    }
    for (const [gateway, texts] of outboxes) {
      gateway.postMessage({ kind: "market-data", messages: texts } satisfies FromProjection);
    }
  }

  #remove(marketData: MarketData, gateway: MessageEnd, { market, topic, gateways }: Subscription): void {
    if (!gateways.delete(gateway) || gateways.size > 0) return;
    this.#subscriptions.delete(keyOf(market, topic));
    marketData.unsubscribe(market, topic);
  }
}

const keyOf = (market: number, topic: MarketDataTopic): string => `${market} ${topic}`;
