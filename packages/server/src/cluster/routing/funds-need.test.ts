import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type MarketFields,
  type NewOrderFields,
  type OrderState,
  OrderType,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import { listedMarket, needOfMove, needOfOrder } from "./funds-need.js";

const BTC = 0;
const USDT = 1;

/** A tick is 0.01 USDT of 6 decimals, a lot 0.0001 BTC of 8: a lot at one tick is 1 unit of USDT. */
const market = listedMarket(
  {
    market: 0,
    symbol: "BTCUSDT",
    baseAsset: BTC,
    quoteAsset: USDT,
    tickMantissa: 1,
    tickDecimals: 2,
    lotMantissa: 1,
    lotDecimals: 4,
  } as MarketFields,
  [{ decimals: 8 }, { decimals: 6 }],
);

const order = (fields: Partial<NewOrderFields>): NewOrderFields => ({
  market: 0,
  side: Side.BUY,
  type: OrderType.LIMIT,
  timeInForce: TimeInForce.GTC,
  selfTradePrevention: SelfTradePrevention.NONE,
  priceTicks: 0,
  stopTicks: 0,
  lots: 0,
  quoteAmount: 0,
  clientOrderId: "a",
  ...fields,
});

describe("what an order needs", () => {
  it("is exact where the core locks it", () => {
    assert.deepEqual([market.lotUnits, market.tickLotUnits], [10_000, 1]);
    for (const [fields, asset, amount] of [
      [{ priceTicks: 500, lots: 3 }, USDT, 1500],
      [{ side: Side.SELL, priceTicks: 500, lots: 3 }, BTC, 30_000],
      [{ type: OrderType.STOP_LOSS, stopTicks: 700, lots: 2 }, USDT, 1400],
      [{ type: OrderType.STOP_LOSS_LIMIT, priceTicks: 600, stopTicks: 700, lots: 2 }, USDT, 1200],
      [{ type: OrderType.STOP_LOSS, side: Side.SELL, stopTicks: 700, lots: 2 }, BTC, 20_000],
      [{ type: OrderType.MARKET, side: Side.SELL, lots: 2 }, BTC, 20_000],
    ] as const) {
      assert.deepEqual(needOfOrder(order(fields), market, 0), { asset, amount, isExact: true });
    }
  });

  it("is likely where the book decides: by the best price and a little more, or all without one", () => {
    const need = (fields: Partial<NewOrderFields>, bestTicks: number) =>
      needOfOrder(order({ type: OrderType.MARKET, ...fields }), market, bestTicks);
    assert.deepEqual(need({ lots: 10 }, 500), { asset: USDT, amount: 5_100, isExact: false });
    assert.equal(need({ lots: 10 }, 0).amount, Number.POSITIVE_INFINITY);
    assert.deepEqual(need({ quoteAmount: 777 }, 0), { asset: USDT, amount: 777, isExact: false });
    assert.deepEqual(need({ side: Side.SELL, quoteAmount: 1_700 }, 500), {
      asset: BTC,
      amount: 30_600,
      isExact: false,
    });
    assert.equal(need({ side: Side.SELL, quoteAmount: 1_700 }, 0).amount, Number.POSITIVE_INFINITY);
  });

  it("is the difference for a move", () => {
    const open = { priceTicks: 100, lots: 10, executedLots: 3, preventedLots: 1 };
    const need = (side: Side, priceTicks: number, lots: number) =>
      needOfMove(
        { kind: "MOVE_ORDER", account: 1, market: 0, orderId: 4, clientOrderId: "", priceTicks, lots },
        { ...open, side } as OrderState,
        market,
      );
    assert.deepEqual(need(Side.BUY, 150, 0), { asset: USDT, amount: 300, isExact: false });
    assert.deepEqual(need(Side.BUY, 100, 8), { asset: USDT, amount: 200, isExact: false });
    assert.deepEqual(need(Side.SELL, 100, 8), { asset: BTC, amount: 20_000, isExact: false });
  });
});
