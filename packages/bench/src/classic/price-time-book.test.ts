import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PriceTimeBook, type Side } from "./price-time-book.js";

describe("PriceTimeBook", () => {
  it("fills at the maker's price, the best first, at one price the oldest, and rests what is left", () => {
    const book = new PriceTimeBook();
    for (const [id, price] of [101, 100, 100, 102].entries())
      assert.deepEqual(book.place(id, "SELL", price, 5), []);
    assert.deepEqual(book.place(4, "BUY", 101, 12), [
      { makerOrderId: 1, priceTicks: 100, lots: 5 },
      { makerOrderId: 2, priceTicks: 100, lots: 5 },
      { makerOrderId: 0, priceTicks: 101, lots: 2 },
    ]);
    assert.deepEqual(book.place(5, "BUY", 101, 10), [{ makerOrderId: 0, priceTicks: 101, lots: 3 }]);
    assert.deepEqual(book.place(6, "SELL", 90, 8), [{ makerOrderId: 5, priceTicks: 101, lots: 7 }]);
    assert.deepEqual(book.place(7, "BUY", 90, 1), [{ makerOrderId: 6, priceTicks: 90, lots: 1 }]);
  });

  it("agrees with a search through a plain list", () => {
    const book = new PriceTimeBook();
    const resting: { id: number; side: Side; priceTicks: number; lots: number }[] = [];
    let seed = 11;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let id = 0; id < 5_000; id++) {
      const side = random(2) === 0 ? "BUY" : "SELL";
      const sign = side === "BUY" ? 1 : -1;
      const order = { id, side, priceTicks: 100 + random(20) - sign * 5, lots: 1 + random(9) } as const;
      let left: number = order.lots;
      const expected = resting
        .filter((maker) => maker.side !== side && sign * (order.priceTicks - maker.priceTicks) >= 0)
        // Sorting is stable, so that at one price the oldest stays first.
        .sort((a, b) => sign * (a.priceTicks - b.priceTicks))
        .flatMap((maker) => {
          const lots = Math.min(left, maker.lots);
          left -= lots;
          maker.lots -= lots;
          return lots === 0 ? [] : [{ makerOrderId: maker.id, priceTicks: maker.priceTicks, lots }];
        });
      assert.deepEqual(book.place(id, side, order.priceTicks, order.lots), expected);
      resting.push({ ...order, lots: left });
      for (let i = resting.length - 1; i >= 0; i--) if (resting[i]!.lots === 0) resting.splice(i, 1);
    }
  });
});
