/** What the types of orders take and refuse: checked by the compiler, so that there is nothing to run. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { NewOrder } from "./order-types.js";

const common = { symbol: "BTCUSDT", side: "BUY" } as const;

const ORDERS: readonly NewOrder[] = [
  { ...common, type: "LIMIT", timeInForce: "GTC", price: "1.0", quantity: "2" },
  { ...common, type: "LIMIT_MAKER", price: "1.0", quantity: "2", newClientOrderId: "mine" },
  { ...common, type: "MARKET", quantity: "2" },
  { ...common, type: "MARKET", quoteOrderQty: "100" },
  { ...common, type: "STOP_LOSS", quantity: "2", stopPrice: "0.9" },
  { ...common, type: "TAKE_PROFIT_LIMIT", timeInForce: "IOC", price: "1.1", quantity: "2", stopPrice: "1.2" },
  { ...common, type: "LIMIT", timeInForce: "GTC", price: "1.0", quantity: "2", icebergQty: "1" },
  { ...common, type: "LIMIT", timeInForce: "GTD", goodTillDate: 1, price: "1.0", quantity: "2" },
  { ...common, type: "STOP_LOSS", quantity: "2", trailingDelta: 100 },
  // @ts-expect-error: good till a date, which is missing.
  { ...common, type: "LIMIT", timeInForce: "GTD", price: "1.0", quantity: "2" },
  // @ts-expect-error: an iceberg rests.
  { ...common, type: "LIMIT", timeInForce: "IOC", price: "1.0", quantity: "2", icebergQty: "1" },
  // @ts-expect-error: nothing to wait for.
  { ...common, type: "STOP_LOSS", quantity: "2" },
  // @ts-expect-error: a limit order has a price.
  { ...common, type: "LIMIT", timeInForce: "GTC", quantity: "2" },
  // @ts-expect-error: amounts are text, which keeps every digit.
  { ...common, type: "MARKET", quantity: 2 },
  // @ts-expect-error: by quantity or by amount, not by both.
  { ...common, type: "MARKET", quantity: "2", quoteOrderQty: "100" },
  // @ts-expect-error: a post-only order has no time in force.
  { ...common, type: "LIMIT_MAKER", timeInForce: "GTC", price: "1.0", quantity: "2" },
  // @ts-expect-error: no such side.
  { symbol: "BTCUSDT", side: "LONG", type: "MARKET", quantity: "2" },
];

it("the compiler takes orders that can be, and refuses those that can't", () => {
  assert.equal(ORDERS.length, 17);
});
