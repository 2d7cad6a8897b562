import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RefusedError } from "@buttonwood/client";
import { complaintsOf } from "./check.js";
import { type Draft, EMPTY_DRAFT } from "./draft.js";
import { fieldOfRefusal } from "./refused-field.js";
import { MARKET } from "./sample-market.js";

const NOW_MS = new Date(2026, 0, 1, 12, 0).getTime();
const GOOD: Partial<Draft> = { price: "100.05", stopPrice: "90", quantity: "1.5" };
const draft = (fields: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...GOOD, ...fields });

/** The complaints of a draft, by field. */
function complaints(fields: Partial<Draft>): object {
  return Object.fromEntries(complaintsOf(draft(fields), MARKET, NOW_MS));
}

describe("a ticket is checked", () => {
  it("field by field, by the market's rules; nothing is wrong with a good one", () => {
    for (const type of ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"] as const) {
      assert.deepEqual(complaints({ type }), {}, type);
    }
    assert.deepEqual(complaints({ price: "sixty", quantity: "" }), {
      price: "Price must be a plain number above zero.",
      quantity: "Quantity must be a plain number above zero.",
    });
    assert.deepEqual(complaints({ price: "100.001" }), { price: "Price must be a multiple of 0.01." });
    assert.deepEqual(complaints({ price: "1000000.01" }), { price: "Price must be at most 1000000." });
    assert.deepEqual(complaints({ quantity: "1.00001" }), {
      quantity: "Quantity must be a multiple of 0.0001.",
    });
    assert.deepEqual(complaints({ quantity: "9001" }), { quantity: "Quantity must be at most 9000." });
    assert.deepEqual(complaints({ type: "MARKET", quantity: "101" }), {
      quantity: "Quantity must be at most 100.",
    });
    assert.deepEqual(complaints({ quantity: "0.01" }), {
      quantity: "Price × quantity must be at least 5 USD.",
    });
    assert.deepEqual(complaints({ type: "MARKET", unit: "QUOTE", quoteQuantity: "4.99" }), {
      quoteQuantity: "Amount must be at least 5 USD.",
    });
  });

  it("in its terms too: dates, icebergs, trailing deltas", () => {
    assert.deepEqual(complaints({ timeInForce: "GTD" }), {
      goodTill: "Good till must be a date and a time.",
    });
    assert.deepEqual(complaints({ timeInForce: "GTD", goodTill: "2026-01-01T11:59" }), {
      goodTill: "Good till must lie in the future.",
    });
    assert.deepEqual(complaints({ timeInForce: "GTD", goodTill: "2026-01-01T12:01" }), {});
    assert.deepEqual(complaints({ icebergQuantity: "0.15" }), {});
    assert.deepEqual(complaints({ icebergQuantity: "0.1499" }), {
      icebergQuantity: "An iceberg has at most 10 parts: show more at a time.",
    });
    assert.deepEqual(complaints({ icebergQuantity: "2" }), {
      icebergQuantity: "An iceberg shows no more than its quantity.",
    });
    // Left over from another time in force: it is not sent then.
    assert.deepEqual(complaints({ timeInForce: "IOC", icebergQuantity: "2" }), {});
    assert.deepEqual(complaints({ type: "STOP_LOSS", trailingDelta: "9" }), {
      trailingDelta: "Trailing delta must be a whole number from 10 to 2000 basis points.",
    });
    assert.deepEqual(complaints({ type: "STOP_LOSS", trailingDelta: "10", stopPrice: "" }), {});
    assert.deepEqual(complaints({ type: "STOP_LOSS", stopPrice: "" }), {
      stopPrice: "Stop price must be a plain number above zero.",
    });
  });

  it("in every part of a list", () => {
    assert.deepEqual(complaints({ type: "OTOCO", pendingPrice: "x", pendingQuantity: "0.00001" }), {
      pendingPrice: "Then: price must be a plain number above zero.",
      pendingStopPrice: "Then: stop must be a plain number above zero.",
      pendingQuantity: "Then: quantity must be a multiple of 0.0001.",
    });
    assert.deepEqual(complaints({ type: "OCO" }), {});
  });
});

describe("a refusal concerns", () => {
  const field = (fields: Partial<Draft>, code: number, message: string) =>
    fieldOfRefusal(new RefusedError(code, message), draft(fields))?.field;

  it("the field that its reason or its parameter names, of those that the draft has", () => {
    const balance = "Account has insufficient balance for requested action.";
    assert.equal(field({}, -2010, balance), "quantity");
    assert.equal(field({ type: "MARKET", unit: "QUOTE" }, -2010, balance), "quoteQuantity");
    assert.equal(field({ type: "LIMIT_MAKER" }, -2010, "Order would immediately match and take."), "price");
    assert.equal(field({ type: "STOP_LOSS" }, -2010, "Order would trigger immediately."), "stopPrice");
    assert.equal(field({}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"), "price");
    assert.equal(field({ type: "MARKET" }, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"), undefined);
    assert.equal(field({}, -1111, "Parameter 'price' has too much precision."), "price");
    assert.equal(
      field({ type: "OTOCO" }, -1111, "Parameter 'pendingBelowStopPrice' has too much precision."),
      "pendingStopPrice",
    );
    assert.equal(
      field({ timeInForce: "GTD" }, -1130, "Data sent for parameter 'goodTillDate' is not valid."),
      "goodTill",
    );
  });

  it("none when it is of the market, the account or the key", () => {
    assert.equal(field({}, -1013, "Market is closed."), undefined);
    assert.equal(field({}, -2010, "This action is disabled on this account."), undefined);
    assert.equal(fieldOfRefusal(new Error("no connection"), draft({})), undefined);
  });
});
