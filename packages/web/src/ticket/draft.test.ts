import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { badField, type Draft, EMPTY_DRAFT, orderOf, quantityOfShare, totalOf } from "./draft.js";

const draft = (fields: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...fields });
const ASKS = [
  ["100.00", "1"],
  ["101.00", "2"],
] as const;

describe("a ticket", () => {
  it("becomes an order with the fields of its type and no others", () => {
    const full = { price: "99", stopPrice: "98", quantity: "1", timeInForce: "IOC" } as const;
    const keys = (type: Draft["type"]): string[] =>
      Object.keys(orderOf("X", draft({ ...full, type }))).sort();
    assert.deepEqual(keys("LIMIT"), ["price", "quantity", "side", "symbol", "timeInForce", "type"]);
    assert.deepEqual(keys("LIMIT_MAKER"), ["price", "quantity", "side", "symbol", "type"]);
    assert.deepEqual(keys("MARKET"), ["quantity", "side", "symbol", "type"]);
    assert.deepEqual(keys("STOP_LOSS_LIMIT"), [
      "price",
      "quantity",
      "side",
      "stopPrice",
      "symbol",
      "timeInForce",
      "type",
    ]);
  });

  it("names the first field that holds no amount", () => {
    assert.equal(badField(draft({ price: "1", quantity: "1" })), undefined);
    assert.equal(badField(draft({ price: "x", quantity: "" })), "price");
    assert.equal(badField(draft({ type: "MARKET", price: "x", quantity: "0" })), "quantity");
    assert.equal(badField(draft({ type: "STOP_LOSS_LIMIT", price: "1", quantity: "1" })), "stopPrice");
  });

  it("totals price × quantity, and a market order by the book", () => {
    assert.deepEqual(totalOf(draft({ price: "0.1", quantity: "0.2" }), ASKS), {
      quote: "0.02",
      isWhole: true,
    });
    const market = (quantity: string) => totalOf(draft({ type: "MARKET", quantity }), ASKS);
    assert.deepEqual(market("1"), { quote: "100", isWhole: true });
    assert.deepEqual(market("2.5"), { quote: "251.5", isWhole: true });
    assert.deepEqual(market("4"), { quote: "302", isWhole: false });
    assert.equal(totalOf(draft({ quantity: "1" }), ASKS), undefined);
  });

  it("never sells or buys more than the share of what is free", () => {
    assert.equal(quantityOfShare("SELL", "1.23456", 50, undefined, "0.0001"), "0.6172");
    assert.equal(quantityOfShare("BUY", "1000", 100, "3", "0.01"), "333.33");
    assert.equal(quantityOfShare("BUY", "1000", 25, undefined, "0.01"), undefined);
    assert.equal(quantityOfShare("BUY", "0", 100, "3", "0.01"), "0");
  });
});
