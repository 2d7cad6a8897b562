import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Contingency,
  ListStatus,
  OrderStatus,
  PREVENTED_MATCHES_PER_COMMAND,
  SelfTradePrevention,
  Side,
} from "@buttonwood/protocol";
import type { HistoryClient, OrderListRecord } from "../transport/history-port.js";
import { testOrder } from "./testing/event-log.js";
import {
  done,
  inTables,
  MINUTE,
  type OpenTestStore,
  SECOND,
  START_US,
} from "./testing/projection-fixture.js";

const newest = { account: 1, market: 0, limit: 10, atLeast: 0 };

/** What every store of query tables must do. */
export function tablesContract(name: string, openStore: OpenTestStore): void {
  describe(`query tables in ${name}`, () => {
    it("keep each order as it last was, within a batch and across batches and restarts", () =>
      inTables(openStore, async (bench) => {
        const { log } = bench;
        log.listings();
        const order = testOrder({ orderId: 16, createdUs: START_US, workingUs: START_US });
        log.begin(START_US).accepted(order).level(Side.BUY, 1000, 10);
        await bench.apply();
        const query = { account: 1, market: 0, orderId: 16, clientOrderId: "", atLeast: 4 };
        assert.deepEqual(await (await bench.projection.read()).order(query), {
          ...order,
          updatedUs: START_US,
        });

        const part = { ...order, executedLots: 4, executedQuote: 4000, status: OrderStatus.PARTIALLY_FILLED };
        const seller = done(20, 2, Side.SELL, 1000, 4);
        log.begin(START_US + 5).accepted({ ...seller, executedLots: 0, status: OrderStatus.NEW });
        log.trade(1, 1000, 4, part, seller).level(Side.BUY, 1000, 6);
        log
          .begin(START_US + 9)
          .canceled(part)
          .level(Side.BUY, 1000, 0);
        await bench.apply();
        await bench.projection.flush();
        await bench.reopen();
        assert.equal(bench.projection.sequence, 6);
        const canceled = { ...part, status: OrderStatus.CANCELED, updatedUs: START_US + 9 };
        const reader = await bench.projection.read();
        assert.deepEqual(await reader.order(query), canceled);
        assert.deepEqual(await reader.order({ ...query, orderId: 0, clientOrderId: "order-16" }), canceled);
        assert.equal(await reader.order({ ...query, account: 2 }), undefined);
        assert.equal(await reader.order({ ...query, clientOrderId: "other" }), undefined);
        assert.equal(await reader.order({ ...query, orderId: 0, clientOrderId: "none" }), undefined);
        assert.equal(await reader.order({ ...query, orderId: 0, clientOrderId: "é" }), undefined);
        assert.deepEqual(await reader.accountTrades({ ...newest, orderId: 16 }), [
          {
            market: 0,
            tradeId: 1,
            priceTicks: 1000,
            lots: 4,
            quote: 4000,
            timeUs: START_US + 5,
            buyOrderId: 16,
            sellOrderId: 20,
            buyerIsMaker: true,
            orderId: 16,
            side: Side.BUY,
            isMaker: true,
            fee: 1,
            feeAsset: 0,
            isOfList: false,
          },
        ]);
        assert.deepEqual(await reader.accountTrades({ ...newest, orderId: 20 }), []);
      }));

    it("find the youngest order of a client order id, also in an older block", () =>
      inTables(openStore, async (bench) => {
        bench.log.listings();
        const ids = [16, 20, 2 ** 20, 2 ** 30];
        for (const [i, orderId] of ids.entries()) {
          bench.log.begin().accepted(testOrder({ orderId, clientOrderId: i < 2 ? "mine" : `other-${i}` }));
        }
        await bench.apply();
        const query = { account: 1, market: 0, orderId: 0, clientOrderId: "mine", atLeast: 0 };
        const reader = await bench.projection.read();
        assert.equal((await reader.order(query))?.orderId, 20);
        assert.equal((await reader.order({ ...query, clientOrderId: "other-2" }))?.orderId, 2 ** 20);
      }));

    it("keep an order's terms as they last were", () =>
      inTables(openStore, async (bench) => {
        const { log } = bench;
        log.listings();
        const terms = {
          contingency: Contingency.OTOCO,
          leg: 2,
          displayLots: 3,
          trailingBips: 100,
          trailingTicks: 0,
          expiresUs: START_US + 2 ** 40,
        };
        const order = testOrder({ orderId: 16, createdUs: START_US, terms });
        const plain = testOrder({ orderId: 20, createdUs: START_US });
        log.begin(START_US).accepted(order).accepted(plain);
        await bench.apply();
        const query = { account: 1, market: 0, orderId: 16, clientOrderId: "", atLeast: 0 };
        const read = async (orderId: number) => (await bench.projection.read()).order({ ...query, orderId });
        assert.deepEqual(await read(16), { ...order, updatedUs: START_US });
        const tracking = { ...order, terms: { ...terms, trailingTicks: 990 } };
        log.begin(START_US + 1).released(tracking);
        log.begin(START_US + 2).canceled(plain);
        await bench.apply();
        await bench.projection.flush();
        await bench.reopen();
        assert.deepEqual(await read(16), { ...tracking, updatedUs: START_US + 1 });
        assert.deepEqual(await read(20), {
          ...plain,
          status: OrderStatus.CANCELED,
          updatedUs: START_US + 2,
        });
      }));

    it("keep order lists, by their ids, open ones apart, and by the time of their making", () =>
      inTables(openStore, async (bench) => {
        const { log } = bench;
        log.listings();
        const lists: OrderListRecord[] = [];
        const record = (fields: Partial<OrderListRecord>): void => {
          const listId = log.sequence;
          const list = {
            account: 1,
            listId,
            market: 0,
            contingency: Contingency.OCO,
            status: ListStatus.EXECUTING,
            createdUs: log.timeUs,
            listClientOrderId: `list-${listId}`,
            clientOrderIds: ["above", '"below\\'],
            ...fields,
            updatedUs: log.timeUs,
          };
          const { updatedUs: _, ...event } = list;
          log.orderList(event);
          lists[listId] = list;
        };
        // Sequences 4 … 9, a list every 40 s; the fifth is another account's.
        for (let i = 0; i < 6; i++) {
          log.begin(START_US + i * 40 * SECOND);
          if (i === 1) {
            const clientOrderIds = ["working", "above", "below"];
            record({ contingency: Contingency.OTOCO, listClientOrderId: "again", clientOrderIds });
          } else if (i === 3) record({ listClientOrderId: "again" });
          else record(i === 4 ? { account: 2 } : {});
        }
        await bench.apply();
        await bench.projection.flush();
        // Made and done in one batch, and done in a later one.
        log.begin(START_US + 250 * SECOND);
        record({});
        log.begin(START_US + 260 * SECOND);
        for (const listId of [4, 7, 10]) {
          const { updatedUs: _, ...list } = lists[listId]!;
          lists[listId] = { ...list, status: ListStatus.ALL_DONE, updatedUs: log.timeUs };
          log.orderList({ ...list, status: ListStatus.ALL_DONE });
        }
        await bench.apply();
        await bench.projection.flush();
        await bench.reopen();
        const reader = await bench.projection.read();
        const one = (named: Parameters<HistoryClient["orderList"]>[0]["named"], account = 1) =>
          reader.orderList({ account, named });
        assert.deepEqual(await one({ market: 0, listId: 5 }), lists[5]);
        assert.deepEqual(await one({ market: 0, listId: 10 }), lists[10]);
        assert.deepEqual(await one({ listClientOrderId: "again" }), lists[7]);
        assert.deepEqual(await one({ listClientOrderId: "list-8" }, 2), lists[8]);
        assert.equal(await one({ listClientOrderId: "list-8" }), undefined);
        assert.equal(await one({ market: 1, listId: 5 }), undefined);
        assert.equal(await one({ market: 0, listId: 5 }, 2), undefined);
        assert.equal(await one({ market: 0, listId: 11 }), undefined);
        const ids = async (query: object) =>
          (await reader.orderLists({ ...newest, isOpen: false, ...query })).map(({ listId }) => listId);
        assert.deepEqual(await reader.orderLists({ ...newest, isOpen: true }), [
          lists[5],
          lists[6],
          lists[9],
        ]);
        assert.deepEqual(await ids({}), [4, 5, 6, 7, 9, 10]);
        assert.deepEqual(await ids({ limit: 2 }), [9, 10]);
        assert.deepEqual(await ids({ isOpen: true, limit: 2 }), [6, 9]);
        assert.deepEqual(await ids({ isOpen: true, fromListId: 5, limit: 2 }), [5, 6]);
        assert.deepEqual(await ids({ fromListId: 7, limit: 2 }), [7, 9]);
        assert.deepEqual(await ids({ startUs: START_US + 40 * SECOND, limit: 2 }), [5, 6]);
        assert.deepEqual(
          await ids({ startUs: START_US + 41 * SECOND, endUs: START_US + 120 * SECOND }),
          [6, 7],
        );
        assert.deepEqual(await ids({ endUs: START_US + 80 * SECOND }), [4, 5, 6]);
        assert.deepEqual(await ids({ account: 2 }), [8]);
        assert.deepEqual(await ids({ market: 1 }), []);
      }));

    it("keep prevented matches, by their id and for both orders", () =>
      inTables(openStore, async (bench) => {
        const { log } = bench;
        log.listings().begin(START_US);
        const taker = testOrder({ orderId: 16, selfTradePrevention: SelfTradePrevention.DECREMENT });
        log.accepted(taker);
        for (const orderId of [8, 12]) {
          log
            .prevented(testOrder({ orderId }), 16, 1000 + orderId, 3)
            .prevented(taker, orderId, 1000 + orderId, 3);
        }
        const last = testOrder({ orderId: 20, selfTradePrevention: SelfTradePrevention.EXPIRE_TAKER });
        log
          .begin(START_US + 5)
          .accepted(last)
          .prevented(last, 12, 1012, 10);
        await bench.apply();
        await bench.projection.flush();
        await bench.reopen();
        const first = 4 * PREVENTED_MATCHES_PER_COMMAND;
        const match = {
          account: 1,
          market: 0,
          takerOrderId: 16,
          selfTradePrevention: SelfTradePrevention.DECREMENT,
          takerLots: 3,
          makerLots: 3,
          timeUs: START_US,
        };
        const matches = [
          { ...match, id: first, makerOrderId: 8, priceTicks: 1008 },
          { ...match, id: first + 1, makerOrderId: 12, priceTicks: 1012 },
          {
            ...match,
            id: first + PREVENTED_MATCHES_PER_COMMAND,
            takerOrderId: 20,
            makerOrderId: 12,
            selfTradePrevention: SelfTradePrevention.EXPIRE_TAKER,
            priceTicks: 1012,
            takerLots: 10,
            makerLots: 0,
            timeUs: START_US + 5,
          },
        ];
        const reader = await bench.projection.read();
        const read = (query: object) => reader.preventedMatches({ ...newest, ...query });
        assert.deepEqual(await read({ orderId: 16 }), matches.slice(0, 2));
        assert.deepEqual(await read({ orderId: 12 }), matches.slice(1));
        assert.deepEqual(await read({ orderId: 12, limit: 1 }), [matches[1]]);
        assert.deepEqual(await read({ orderId: 12, fromPreventedMatchId: first + 2 }), [matches[2]]);
        assert.deepEqual(await read({ preventedMatchId: first + 1 }), [matches[1]]);
        assert.deepEqual(await read({ preventedMatchId: first + 1, account: 2 }), []);
        assert.deepEqual(await read({ orderId: 12, account: 2 }), []);
        assert.deepEqual(await read({ orderId: 12, market: 1 }), []);
      }));

    it("page orders and trades by id and by time", () =>
      inTables(openStore, async (bench) => {
        bench.log.listings();
        // Sequences 4 … 13, one trade every 30 s: order ids 16, 20 … 52 of account 1.
        for (let i = 0; i < 10; i++) bench.trade(i + 1, START_US + i * 30 * SECOND, 1000 + i, 1);
        await bench.apply();
        const reader = await bench.projection.read();
        const orders = async (query: object) =>
          (await reader.orders({ ...newest, ...query })).map((o) => o.orderId);
        const trades = async (query: object) =>
          (await reader.trades({ market: 0, limit: 3, ...query })).map((t) => t.tradeId);
        const mine = async (query: object) =>
          (await reader.accountTrades({ ...newest, ...query })).map((t) => t.tradeId);
        assert.deepEqual(await orders({ limit: 2 }), [48, 52]);
        assert.deepEqual(await orders({ fromOrderId: 21, limit: 2 }), [24, 28]);
        assert.deepEqual(await orders({ market: 1 }), []);
        assert.deepEqual(await trades({}), [8, 9, 10]);
        assert.deepEqual(await trades({ fromTradeId: 4 }), [4, 5, 6]);
        assert.deepEqual(await trades({ startUs: START_US + 31 * SECOND }), [3, 4, 5]);
        assert.deepEqual(await trades({ endUs: START_US + 61 * SECOND }), [1, 2, 3]);
        assert.deepEqual(await trades({ endUs: START_US - 1 }), []);
        assert.deepEqual(await trades({ startUs: START_US + 1000 * SECOND }), []);
        assert.deepEqual(await mine({ startUs: START_US + MINUTE, endUs: START_US + 2 * MINUTE }), [3, 4, 5]);
        assert.deepEqual(await mine({ fromTradeId: 9 }), [9, 10]);
        assert.deepEqual(await mine({ account: 3 }), []);
      }));

    it("page orders by the time of their creation", () =>
      inTables(openStore, async (bench) => {
        bench.log.listings();
        for (let i = 0; i < 6; i++) {
          const createdUs = START_US + i * 40 * SECOND;
          bench.log.begin(createdUs).accepted(testOrder({ orderId: bench.log.sequence * 4, createdUs }));
        }
        await bench.apply();
        const reader = await bench.projection.read();
        const orders = async (query: object) =>
          (await reader.orders({ ...newest, ...query })).map((order) => order.orderId);
        assert.deepEqual(await orders({ startUs: START_US + 40 * SECOND, limit: 2 }), [20, 24]);
        assert.deepEqual(
          await orders({ startUs: START_US + 41 * SECOND, endUs: START_US + 160 * SECOND }),
          [24, 28, 32],
        );
        assert.deepEqual(await orders({ endUs: START_US + 80 * SECOND, limit: 2 }), [20, 24]);
      }));

    it("lose nothing and repeat nothing when a crash took unwritten batches", () =>
      inTables(openStore, async (bench) => {
        bench.log.listings();
        bench.trade(1, START_US, 1000, 1);
        await bench.apply();
        await bench.projection.flush();
        bench.trade(2, START_US + 1, 1001, 2);
        const batch = bench.log.batch();
        bench.projection.apply(batch);
        assert.equal(bench.projection.unwritten, 1);
        await bench.reopen();
        assert.equal(bench.projection.sequence, 4);
        bench.projection.apply(batch);
        bench.projection.apply(batch);
        const trades = await (await bench.projection.read()).trades({ market: 0, limit: 10 });
        assert.deepEqual(
          trades.map((trade) => trade.tradeId),
          [1, 2],
        );
        assert.throws(() => bench.projection.apply({ ...batch, firstSequence: 9 }), /stand at sequence 5/);
      }));

    it("write nothing of a batch that could not be read whole", () =>
      inTables(openStore, async (bench) => {
        bench.log.listings();
        bench.trade(1, START_US, 1000, 1);
        await bench.apply();
        await bench.projection.flush();
        bench.trade(2, START_US + 1, 1001, 2);
        bench.log.begin().level(Side.BUY, 1000, 1, 7);
        const batch = bench.log.batch();
        assert.throws(() => bench.projection.apply(batch));
        assert.equal(bench.projection.isBroken, true);
        await assert.rejects(bench.projection.flush(), /must be started again/);
        await bench.reopen();
        assert.equal(bench.projection.sequence, 4);
        const reader = await bench.projection.read();
        assert.equal((await reader.trades({ market: 0, limit: 10 })).length, 1);
      }));
  });

  describe(`candles from ${name}`, () => {
    const query = { market: 0, limit: 10, timeZoneMinutes: 0 } as const;

    it("are summed up, and flat where nothing was traded", () =>
      inTables(openStore, async (bench) => {
        bench.log.listings();
        bench.trade(1, START_US + 5 * SECOND, 1000, 2);
        bench.trade(2, START_US + 6 * SECOND, 1010, 1);
        bench.trade(3, START_US + 7 * SECOND, 990, 3);
        bench.trade(4, START_US + 3 * MINUTE, 995, 1);
        await bench.apply();
        bench.nowUs = START_US + 4 * MINUTE + 1;
        const reader = await bench.projection.read();
        const candles = await reader.candles({ ...query, interval: "1m" }, bench.nowUs);
        assert.deepEqual(
          candles.map((c) => [
            (c.openUs - START_US) / MINUTE,
            c.openTicks,
            c.highTicks,
            c.lowTicks,
            c.closeTicks,
            c.lots,
            c.trades,
            c.firstTradeId,
            c.lastTradeId,
          ]),
          [
            [0, 1000, 1010, 990, 990, 6, 3, 1, 3],
            [1, 990, 990, 990, 990, 0, 0, -1, -1],
            [2, 990, 990, 990, 990, 0, 0, -1, -1],
            [3, 995, 995, 995, 995, 1, 1, 4, 4],
            [4, 995, 995, 995, 995, 0, 0, -1, -1],
          ],
        );
        assert.equal(candles[0]!.closeUs, START_US + MINUTE - 1);
        assert.deepEqual([candles[0]!.quote, candles[0]!.takerBuyLots], [2000 + 1010 + 2970, 6]);
        for (const interval of ["5m", "1h", "1d", "1w", "1M"] as const) {
          const [candle, ...more] = await reader.candles({ ...query, interval }, bench.nowUs);
          assert.deepEqual(more, []);
          assert.deepEqual(
            [candle!.openTicks, candle!.highTicks, candle!.lowTicks, candle!.closeTicks, candle!.lots],
            [1000, 1010, 990, 995, 7],
          );
        }
      }));

    it("begin where asked, never before the first trade nor after now", () =>
      inTables(openStore, async (bench) => {
        bench.log.listings();
        for (let i = 0; i < 5; i++) bench.trade(i + 1, START_US + i * MINUTE, 1000 + i, 1);
        await bench.apply();
        const reader = await bench.projection.read();
        const opens = async (fields: object) =>
          (await reader.candles({ ...query, interval: "1m", ...fields }, START_US + 10 * MINUTE)).map(
            (candle) => (candle.openUs - START_US) / MINUTE,
          );
        assert.deepEqual(await opens({ limit: 3 }), [8, 9, 10]);
        assert.deepEqual(await opens({ limit: 2, startUs: 0 }), [0, 1]);
        assert.deepEqual(await opens({ limit: 2, startUs: START_US + 1 }), [1, 2]);
        assert.deepEqual(await opens({ startUs: START_US + 8 * MINUTE }), [8, 9, 10]);
        assert.deepEqual(await opens({ limit: 2, endUs: START_US + 3 * MINUTE }), [2, 3]);
        assert.deepEqual(await opens({ startUs: START_US + MINUTE, endUs: START_US + 2 * MINUTE }), [1, 2]);
        assert.deepEqual(await opens({ startUs: START_US + 60 * MINUTE }), []);
        assert.deepEqual(await opens({ endUs: START_US - 1 }), []);
        assert.deepEqual(await opens({ market: 7 }), []);
      }));

    it("begin days, weeks and months at the asked time zone's midnight", () =>
      inTables(openStore, async (bench) => {
        bench.log.listings();
        // A Monday, 2024-01-01 12:00 UTC; then 19:00 UTC, which is Tuesday in UTC+5:30.
        bench.trade(1, START_US, 1000, 1);
        bench.trade(2, START_US + 7 * 3600 * SECOND, 1001, 1);
        await bench.apply();
        const reader = await bench.projection.read();
        const at = async (interval: "1d" | "1w" | "1M", timeZoneMinutes: number) =>
          (await reader.candles({ ...query, interval, timeZoneMinutes }, START_US + 8 * 3600 * SECOND)).map(
            (candle) => [new Date(candle.openUs / 1000).toISOString(), candle.lots],
          );
        assert.deepEqual(await at("1d", 0), [["2024-01-01T00:00:00.000Z", 2]]);
        assert.deepEqual(await at("1d", 330), [
          ["2023-12-31T18:30:00.000Z", 1],
          ["2024-01-01T18:30:00.000Z", 1],
        ]);
        assert.deepEqual(await at("1w", 0), [["2024-01-01T00:00:00.000Z", 2]]);
        assert.deepEqual(await at("1M", -60), [["2024-01-01T01:00:00.000Z", 2]]);
      }));
  });
}
