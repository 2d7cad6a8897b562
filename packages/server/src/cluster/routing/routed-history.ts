import type { HistoryClient, OrderListRecord } from "../../transport/history-port.js";
import {
  compareRecords,
  isFromOldest,
  type LedgerQuery,
  type LedgerRecord,
} from "../../transport/ledger-record.js";

type OrderListQuery = Parameters<HistoryClient["orderList"]>[0];

/** The history of a market is kept by the projection of the partition that takes its orders. */
export class RoutedHistory implements HistoryClient {
  readonly #partitions: readonly HistoryClient[];
  readonly #partitionOf: (market: number) => number | undefined;
  readonly #sequenceOf: (partition: number) => Promise<number>;

  /** By number, and which of them holds a market; and how far the journal of one is, by its own engine. */
  constructor(
    partitions: readonly HistoryClient[],
    partitionOf: (market: number) => number | undefined,
    sequenceOf: (partition: number) => Promise<number>,
  ) {
    this.#partitions = partitions;
    this.#partitionOf = partitionOf;
    this.#sequenceOf = sequenceOf;
  }

  order(query: Parameters<HistoryClient["order"]>[0]): ReturnType<HistoryClient["order"]> {
    return this.#of(query).order(query);
  }

  orders(query: Parameters<HistoryClient["orders"]>[0]): ReturnType<HistoryClient["orders"]> {
    return this.#of(query).orders(query);
  }

  orderList(query: OrderListQuery): Promise<OrderListRecord | undefined> {
    const { named } = query;
    if ("market" in named) return this.#of(named).orderList(query);
    const [only] = this.#partitions;
    return this.#partitions.length === 1 ? only!.orderList(query) : this.#youngest(query);
  }

  orderLists(query: Parameters<HistoryClient["orderLists"]>[0]): ReturnType<HistoryClient["orderLists"]> {
    return this.#of(query).orderLists(query);
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

  async ledger(query: LedgerQuery): Promise<readonly LedgerRecord[]> {
    const [only] = this.#partitions;
    if (this.#partitions.length === 1) return only!.ledger(query);
    // A market's trades are on one partition, and the account's payments on another: each knows a part.
    const parts = await Promise.all(
      this.#partitions.map(async (partition, number) =>
        partition.ledger({ ...query, atLeast: await this.#sequenceOf(number) }),
      ),
    );
    const records = parts.flat().sort(compareRecords);
    return isFromOldest(query) ? records.slice(0, query.limit) : records.slice(-query.limit);
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

  /** A list of any market. A sequence means another thing on each partition: each is read as far as it is by now. */
  async #youngest(query: OrderListQuery): Promise<OrderListRecord | undefined> {
    const found = await Promise.all(
      this.#partitions.map(async (partition, number) =>
        partition.orderList({ ...query, atLeast: await this.#sequenceOf(number) }),
      ),
    );
    return found.reduce((youngest, list) =>
      list !== undefined && list.createdUs > (youngest?.createdUs ?? -1) ? list : youngest,
    );
  }

  #of({ market }: { readonly market: number }): HistoryClient {
    const partition = this.#partitions[this.#partitionOf(market) ?? -1];
    if (partition === undefined) throw new RangeError(`market ${market} is not known`);
    return partition;
  }
}
