import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { composed, pendingQuantityOf, priceToReckon } from "./compose.js";
import { changed, type Draft, EMPTY_DRAFT, TicketType, withoutAmounts, withPrice } from "./draft.js";

const TERMS = { step: "0.0001", feeMax: "0.001" };
const FULL: Partial<Draft> = {
  price: "99",
  stopPrice: "98",
  stopLimitPrice: "97",
  quantity: "1",
  pendingPrice: "110",
  pendingStopPrice: "90",
};
const draft = (fields: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...fields });

/** What is sent, without the symbol: in every order the same. */
function sent(fields: Partial<Draft>): object {
  const what = composed("X", draft({ ...FULL, ...fields }), TERMS);
  const { symbol, ...rest } = what.kind === "ORDER" ? what.order : what.list;
  assert.equal(symbol, "X");
  return rest;
}

describe("a ticket becomes", () => {
  it("an order with the fields of its type and no others", () => {
    const timed = { side: "BUY", timeInForce: "GTC", quantity: "1" };
    assert.deepEqual(sent({ type: "LIMIT" }), { ...timed, type: "LIMIT", price: "99" });
    assert.deepEqual(sent({ type: "LIMIT", timeInForce: "IOC", icebergQuantity: "" }), {
      ...timed,
      type: "LIMIT",
      timeInForce: "IOC",
      price: "99",
    });
    const plain = { side: "BUY", quantity: "1" };
    assert.deepEqual(sent({ type: "LIMIT_MAKER" }), { ...plain, type: "LIMIT_MAKER", price: "99" });
    assert.deepEqual(sent({ type: "MARKET" }), { ...plain, type: "MARKET" });
    assert.deepEqual(sent({ type: "MARKET", unit: "QUOTE", quoteQuantity: "500" }), {
      side: "BUY",
      type: "MARKET",
      quoteOrderQty: "500",
    });
    for (const type of ["STOP_LOSS", "TAKE_PROFIT"] as const) {
      assert.deepEqual(sent({ type }), { ...plain, type, stopPrice: "98" });
    }
    for (const type of ["STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"] as const) {
      assert.deepEqual(sent({ type }), { ...timed, type, price: "99", stopPrice: "98" });
    }
  });

  it("an iceberg, a trailing stop, an order till a date, of a mode of self-trade prevention", () => {
    const goodTill = "2030-01-31T14:30";
    const goodTillDate = new Date(2030, 0, 31, 14, 30).getTime();
    assert.deepEqual(
      sent({ timeInForce: "GTD", goodTill, icebergQuantity: "0.2", prevention: "DECREMENT" }),
      {
        side: "BUY",
        type: "LIMIT",
        timeInForce: "GTD",
        goodTillDate,
        icebergQty: "0.2",
        price: "99",
        quantity: "1",
        selfTradePreventionMode: "DECREMENT",
      },
    );
    assert.deepEqual(sent({ type: "STOP_LOSS", stopPrice: "", trailingDelta: "50", goodTill }), {
      side: "BUY",
      type: "STOP_LOSS",
      trailingDelta: 50,
      goodTillDate,
      quantity: "1",
    });
    assert.deepEqual(sent({ type: "TAKE_PROFIT_LIMIT", trailingDelta: "50" }), {
      side: "BUY",
      type: "TAKE_PROFIT_LIMIT",
      timeInForce: "GTC",
      price: "99",
      stopPrice: "98",
      trailingDelta: 50,
      quantity: "1",
    });
  });

  it("a list whose limit order earns: above for who sells, below for who buys", () => {
    assert.deepEqual(sent({ type: "OCO", side: "SELL" }), {
      side: "SELL",
      quantity: "1",
      aboveType: "LIMIT_MAKER",
      abovePrice: "99",
      belowType: "STOP_LOSS_LIMIT",
      belowStopPrice: "98",
      belowPrice: "97",
      belowTimeInForce: "GTC",
    });
    assert.deepEqual(sent({ type: "OCO", side: "BUY", stopLimitPrice: "" }), {
      side: "BUY",
      quantity: "1",
      belowType: "LIMIT_MAKER",
      belowPrice: "99",
      aboveType: "STOP_LOSS",
      aboveStopPrice: "98",
    });
  });

  it("a list whose second part trades, on the other side, what the first has brought", () => {
    const working = {
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "99",
      workingQuantity: "1",
      workingTimeInForce: "GTC",
    };
    const pending = { ...working, pendingSide: "SELL", pendingQuantity: "0.999" };
    assert.deepEqual(sent({ type: "OTO" }), {
      ...pending,
      pendingType: "LIMIT",
      pendingPrice: "110",
      pendingTimeInForce: "GTC",
    });
    assert.deepEqual(sent({ type: "OTO", pendingType: "MARKET" }), { ...pending, pendingType: "MARKET" });
    assert.deepEqual(sent({ type: "OTO", pendingType: "LIMIT_MAKER" }), {
      ...pending,
      pendingType: "LIMIT_MAKER",
      pendingPrice: "110",
    });
    assert.deepEqual(sent({ type: "OTO", pendingType: "STOP_LOSS" }), {
      ...pending,
      pendingType: "STOP_LOSS",
      pendingStopPrice: "90",
    });
    assert.deepEqual(sent({ type: "OTOCO" }), {
      ...pending,
      pendingAboveType: "LIMIT_MAKER",
      pendingAbovePrice: "110",
      pendingBelowType: "STOP_LOSS_LIMIT",
      pendingBelowStopPrice: "90",
      pendingBelowPrice: "97",
      pendingBelowTimeInForce: "GTC",
    });
    const of = (fields: Partial<Draft>) =>
      pendingQuantityOf(draft({ ...FULL, type: "OTO", ...fields }), TERMS);
    assert.equal(of({ side: "SELL" }), "1");
    assert.equal(of({ pendingQuantity: "0.5" }), "0.5");
    assert.equal(of({ quantity: "" }), "");
  });

  it("reckoned at the price at which it costs most", () => {
    const at = (fields: Partial<Draft>) => priceToReckon(draft({ ...FULL, ...fields }));
    assert.equal(at({ type: "LIMIT" }), "99");
    assert.equal(at({ type: "MARKET" }), undefined);
    assert.equal(at({ type: "STOP_LOSS" }), "98");
    assert.equal(at({ type: "OCO", side: "BUY", stopPrice: "105", stopLimitPrice: "" }), "105");
    assert.equal(at({ type: "OCO", side: "SELL", stopPrice: "105", stopLimitPrice: "" }), "99");
    assert.equal(at({ type: "LIMIT", price: "x" }), undefined);
  });
});

describe("a draft", () => {
  it("takes a price that was clicked where its type has one", () => {
    assert.equal(withPrice(draft({ type: "LIMIT" }), "7").price, "7");
    const { type, price } = withPrice(draft({ type: "MARKET" }), "7");
    assert.deepEqual([type, price], ["LIMIT", "7"]);
    const stop = withPrice(draft({ type: "STOP_LOSS", price: "1" }), "7");
    assert.deepEqual([stop.stopPrice, stop.price], ["7", "1"]);
  });

  it("takes no term over to another type that is not seen there", () => {
    const full = draft({ icebergQuantity: "1", trailingDelta: "2", goodTill: "3", timeInForce: "GTD" });
    assert.deepEqual(
      changed(full, { type: "LIMIT_MAKER" }),
      draft({ type: "LIMIT_MAKER", timeInForce: "GTD" }),
    );
    assert.deepEqual(changed(full, { price: "7" }), { ...full, price: "7" });
    assert.equal(changed(full, { timeInForce: "GTC" }).goodTill, "");
  });

  it("keeps its type and loses its amounts for another market", () => {
    const other = withoutAmounts(draft({ ...FULL, type: TicketType.OCO }));
    assert.deepEqual(other, draft({ type: TicketType.OCO }));
  });
});
