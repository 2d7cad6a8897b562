import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AccountFunds } from "../../transport/engine-port.js";
import { FundsView } from "./funds-view.js";

const USD = 0;

/** A reading: what is free, and per other partition [sent, acknowledged, received]. */
function reading(
  free: number,
  channels: Readonly<Record<number, readonly [number, number, number]>> = {},
  outbox: AccountFunds["outbox"] = [],
): AccountFunds {
  return {
    sequence: 1,
    balances: [{ asset: USD, free, locked: 1 }],
    channels: Object.entries(channels).map(([partition, [sent, acknowledged, received]]) => ({
      partition: Number(partition),
      sent,
      acknowledged,
      received,
    })),
    outbox,
  };
}

const sent = (toPartition: number, channelSequence: number, amount: number) => ({
  toPartition,
  channelSequence,
  account: 1,
  asset: USD,
  amount,
});

describe("funds over partitions", () => {
  it("count a transfer under way once, before, while and after it is on the way", () => {
    for (const [readings, underWay] of [
      [[reading(70), reading(30)], 0],
      [[reading(60, { 1: [1, 0, 0] }, [sent(1, 1, 10)]), reading(30)], 1],
      [[reading(60, { 1: [1, 0, 0] }, [sent(1, 1, 10)]), reading(40, { 0: [0, 0, 1] })], 0],
      [[reading(60, { 1: [1, 1, 0] }), reading(40, { 0: [0, 0, 1] })], 0],
    ] as const) {
      const view = new FundsView(readings);
      assert.equal(view.isConsistent, true);
      assert.equal(view.freeInAll(USD), 100);
      assert.deepEqual(view.balances(), [{ asset: USD, free: 100, locked: 2 }]);
      assert.equal(view.underWay.length, underWay);
    }
  });

  it("are not consistent when a transfer may count twice, or not at all, or a partition was not read", () => {
    // The sender was read before it sent, the receiver after it arrived.
    assert.equal(new FundsView([reading(70), reading(40, { 0: [0, 0, 1] })]).isConsistent, false);
    // The receiver was read before it arrived, the sender after it was acknowledged.
    assert.equal(new FundsView([reading(60, { 1: [1, 1, 0] }), reading(30)]).isConsistent, false);
    const partial = new FundsView([reading(60), undefined]);
    assert.equal(partial.isConsistent, false);
    assert.equal(partial.freeInAll(USD), 60);
  });
});
