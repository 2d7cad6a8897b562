import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CommandType,
  Contingency,
  type OrderState,
  OrderStatus,
  type OrderTermsState,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import type { MarketDataMessage } from "../../feed/market-data-port.js";
import { testOrder } from "../testing/event-log.js";
import {
  done,
  inTables,
  type OpenTestStore,
  type ProjectionFixture,
  START_US,
} from "../testing/projection-fixture.js";

const NO_TERMS: OrderTermsState = {
  contingency: 0,
  leg: 0,
  displayLots: 0,
  trailingBips: 0,
  trailingTicks: 0,
  expiresUs: 0,
};

/** An order that works. */
const order = (
  orderId: number,
  side: Side,
  priceTicks: number,
  lots: number,
  more: Partial<OrderState> = {},
) => testOrder({ orderId, side, priceTicks, lots, workingUs: START_US, ...more });

/** Lists a market and lets two bids and two asks rest. */
export async function restFour(fixture: ProjectionFixture): Promise<void> {
  const { log } = fixture;
  log.listings();
  for (const one of [
    order(16, Side.BUY, 990, 5),
    order(20, Side.BUY, 990, 6),
    order(24, Side.SELL, 1010, 7),
    order(28, Side.SELL, 1001, 8),
  ]) {
    log
      .begin()
      .accepted(one)
      .level(one.side, one.priceTicks, one.orderId === 20 ? 11 : one.lots);
  }
  await fixture.apply();
}

export const FOUR = {
  lastUpdateId: 4,
  bids: [
    [16, 990, 5],
    [20, 990, 6],
  ],
  asks: [
    [28, 1001, 8],
    [24, 1010, 7],
  ],
};

function told({ messages }: ProjectionFixture): (MarketDataMessage & { kind: "depthOrders" })[] {
  return messages
    .splice(0)
    .filter((m): m is MarketDataMessage & { kind: "depthOrders" } => m.kind === "depthOrders");
}

