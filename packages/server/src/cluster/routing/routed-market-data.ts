import type { MarketDataClient, MarketDataMessage, MarketDataTopic } from "../../feed/market-data-port.js";

/** A market's data come from the projection of the partition that takes its orders. */
export class RoutedMarketData implements MarketDataClient {
  readonly #partitions: readonly MarketDataClient[];
  readonly #partitionOf: (market: number) => number | undefined;

  /** By number, and which of them holds a market. */
  constructor(partitions: readonly MarketDataClient[], partitionOf: (market: number) => number | undefined) {
    this.#partitions = partitions;
    this.#partitionOf = partitionOf;
  }

  depth(market: number, limit: number): ReturnType<MarketDataClient["depth"]> {
    return this.#of(market).depth(market, limit);
  }

  depthOrders(market: number, limit: number): ReturnType<MarketDataClient["depthOrders"]> {
    return this.#of(market).depthOrders(market, limit);
  }

  ticker(market: number): ReturnType<MarketDataClient["ticker"]> {
    return this.#of(market).ticker(market);
  }

  averagePrice(market: number): ReturnType<MarketDataClient["averagePrice"]> {
    return this.#of(market).averagePrice(market);
  }

  windowTicker(market: number, windowUs: number): ReturnType<MarketDataClient["windowTicker"]> {
    return this.#of(market).windowTicker(market, windowUs);
  }

  subscribe(
    market: number,
    topic: MarketDataTopic,
    onMessage: (message: MarketDataMessage) => void,
  ): () => void {
    return this.#of(market).subscribe(market, topic, onMessage);
  }

  #of(market: number): MarketDataClient {
    const partition = this.#partitions[this.#partitionOf(market) ?? -1];
    if (partition === undefined) throw new RangeError(`market ${market} is not known`);
    return partition;
  }
}
