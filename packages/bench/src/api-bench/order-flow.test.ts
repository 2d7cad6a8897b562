import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FlowRequest, OrderFlow, placeOrder } from "./order-flow.js";
import { testPlan } from "./testing/test-plan.js";

describe("placeOrder", () => {
  it("keeps what rests bounded, so that a long run measures the same exchange as a short one", () => {
    const resting = [new Map<number, number>(), new Map<number, number>()] as const;
    let open = 0;
    let seed = 7;
    for (let n = 0; n < 60_000; n++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      const { side, ticks } = placeOrder(n, seed >>> 8);
      const other = resting[side === 0 ? 1 : 0];
      const met = [...other.keys()].find((price) => (side === 0 ? price <= ticks : price >= ticks));
      const book = met === undefined ? resting[side] : other;
      const price = met ?? ticks;
      const count = (book.get(price) ?? 0) + (met === undefined ? 1 : -1);
      open += met === undefined ? 1 : -1;
      if (count === 0) book.delete(price);
      else book.set(price, count);
    }
    assert.ok(open < 3_000, `${open} orders rest`);
  });
});

describe("OrderFlow", () => {
  const markets = ["A", "B", "C"].map((symbol) => ({ ...testPlan().markets[0]!, symbol }));
  const draw = (flow: "limits" | "mixed", seed: number, count: number): FlowRequest[] => {
    const requests = new OrderFlow({ ...testPlan(), markets, flow, seed, keys: [KEY, KEY] });
    return Array.from({ length: count }, (_, i) => requests.next(i % 2));
  };
  const KEY = { apiKey: "key", secretKey: "secret" };

  it("draws the same requests for the same seed, and others for another", () => {
    assert.deepEqual(draw("mixed", 5, 500), draw("mixed", 5, 500));
    assert.notDeepEqual(draw("mixed", 5, 500), draw("mixed", 6, 500));
  });

  it("draws limit orders alone, each for the next market", () => {
    const requests = draw("limits", 1, 300);
    assert.deepEqual(new Set(requests.map(({ kind }) => kind)), new Set(["limit"]));
    assert.deepEqual(
      requests.slice(0, 4).map(({ market }) => market),
      [0, 1, 2, 0],
    );
  });

  it("mixes limits, cancels and markets in their shares, on markets that are less busy the later they come", () => {
    const requests = draw("mixed", 9, 20_000);
    const shareOf = (kind: FlowRequest["kind"]): number =>
      requests.filter((request) => request.kind === kind).length / requests.length;
    assert.ok(Math.abs(shareOf("limit") - 0.5) < 0.02, `${shareOf("limit")} limits`);
    assert.ok(Math.abs(shareOf("cancel") - 0.4) < 0.02, `${shareOf("cancel")} cancels`);
    assert.ok(Math.abs(shareOf("market") - 0.1) < 0.02, `${shareOf("market")} markets`);
    // 1 : 1/2 : 1/3.
    const ofMarket = [0, 1, 2].map((market) => {
      const orders = requests.filter(({ kind }) => kind !== "cancel");
      return orders.filter((request) => request.market === market).length / orders.length;
    });
    [6 / 11, 3 / 11, 2 / 11].forEach((share, market) => {
      assert.ok(Math.abs(ofMarket[market]! - share) < 0.02, `${ofMarket[market]} of market ${market}`);
    });
  });

  it("cancels only limit orders that the same key has placed, and each once", () => {
    const requests = draw("mixed", 3, 5_000);
    const open = [new Map<number, number>(), new Map<number, number>()];
    requests.forEach((request, i) => {
      const own = open[i % 2]!;
      if (request.kind === "limit") own.set(request.number, request.market);
      if (request.kind !== "cancel") return;
      assert.equal(own.get(request.number), request.market);
      own.delete(request.number);
    });
  });
});
