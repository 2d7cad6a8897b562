import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Draft, EMPTY_DRAFT } from "./draft.js";
import { feesOf, percentText, quantityOfShare, shareOf, totalOf } from "./preview.js";

const draft = (fields: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...fields });
const ASKS = [
  ["100.00", "1"],
  ["101.00", "2"],
] as const;
const total = (fields: Partial<Draft>) => totalOf(draft(fields), ASKS, "0.01");

describe("a preview", () => {
  it("totals price × quantity, and a market order by the book", () => {
    assert.deepEqual(total({ price: "0.1", quantity: "0.2" }), { base: "0.2", quote: "0.02", isWhole: true });
    const market = (quantity: string) => total({ type: "MARKET", quantity });
    assert.deepEqual(market("1"), { base: "1", quote: "100", isWhole: true });
    assert.deepEqual(market("2.5"), { base: "2.5", quote: "251.5", isWhole: true });
    assert.deepEqual(market("4"), { base: "3", quote: "302", isWhole: false });
    assert.equal(total({ quantity: "1" }), undefined);
  });

  it("totals an amount in whole steps of what the book gives for it", () => {
    const amount = (quoteQuantity: string) => total({ type: "MARKET", unit: "QUOTE", quoteQuantity });
    assert.deepEqual(amount("50"), { base: "0.5", quote: "50", isWhole: true });
    // 100 for the first, and 1.009 … of the second, of which a whole step is 0.01.
    assert.deepEqual(amount("201.99"), { base: "2", quote: "201", isWhole: true });
    assert.deepEqual(amount("500"), { base: "3", quote: "302", isWhole: false });
    assert.equal(amount(""), undefined);
  });

  it("takes the fee of what is brought, of the roles that the type can have", () => {
    const rates = { maker: "0.00100000", taker: "0.00200000" };
    const of = (fields: Partial<Draft>) =>
      feesOf(draft(fields), { base: "2", quote: "200", isWhole: true }, rates);
    assert.deepEqual(of({ side: "BUY" }), { maker: "0.002", taker: "0.004", received: "1.996" });
    assert.deepEqual(of({ side: "SELL" }), { maker: "0.2", taker: "0.4", received: "199.6" });
    assert.deepEqual(of({ side: "SELL", type: "LIMIT_MAKER" }), {
      maker: "0.2",
      taker: undefined,
      received: "199.8",
    });
    for (const type of ["MARKET", "STOP_LOSS", "TAKE_PROFIT"] as const) {
      assert.equal(of({ type }).maker, undefined, type);
    }
    assert.equal(of({ timeInForce: "IOC" }).maker, undefined);
    assert.equal(percentText(rates.maker), "0.1 %");
  });

  it("never sells or buys more than the share of what is free", () => {
    assert.equal(quantityOfShare("SELL", "1.23456", 50, undefined, "0.0001"), "0.6172");
    assert.equal(quantityOfShare("BUY", "1000", 100, "3", "0.01"), "333.33");
    assert.equal(quantityOfShare("BUY", "1000", 25, undefined, "0.01"), undefined);
    assert.equal(quantityOfShare("BUY", "0", 100, "3", "0.01"), "0");
    assert.equal(shareOf("10.50", 55), "5.775");
  });
});
