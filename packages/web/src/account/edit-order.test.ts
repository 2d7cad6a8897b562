import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Order } from "@buttonwood/client";
import { MARKET } from "../ticket/sample-market.js";
import { editableFields, editOf, type OrderEdit, planOf } from "./edit-order.js";
import { orderGroups } from "./order-groups.js";

const ORDER: Order = {
  symbol: "XUSD",
  orderId: 7,
  orderListId: -1,
  clientOrderId: "mine",
  price: "100.00",
  origQty: "1.0000",
  executedQty: "0.0000",
  origQuoteOrderQty: "0",
  cummulativeQuoteQty: "0",
  status: "NEW",
  timeInForce: "GTC",
  type: "LIMIT",
  side: "BUY",
  stopPrice: "0.00",
  icebergQty: "0.0000",
  time: 1,
  updateTime: 1,
  isWorking: true,
  workingTime: 1,
  selfTradePreventionMode: "NONE",
};

const order = (fields: Partial<Order>): Order => ({ ...ORDER, ...fields });
const plan = (of: Order, edit: Partial<OrderEdit>) => planOf(of, { ...editOf(of), ...edit }, MARKET);

describe("an edit of an open order", () => {
  it("is nothing, less of it in its place, or another order instead", () => {
    assert.deepEqual(plan(ORDER, {}), { kind: "NOTHING" });
    assert.deepEqual(plan(ORDER, { price: "100.0", quantity: "1.00" }), { kind: "NOTHING" });
    assert.deepEqual(plan(ORDER, { quantity: "0.5" }), { kind: "AMEND", newQty: "0.5" });
    assert.deepEqual(plan(ORDER, { quantity: "1.5", price: "101" }), {
      kind: "REPLACE",
      replacement: {
        symbol: "XUSD",
        side: "BUY",
        type: "LIMIT",
        timeInForce: "GTC",
        price: "101",
        quantity: "1.5",
        selfTradePreventionMode: "NONE",
        cancelReplaceMode: "STOP_ON_FAILURE",
        cancelOrderId: 7,
        cancelRestrictions: "ONLY_NEW",
      },
    });
  });

  it("never trades again what is filled", () => {
    const filled = order({ executedQty: "0.4", status: "PARTIALLY_FILLED" });
    const replaced = plan(filled, { price: "99" });
    assert.ok(replaced.kind === "REPLACE");
    assert.equal(replaced.replacement.quantity, "0.6");
    assert.equal(replaced.replacement.cancelRestrictions, undefined);
    const wrong = plan(filled, { quantity: "0.4" });
    assert.ok(wrong.kind === "WRONG" && wrong.field === "quantity");
  });

  it("keeps the order's terms", () => {
    const iceberg = plan(order({ icebergQty: "0.2", goodTillDate: 99, timeInForce: "GTD" }), { price: "99" });
    assert.ok(iceberg.kind === "REPLACE");
    const { icebergQty, goodTillDate, timeInForce } = iceberg.replacement as unknown as Record<
      string,
      unknown
    >;
    assert.deepEqual([icebergQty, goodTillDate, timeInForce], ["0.2", 99, "GTD"]);
    const trailing = plan(order({ type: "STOP_LOSS", price: "0", trailingDelta: 50, stopPrice: "0" }), {
      quantity: "2",
    });
    assert.ok(trailing.kind === "REPLACE");
    assert.equal(trailing.replacement.type, "STOP_LOSS");
    assert.equal((trailing.replacement as { trailingDelta?: number }).trailingDelta, 50);
    assert.equal((trailing.replacement as { stopPrice?: string }).stopPrice, undefined);
  });

  it("is refused before it is sent when a figure is none of the market's", () => {
    assert.deepEqual(plan(ORDER, { price: "100.001" }), {
      kind: "WRONG",
      field: "price",
      words: "must be a multiple of 0.01.",
    });
    assert.deepEqual(plan(ORDER, { quantity: "x" }), {
      kind: "WRONG",
      field: "quantity",
      words: "must be a plain number above zero.",
    });
  });

  it("of an order of a list is of its quantity alone, and only downwards", () => {
    const ofList = order({ orderListId: 3, stopPrice: "90" });
    assert.deepEqual(editableFields(ofList), ["quantity"]);
    assert.deepEqual(plan(ofList, { quantity: "0.5" }), { kind: "AMEND", newQty: "0.5" });
    assert.equal(plan(ofList, { quantity: "2" }).kind, "WRONG");
  });
});

describe("open orders", () => {
  it("stand together with those of their list", () => {
    const pending = { orderListId: 3, status: "PENDING_NEW" } as const;
    const groups = orderGroups([
      order({ orderId: 9 }),
      order({ orderId: 8, ...pending }),
      order({ orderId: 5 }),
      order({ orderId: 4, ...pending }),
      order({ orderId: 3, orderListId: 3 }),
      order({ orderId: 2, orderListId: 3, symbol: "YUSD" }),
    ]);
    assert.deepEqual(
      groups.map(({ list, orders }) => [list?.kind, orders.map(({ orderId }) => orderId)]),
      [
        [undefined, [9]],
        ["OTOCO", [3, 4, 8]],
        [undefined, [5]],
        ["List", [2]],
      ],
    );
  });
});
