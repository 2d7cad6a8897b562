import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CommandType, type OrderState, OrderStatus, Side, TimeInForce } from "@buttonwood/protocol";
import type { MarketDataMessage } from "../../feed/market-data-port.js";
import { testOrder } from "../testing/event-log.js";
import {
  inTables,
  type OpenTestStore,
  type ProjectionFixture,
  START_US,
} from "../testing/projection-fixture.js";

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
