/** How the maximums relate: the sums and products that must stay exact in a double. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ACCOUNT_MAX,
  ASSETS_MAX,
  BAND_PPM_MAX,
  CLIENT_ID_BYTES_MAX,
  CLIENT_ID_WORDS,
  FEE_PPM_MAX,
  LOTS_MAX,
  NOTIONAL_MAX,
  ORDERS_PER_COMMAND,
  PRICE_TICKS_MAX,
  Reason,
  SUPPLY_MAX,
} from "./index.js";

test("limits", () => {
  assert.ok(PRICE_TICKS_MAX * BAND_PPM_MAX < 2 ** 53, "a band times a price is exact");
  assert.ok(SUPPLY_MAX + SUPPLY_MAX <= 2 ** 53, "the sum of two amounts is exact");
  assert.ok(NOTIONAL_MAX <= SUPPLY_MAX, "what an order may cost may exist");
  assert.ok(LOTS_MAX <= 2 ** 31 - 1, "a quantity fits a signed word");
  assert.ok(FEE_PPM_MAX < 1_000_000, "a fee never takes all that is received");
  assert.ok((ACCOUNT_MAX + 1) * ASSETS_MAX <= 2 ** 32, "an account and an asset fit one key");
  assert.equal(CLIENT_ID_WORDS * 4, CLIENT_ID_BYTES_MAX);
  assert.equal(ORDERS_PER_COMMAND, 4, "order id = sequence × 4");
});

test("reasons fit their half word, and none is used twice", () => {
  const numbers: number[] = Object.values(Reason);
  assert.equal(new Set(numbers).size, numbers.length);
  assert.ok(numbers.every((number) => number >= 0 && number < 2 ** 15));
  assert.ok(!numbers.some((number) => number >= 100 && number < 200), "100–199 belong to gateways");
});
