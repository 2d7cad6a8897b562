import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Side } from "@buttonwood/protocol";
import type { MarketDataMessage } from "../../feed/market-data-port.js";
import {
  inTables,
  MINUTE,
  type OpenTestStore,
  type ProjectionFixture,
  SECOND,
  START_US,
} from "../testing/projection-fixture.js";

const DAY = 24 * 60 * MINUTE;

function taken<K extends MarketDataMessage["kind"]>(
  { messages }: ProjectionFixture,
  kind: K,
): (MarketDataMessage & { kind: K })[] {
  return messages.splice(0).filter((m): m is MarketDataMessage & { kind: K } => m.kind === kind);
}

/** Market data as it is begun from, and beside, every store of query tables. */
export function marketDataContract(name: string, openStore: OpenTestStore): void {
  describe(`book over ${name}`, () => {
    it("is what the levels say, best first, and the same after a restart", () =>
      inTables(openStore, async (fixture) => {
        const { log } = fixture;
        log.listings().begin();
        log.level(Side.BUY, 990, 5).level(Side.BUY, 999, 1).level(Side.BUY, 995, 2);
        log.level(Side.SELL, 1010, 7).level(Side.SELL, 1001, 3).level(Side.SELL, 1001, 2);
        log.level(Side.BUY, 995, 0).level(Side.SELL, 1005, 0);
        await fixture.apply();
        const book = {
          lastUpdateId: 8,
          bids: [
            [999, 1],
            [990, 5],
          ],
          asks: [
            [1001, 2],
            [1010, 7],
          ],
        };
        assert.deepEqual(fixture.projection.marketData.depth(0, 10), book);
        const best = { ...book, bids: [[999, 1]], asks: [[1001, 2]] };
        assert.deepEqual(fixture.projection.marketData.depth(0, 1), best);
        await fixture.projection.flush();
        await fixture.reopen();
        assert.deepEqual(fixture.projection.marketData.depth(0, 10), book);
        assert.throws(() => fixture.projection.marketData.depth(1, 10), /no market has the number 1/);
      }));

    it("keeps its order under random levels", () =>
      inTables(openStore, async (fixture) => {
        const { log, projection } = fixture;
        log.listings();
        const levels = new Map<number, number>();
        let seed = 1;
        const random = (below: number): number => {
          seed = (Math.imul(seed, 48_271) >>> 0) % 0x7fffffff;
          return seed % below;
        };
        for (let i = 0; i < 3000; i++) {
          const side = random(2) as Side;
          const price = side === Side.BUY ? 1 + random(400) : 1000 + random(400);
          const lots = random(3);
          log.begin().level(side, price, lots);
          levels.set(price, lots);
        }
        await fixture.apply();
        const rows = [...levels].filter(([, lots]) => lots > 0).sort((a, b) => a[0] - b[0]);
        const { bids, asks } = projection.marketData.depth(0, 5000);
        assert.deepEqual(bids, rows.filter(([price]) => price < 1000).reverse());
        assert.deepEqual(
          asks,
          rows.filter(([price]) => price >= 1000),
        );
      }));

    it("sends depth as gapless differences that lead from snapshot to snapshot", () =>
      inTables(openStore, async (fixture) => {
        const { log } = fixture;
        const { marketData } = fixture.projection;
        log.listings().begin().level(Side.BUY, 990, 5);
        await fixture.apply();
        marketData.subscribe(0, "depth");
        marketData.tickDepth();
        assert.deepEqual(fixture.messages, []);
        log
          .begin(START_US + 7)
          .level(Side.BUY, 990, 4)
          .level(Side.SELL, 1001, 1)
          .level(Side.BUY, 990, 0);
        log.begin(START_US + 8).level(Side.BUY, 980, 2);
        await fixture.apply();
        assert.deepEqual(fixture.messages, []);
        marketData.tickDepth();
        assert.deepEqual(taken(fixture, "depth"), [
          {
            kind: "depth",
            market: 0,
            timeUs: START_US + 8,
            firstUpdateId: 2,
            lastUpdateId: 5,
            bids: [
              [990, 0],
              [980, 2],
            ],
            asks: [[1001, 1]],
            topBids: [[980, 2]],
            topAsks: [[1001, 1]],
          },
        ]);
        log.begin().level(Side.BUY, 981, 2);
        await fixture.apply();
        marketData.tickDepth();
        marketData.tickDepth();
        const [next, ...more] = taken(fixture, "depth");
        assert.deepEqual([next!.firstUpdateId, next!.lastUpdateId, more.length], [6, 6, 0]);
        marketData.unsubscribe(0, "depth");
        log.begin().level(Side.BUY, 982, 2);
        await fixture.apply();
        marketData.tickDepth();
        assert.deepEqual(fixture.messages, []);
      }));

    it("sends the best prices once per batch and only when they changed", () =>
      inTables(openStore, async (fixture) => {
        const { log } = fixture;
        log.listings();
        await fixture.apply();
        fixture.projection.marketData.subscribe(0, "bookTicker");
        log.begin().level(Side.BUY, 990, 5).level(Side.BUY, 991, 1).level(Side.SELL, 1001, 1);
        await fixture.apply();
        log.begin().level(Side.BUY, 980, 5);
        await fixture.apply();
        const message = { kind: "bookTicker", market: 0, updateId: 3 } as const;
        assert.deepEqual(taken(fixture, "bookTicker"), [
          { ...message, bidTicks: 991, bidLots: 1, askTicks: 1001, askLots: 1 },
        ]);
      }));
  });

  describe(`tickers over ${name}`, () => {
    it("roll over 24 hours by whole minutes, and survive a restart", () =>
      inTables(openStore, async (fixture) => {
        fixture.log.listings();
        await fixture.apply();
        const reference = fixture.projection.marketData.ticker(0);
        assert.deepEqual([reference.lastTicks, reference.trades, reference.firstTradeId], [1000, 0, -1]);
        fixture.trade(1, START_US, 1100, 1);
        fixture.trade(2, START_US + 30 * SECOND, 900, 2);
        fixture.trade(3, START_US + MINUTE, 1000, 4);
        fixture.trade(4, START_US + 2 * MINUTE, 1010, 8);
        await fixture.apply();
        const ticker = () => {
          const {
            openTicks,
            highTicks,
            lowTicks,
            lastTicks,
            lots,
            trades,
            firstTradeId,
            previousCloseTicks,
          } = fixture.projection.marketData.ticker(0);
          return [openTicks, highTicks, lowTicks, lastTicks, lots, trades, firstTradeId, previousCloseTicks];
        };
        const steps = [
          [2 * MINUTE, [1100, 1100, 900, 1010, 15, 4, 1, 0]],
          [DAY + MINUTE - 1, [1100, 1100, 900, 1010, 15, 4, 1, 0]],
          [DAY + MINUTE, [1000, 1010, 1000, 1010, 12, 2, 3, 900]],
          [DAY + 2 * MINUTE, [1010, 1010, 1010, 1010, 8, 1, 4, 1000]],
          [DAY + 3 * MINUTE, [1010, 1010, 1010, 1010, 0, 0, -1, 1010]],
        ] as const;
        for (const [afterUs, expected] of steps) {
          fixture.nowUs = START_US + afterUs;
          assert.deepEqual(ticker(), expected);
          await fixture.projection.flush();
          await fixture.reopen();
          assert.deepEqual(ticker(), expected, "after a restart");
        }
      }));

    it("answer other windows, up to days", () =>
      inTables(openStore, async (fixture) => {
        fixture.log.listings();
        fixture.trade(1, START_US, 1100, 1);
        fixture.trade(2, START_US + 3 * DAY, 900, 2);
        await fixture.apply();
        fixture.nowUs = START_US + 3 * DAY + 5 * MINUTE;
        const { marketData } = fixture.projection;
        const lots = async (windowUs: number): Promise<number[]> => {
          const { lots: sum, previousCloseTicks } = await marketData.windowTicker(0, windowUs);
          return [sum, previousCloseTicks];
        };
        assert.deepEqual(await lots(MINUTE), [0, 900]);
        assert.deepEqual(await lots(5 * MINUTE), [2, 1100]);
        assert.deepEqual(await lots(2 * DAY), [2, 1100]);
        assert.deepEqual(await lots(7 * DAY), [3, 0]);
      }));

    it("are sent each second when something changed", () =>
      inTables(openStore, async (fixture) => {
        fixture.log.listings();
        await fixture.apply();
        const { marketData } = fixture.projection;
        marketData.subscribe(0, "ticker");
        marketData.tickTickers();
        assert.deepEqual(fixture.messages, []);
        fixture.trade(1, START_US, 1100, 1);
        fixture.log.begin().level(Side.BUY, 990, 5);
        await fixture.apply();
        marketData.tickTickers();
        marketData.tickTickers();
        const [message, ...more] = taken(fixture, "ticker");
        assert.deepEqual([message!.ticker.lastTicks, message!.ticker.bidTicks, more.length], [1100, 990, 0]);
      }));

    it("average five minutes, weighted by volume, else the last price", () =>
      inTables(openStore, async (fixture) => {
        fixture.log.listings();
        await fixture.apply();
        const average = () => fixture.projection.marketData.averagePrice(0).priceTicks;
        assert.equal(average(), 1000);
        fixture.trade(1, START_US, 1000, 3);
        fixture.trade(2, START_US + SECOND, 1004, 1);
        await fixture.apply();
        assert.equal(average(), 1001);
        fixture.nowUs = START_US + 5 * MINUTE + SECOND;
        assert.equal(average(), 1004);
        fixture.nowUs = START_US + 10 * MINUTE;
        assert.equal(average(), 1004);
      }));
  });

  describe(`trades and candles as they happen over ${name}`, () => {
    it("trades of a batch travel together, each once", () =>
      inTables(openStore, async (fixture) => {
        fixture.log.listings();
        fixture.trade(1, START_US, 1000, 1);
        await fixture.apply();
        fixture.projection.marketData.subscribe(0, "trade");
        fixture.trade(2, START_US + 1, 1001, 2);
        fixture.trade(3, START_US + 2, 1002, 3);
        await fixture.apply();
        const [message, ...more] = taken(fixture, "trade");
        assert.deepEqual(
          message!.trades.map(({ tradeId, priceTicks, lots, timeUs, buyerIsMaker }) => [
            tradeId,
            priceTicks,
            lots,
            timeUs - START_US,
            buyerIsMaker,
          ]),
          [
            [2, 1001, 2, 1, false],
            [3, 1002, 3, 2, false],
          ],
        );
        assert.equal(more.length, 0);
      }));

    it("a candle is sent while it changes, closed on time without trades, and corrected by a late one", () =>
      inTables(openStore, async (fixture) => {
        const { log } = fixture;
        const { marketData } = fixture.projection;
        log.listings();
        fixture.trade(1, START_US + SECOND, 1000, 1);
        await fixture.apply();
        marketData.subscribe(0, "kline_1m");
        const candles = () =>
          taken(fixture, "kline").map(({ candle, closed }) => [
            (candle.openUs - START_US) / MINUTE,
            candle.openTicks,
            candle.closeTicks,
            candle.lots,
            closed,
          ]);
        // The candle is being read from the tables: trades wait for it, and none is counted twice.
        fixture.trade(2, START_US + 2 * SECOND, 1010, 2);
        await fixture.apply();
        while (fixture.messages.length === 0) {
          await new Promise(setImmediate);
          marketData.tickCandles();
        }
        marketData.tickCandles();
        assert.deepEqual(candles(), [[0, 1000, 1010, 3, false]]);
        fixture.nowUs = START_US + MINUTE + 50_000;
        marketData.tickCandles();
        assert.deepEqual(candles(), []);
        fixture.nowUs = START_US + MINUTE + 150_000;
        marketData.tickCandles();
        assert.deepEqual(candles(), [
          [0, 1000, 1010, 3, true],
          [1, 1010, 1010, 0, false],
        ]);
        // Sequenced before the minute's end, committed after the candle was closed.
        fixture.trade(3, START_US + MINUTE - 1, 1020, 4);
        await fixture.apply();
        assert.deepEqual(candles(), [[0, 1000, 1020, 7, true]]);
        // A trade of the next minute closes the one before at once.
        fixture.trade(4, START_US + 2 * MINUTE, 1030, 1);
        await fixture.apply();
        assert.deepEqual(candles(), [[1, 1020, 1020, 0, true]]);
        fixture.nowUs = START_US + 4 * MINUTE + 150_000;
        marketData.tickCandles();
        assert.deepEqual(candles(), [
          [2, 1030, 1030, 1, true],
          [3, 1030, 1030, 0, true],
          [4, 1030, 1030, 0, false],
        ]);
        const query = { market: 0, interval: "1m", limit: 10, timeZoneMinutes: 0 } as const;
        assert.deepEqual(
          (await (await fixture.projection.read()).candles(query, fixture.nowUs)).map(
            (candle) => candle.closeTicks,
          ),
          [1020, 1020, 1030, 1030, 1030],
        );
      }));
  });
}
