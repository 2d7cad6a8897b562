import type { HistoryClient } from "../../transport/history-port.js";

/** The history of a market is kept by the projection of the partition that takes its orders. */
export class RoutedHistory implements HistoryClient {
  readonly #partitions: readonly HistoryClient[];
  readonly #partitionOf: (market: number) => number | undefined;

  /** By number, and which of them holds a market. */
  constructor(partitions: readonly HistoryClient[], partitionOf: (market: number) => number | undefined) {
    this.#partitions = partitions;
    this.#partitionOf = partitionOf;
  }

  order(query: Parameters<HistoryClient["order"]>[0]): ReturnType<HistoryClient["order"]> {
    return this.#of(query).order(query);
  }

  orders(query: Parameters<HistoryClient["orders"]>[0]): ReturnType<HistoryClient["orders"]> {
    return this.#of(query).orders(query);
  }

  accountTrades(
    query: Parameters<HistoryClient["accountTrades"]>[0],
  ): ReturnType<HistoryClient["accountTrades"]> {
    return this.#of(query).accountTrades(query);
  }

  preventedMatches(
    query: Parameters<HistoryClient["preventedMatches"]>[0],
  ): ReturnType<HistoryClient["preventedMatches"]> {
    return this.#of(query).preventedMatches(query);
  }

  trades(query: Parameters<HistoryClient["trades"]>[0]): ReturnType<HistoryClient["trades"]> {
    return this.#of(query).trades(query);
  }

  candles(query: Parameters<HistoryClient["candles"]>[0]): ReturnType<HistoryClient["candles"]> {
    return this.#of(query).candles(query);
  }

  /** The sum of all: together with the sum of the journals it says how far the tables are behind. */
  async position(): Promise<number> {
    const positions = await Promise.all(this.#partitions.map((partition) => partition.position()));
    return positions.reduce((sum, position) => sum + position, 0);
  }

  #of({ market }: { readonly market: number }): HistoryClient {
    const partition = this.#partitions[this.#partitionOf(market) ?? -1];
    if (partition === undefined) throw new RangeError(`market ${market} is not known`);
    return partition;
  }
}