/** The book order by order, as it is begun from, and beside, every store of query tables. */
export function restingContract(name: string, openStore: OpenTestStore): void {
  describe(`book by orders over ${name}`, () => {
    it("holds what works and rests, first to trade first, and the same after a restart", () =>
      inTables(openStore, async (fixture) => {
        await restFour(fixture);
        const { log } = fixture;
        log.begin().accepted(order(32, Side.BUY, 1, 1, { timeInForce: TimeInForce.IOC }));
        log.begin().accepted(order(36, Side.BUY, 1, 1, { workingUs: 0 }));
        log.begin().accepted(order(40, Side.BUY, 0, 1));
        await fixture.apply();
        const depthOrders = (limit = 10) => fixture.projection.marketData.depthOrders(0, limit);
        assert.deepEqual(depthOrders(), FOUR);
        assert.deepEqual(depthOrders(1), { ...FOUR, bids: [FOUR.bids[0]], asks: [FOUR.asks[0]] });
        await fixture.projection.flush();
        await fixture.reopen();
        assert.deepEqual(depthOrders(), FOUR);
        // The first bid's slot becomes free and is used again, behind the second in the queue.
        fixture.log
          .begin()
          .canceled(order(16, Side.BUY, 990, 5))
          .level(Side.BUY, 990, 6);
        fixture.log
          .begin()
          .accepted(order(44, Side.BUY, 990, 9))
          .level(Side.BUY, 990, 15);
        await fixture.apply();
        const bids = [
          [20, 990, 6],
          [44, 990, 9],
        ];
        assert.deepEqual(depthOrders(), { ...FOUR, lastUpdateId: 6, bids });
        await fixture.projection.flush();
        await fixture.reopen();
        assert.deepEqual(depthOrders(), { ...FOUR, lastUpdateId: 6, bids });
        assert.throws(() => fixture.projection.marketData.depthOrders(1, 10), /no market has the number 1/);
      }));

    it("shows a part of an iceberg, and the next one from the end of its queue", () =>
      inTables(openStore, async (fixture) => {
        const { log } = fixture;
        await restFour(fixture);
        const iceberg = (lots: number, executedLots: number, more: Partial<OrderState> = {}) =>
          order(32, Side.SELL, 1001, lots, {
            executedLots,
            status: executedLots === 0 ? OrderStatus.NEW : OrderStatus.PARTIALLY_FILLED,
            terms: { ...NO_TERMS, displayLots: 4 },
            ...more,
          });
        const taker = (orderId: number, lots: number) =>
          order(orderId, Side.BUY, 1001, lots, { executedLots: lots, status: OrderStatus.FILLED });
        /** The asks at 1001, also as they are read again. */
        const shows = async (...asks: number[][]): Promise<void> => {
          await fixture.apply();
          const at = (): unknown =>
            fixture.projection.marketData
              .depthOrders(0, 10)
              .asks.filter(([, ticks]) => ticks === 1001)
              .map(([id, , lots]) => [id, lots]);
          assert.deepEqual(at(), asks);
          await fixture.projection.flush();
          await fixture.reopen();
          assert.deepEqual(at(), asks);
        };
        log.begin().accepted(iceberg(15, 0)).level(Side.SELL, 1001, 12);
        log
          .begin()
          .accepted(order(36, Side.SELL, 1001, 2))
          .level(Side.SELL, 1001, 14);
        await shows([28, 8], [32, 4], [36, 2]);
        // A part of what it shows is taken: it keeps its place.
        log
          .begin()
          .canceled(order(28, Side.SELL, 1001, 8))
          .level(Side.SELL, 1001, 6);
        log.begin().accepted(taker(40, 1)).trade(1, 1001, 1, iceberg(15, 1), taker(40, 1));
        log.level(Side.SELL, 1001, 5);
        await shows([32, 3], [36, 2]);
        // What it does not show is taken off first.
        log.begin(START_US, CommandType.REDUCE_ORDER).amended(iceberg(9, 1)).level(Side.SELL, 1001, 5);
        await shows([32, 3], [36, 2]);
        // Its part is used up.
        log.begin().accepted(taker(44, 3)).trade(2, 1001, 3, iceberg(9, 4), taker(44, 3));
        log.level(Side.SELL, 1001, 6);
        await shows([36, 2], [32, 4]);
        // It was met by an order of its own account.
        log.begin().accepted(taker(48, 3));
        log.prevented(iceberg(9, 4, { preventedLots: 3 }), 48, 1001, 3).prevented(taker(48, 3), 32, 1001, 3);
        log.level(Side.SELL, 1001, 3);
        await shows([36, 2], [32, 1]);
        log.begin(START_US, CommandType.REDUCE_ORDER).amended(iceberg(8, 4, { preventedLots: 3 }));
        log.level(Side.SELL, 1001, 3);
        await shows([36, 2], [32, 1]);
        log
          .begin()
          .canceled(iceberg(8, 4, { preventedLots: 3 }))
          .level(Side.SELL, 1001, 2);
        await shows([36, 2]);
        // One that matches first rests with as much as it shows, whatever it has traded.
        log.begin().accepted(iceberg(9, 0, { orderId: 52 }));
        log.trade(3, 1001, 4, done(56, 2, Side.BUY, 1001, 4), iceberg(9, 4, { orderId: 52 }));
        log.level(Side.SELL, 1001, 6);
        await shows([36, 2], [52, 4]);
        // Whoever prevents all of it ends it.
        const ended = iceberg(9, 4, { orderId: 52, preventedLots: 5, status: OrderStatus.EXPIRED_IN_MATCH });
        log.begin().accepted(taker(60, 1)).prevented(ended, 60, 1001, 5).level(Side.SELL, 1001, 2);
        await shows([36, 2]);
      }));

    it("shows an order of a list when it is released, not while it is pending", () =>
      inTables(openStore, async (fixture) => {
        const { log } = fixture;
        await restFour(fixture);
        const terms = { ...NO_TERMS, contingency: Contingency.OTO, leg: 1 };
        const pending = order(33, Side.BUY, 990, 3, {
          workingUs: 0,
          status: OrderStatus.PENDING_NEW,
          terms,
        });
        const working = order(32, Side.BUY, 990, 2, { terms: { ...terms, leg: 0 } });
        log.begin().accepted(working).accepted(pending).level(Side.BUY, 990, 13);
        await fixture.apply();
        const bids = () => fixture.projection.marketData.depthOrders(0, 10).bids.map(([id]) => id);
        assert.deepEqual(bids(), [16, 20, 32]);
        log.begin().released({ ...pending, workingUs: START_US, status: OrderStatus.NEW });
        log.level(Side.BUY, 990, 16);
        await fixture.apply();
        assert.deepEqual(bids(), [16, 20, 32, 33]);
      }));

    it("tells what left, changed and joined, by the counter of the book", () =>
      inTables(openStore, async (fixture) => {
        const { log } = fixture;
        await restFour(fixture);
        const { marketData } = fixture.projection;
        marketData.subscribe(0, "depthOrders");
        marketData.tickDepth();
        assert.deepEqual(told(fixture), []);
        // Moved within its price, it joins the end; reduced, it stays; one is gone, another came and went.
        log.begin(START_US + 1, CommandType.MOVE_ORDER).amended(order(16, Side.BUY, 990, 5));
        log.level(Side.BUY, 990, 6).level(Side.BUY, 990, 11);
        log.begin(START_US + 2, CommandType.REDUCE_ORDER).amended(order(24, Side.SELL, 1010, 3));
        log.level(Side.SELL, 1010, 3);
        log
          .begin(START_US + 3)
          .canceled(order(28, Side.SELL, 1001, 8))
          .level(Side.SELL, 1001, 0);
        log
          .begin(START_US + 4)
          .accepted(order(48, Side.SELL, 1005, 2))
          .level(Side.SELL, 1005, 2);
        await fixture.apply();
        const taker = order(56, Side.BUY, 1005, 2, { executedLots: 2, status: OrderStatus.FILLED });
        const maker = order(48, Side.SELL, 1005, 2, { executedLots: 2, status: OrderStatus.FILLED });
        log
          .begin(START_US + 5)
          .accepted(order(56, Side.BUY, 1005, 2))
          .trade(1, 1005, 2, maker, taker);
        log.level(Side.SELL, 1005, 0);
        await fixture.apply();
        marketData.tickDepth();
        assert.deepEqual(told(fixture), [
          {
            kind: "depthOrders",
            market: 0,
            timeUs: START_US + 5,
            firstUpdateId: 5,
            lastUpdateId: 10,
            // 48 may stand in a snapshot from in between; 56 never rested.
            removed: [16, 28, 48],
            changed: [[24, 3]],
            bids: [[16, 990, 5]],
            asks: [],
          },
        ]);
        marketData.tickDepth();
        assert.deepEqual(told(fixture), []);
        marketData.unsubscribe(0, "depthOrders");
        log
          .begin()
          .accepted(order(60, Side.BUY, 980, 1))
          .level(Side.BUY, 980, 1);
        await fixture.apply();
        marketData.tickDepth();
        assert.deepEqual(told(fixture), []);
        marketData.subscribe(0, "depthOrders");
        log
          .begin()
          .accepted(order(64, Side.BUY, 981, 1))
          .level(Side.BUY, 981, 1);
        await fixture.apply();
        marketData.tickDepth();
        const [next] = told(fixture);
        assert.deepEqual([next!.firstUpdateId, next!.bids, next!.removed], [12, [[64, 981, 1]], []]);
      }));
  });
}
