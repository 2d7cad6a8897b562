import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MarketDataClient } from "../../feed/market-data-port.js";
import type { HistoryClient, OrderListRecord } from "../../transport/history-port.js";
import { RoutedHistory } from "./routed-history.js";
import { RoutedMarketData } from "./routed-market-data.js";

/** Answers every call with its own number, the method's name and the arguments. */
function echo(number: number): HistoryClient & MarketDataClient {
  const answer =
    (method: string | symbol) =>
    (...args: unknown[]) =>
      method === "position" ? Promise.resolve(100 + number) : [number, method, ...args];
  return new Proxy({}, { get: (_, method) => answer(method) }) as HistoryClient & MarketDataClient;
}

const partitions = [echo(0), echo(1), echo(2)];
const partitionOf = (market: number): number => market % 3;
const sequenceOf = async (partition: number): Promise<number> => 1000 + partition;

describe("reads over several partitions", () => {
  it("ask for history where a market's orders are taken", async () => {
    const history = new RoutedHistory(partitions, partitionOf, sequenceOf);
    const methods = [
      "order",
      "orders",
      "orderLists",
      "accountTrades",
      "preventedMatches",
      "trades",
      "candles",
    ] as const;
    for (const method of methods) {
      const query = { market: 5, limit: 7 };
      assert.deepEqual(history[method](query as never), [2, method, query]);
    }
    const byId = { account: 1, named: { market: 5, listId: 8 }, atLeast: 9 };
    assert.deepEqual(history.orderList(byId), [2, "orderList", byId]);
    assert.equal(await history.position(), 303);
  });

  it("ask for a list by its client id everywhere, each partition as far as its journal is", async () => {
    const query = { account: 1, named: { listClientOrderId: "mine" }, atLeast: 5 };
    const asked: unknown[] = [];
    const partition = (list: Partial<OrderListRecord> | undefined): HistoryClient =>
      ({
        async orderList(own: unknown) {
          asked.push(own);
          return list;
        },
      }) as unknown as HistoryClient;
    const [none, older, younger] = [undefined, { createdUs: 10 }, { createdUs: 20 }].map(partition);
    const found = (...of: (HistoryClient | undefined)[]) =>
      new RoutedHistory(of as HistoryClient[], partitionOf, sequenceOf).orderList(query);
    assert.deepEqual(await found(none, younger, older), { createdUs: 20 });
    assert.deepEqual(
      asked,
      [1000, 1001, 1002].map((atLeast) => ({ ...query, atLeast })),
    );
    assert.deepEqual(await found(older, younger, none), { createdUs: 20 });
    assert.equal(await found(none, none), undefined);
    asked.length = 0;
    assert.deepEqual(await found(older), { createdUs: 10 });
    assert.deepEqual(asked, [query]);
  });

  it("merge an account's ledger from all partitions, each as far as its journal is", async () => {
    const payment = (timeUs: number, sequence: number) => ({ kind: "PAYMENT", timeUs, sequence });
    const trade = (timeUs: number, market: number, tradeId: number) => ({
      kind: "TRADE",
      timeUs,
      market,
      tradeId,
      orderId: 8,
    });
    const parts = [
      [payment(10, 3), payment(20, 4)],
      [trade(10, 1, 7), trade(30, 1, 8)],
      [trade(5, 2, 1), trade(20, 5, 9)],
    ];
    const asked: unknown[] = [];
    const history = new RoutedHistory(
      parts.map(
        (records) =>
          ({
            async ledger(own: unknown) {
              asked.push(own);
              return records;
            },
          }) as unknown as HistoryClient,
      ),
      partitionOf,
      sequenceOf,
    );
    const all = [parts[2]![0], parts[0]![0], parts[1]![0], parts[0]![1], parts[2]![1], parts[1]![1]];
    const query = { account: 1, limit: 4, atLeast: 5 };
    assert.deepEqual(await history.ledger(query), all.slice(-4));
    assert.deepEqual(
      asked,
      [1000, 1001, 1002].map((atLeast) => ({ ...query, atLeast })),
    );
    assert.deepEqual(await history.ledger({ ...query, startUs: 0 }), all.slice(0, 4));
    const first = { timeUs: 0, place: 0, number: 0 };
    assert.deepEqual(await history.ledger({ ...query, first }), all.slice(0, 4));
    assert.deepEqual(await new RoutedHistory([echo(0)], partitionOf, sequenceOf).ledger(query), [
      0,
      "ledger",
      query,
    ]);
  });

  it("ask for market data there, and listen there", () => {
    const data = new RoutedMarketData(partitions, partitionOf);
    const listener = (): void => {};
    assert.deepEqual(data.depth(4, 20), [1, "depth", 4, 20]);
    assert.deepEqual(data.depthOrders(4, 20), [1, "depthOrders", 4, 20]);
    assert.deepEqual(data.ticker(4), [1, "ticker", 4]);
    assert.deepEqual(data.averagePrice(3), [0, "averagePrice", 3]);
    assert.deepEqual(data.windowTicker(5, 60), [2, "windowTicker", 5, 60]);
    assert.deepEqual(data.subscribe(5, "trade", listener), [2, "subscribe", 5, "trade", listener]);
  });
});
