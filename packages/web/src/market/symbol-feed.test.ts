import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newestFirst, type TapeTrade } from "./symbol-feed.js";

const trade = (id: number): TapeTrade => ({ id, price: "1", quantity: "1", time: id, isBuyerMaker: false });

describe("the tape", () => {
  it("has each trade once, newest first, however they arrive", () => {
    const ids = newestFirst([trade(5), trade(3)], [trade(4), trade(5), trade(6)]).map(({ id }) => id);
    assert.deepEqual(ids, [6, 5, 4, 3]);
  });

  it("keeps the newest ones only", () => {
    const many = newestFirst(
      [],
      Array.from({ length: 500 }, (_, id) => trade(id)),
    );
    assert.equal(many[0]?.id, 499);
    assert.ok(many.length < 100);
  });
});
