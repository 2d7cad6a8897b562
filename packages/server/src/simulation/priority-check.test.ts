import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Event, type OrderState, OrderStatus, Reason, Side } from "@buttonwood/protocol";
import { testOrder } from "../projection/testing/event-log.js";
import { PriorityCheck } from "./priority-check.js";

const NO_TERMS = {
  contingency: 0,
  leg: 0,
  displayLots: 0,
  trailingBips: 0,
  trailingTicks: 0,
  expiresUs: 0,
} as const;
const SHOWS_FOUR = { terms: { ...NO_TERMS, displayLots: 4 } };

const ask = (orderId: number, more: Partial<OrderState> = {}): OrderState =>
  testOrder({ orderId, side: Side.SELL, workingUs: 1, ...more });

const accepted = (order: OrderState): Event => ({ kind: "ORDER_ACCEPTED", order });

/** A taker that meets resting orders for some lots each. */
function taken(orderId: number, ...met: readonly (readonly [OrderState, number])[]): Event[] {
  const taker = testOrder({ orderId, workingUs: 1, account: 2 });
  const fills = met.flatMap(([order, lots]) =>
    [order, { ...taker, status: OrderStatus.FILLED }].map((side): Event => {
      const isMaker = side === order;
      const trade = { tradeId: 1, counterOrderId: 0, fee: 0, feeAsset: 0, priceTicks: 1000 };
      return { kind: "ORDER_FILLED", order: side, lots, isMaker, ...trade };
    }),
  );
  return [accepted(taker), ...fills];
}

const part = (order: OrderState, executedLots: number): OrderState => ({
  ...order,
  executedLots,
  status: executedLots === order.lots ? OrderStatus.FILLED : OrderStatus.PARTIALLY_FILLED,
});

/** An iceberg of ten lots that came first, and a plain order behind it. */
function twoResting(): PriorityCheck {
  const check = new PriorityCheck();
  assert.equal(check.group([accepted(ask(4, SHOWS_FOUR))]), undefined);
  assert.equal(check.group([accepted(ask(8))]), undefined);
  return check;
}

const iceberg = ask(4, SHOWS_FOUR);

describe("priority, from the events alone", () => {
  it("an iceberg whose part is used up stands behind all others at its price", () => {
    const right = twoResting();
    assert.equal(right.group(taken(12, [part(iceberg, 4), 4], [part(ask(8), 1), 1])), undefined);
    assert.equal(right.group(taken(16, [part(ask(8), 10), 9], [part(iceberg, 8), 4])), undefined);
    const wrong = twoResting();
    assert.match(
      wrong.group(taken(12, [part(iceberg, 4), 4], [part(iceberg, 5), 1])) ?? "",
      /order 4 was met before order 8, which came earlier/,
    );
  });

  it("it keeps its place while some of its part is left, and is met for no more than that", () => {
    const right = twoResting();
    assert.equal(right.group(taken(12, [part(iceberg, 1), 1])), undefined);
    assert.equal(right.group(taken(16, [part(iceberg, 4), 3])), undefined);
    const wrong = twoResting();
    assert.equal(wrong.group(taken(12, [part(iceberg, 1), 1])), undefined);
    assert.match(
      wrong.group(taken(16, [part(iceberg, 5), 4])) ?? "",
      /order 4 was met for 4 lots, but shows 3/,
    );
  });

  it("a pending order is nobody's maker until it is released", () => {
    const terms = { ...NO_TERMS, contingency: 2, leg: 1 } as const;
    const pending = ask(9, { priceTicks: 999, workingUs: 0, status: OrderStatus.PENDING_NEW, terms });
    const begin = (): PriorityCheck => {
      const check = new PriorityCheck();
      assert.equal(check.group([accepted(ask(8, { terms })), accepted(pending)]), undefined);
      return check;
    };
    assert.equal(begin().group(taken(12, [part(ask(8, { terms }), 1), 1])), undefined);
    assert.match(begin().group(taken(12, [part(pending, 1), 1])) ?? "", /order 9 .* does not rest/);
    const released = { ...pending, workingUs: 2, status: OrderStatus.NEW };
    const check = begin();
    assert.equal(check.group([{ kind: "ORDER_RELEASED", order: released }]), undefined);
    assert.match(
      check.group(taken(12, [part(ask(8, { terms }), 1), 1])) ?? "",
      /order 8 at 1000 was met before order 9 at the better price 999/,
    );
  });

  it("only an order with terms may expire while it rests", () => {
    const expired = (order: OrderState): Event => ({
      kind: "ORDER_EXPIRED",
      order: { ...order, status: OrderStatus.EXPIRED },
      reason: Reason.GOOD_TILL_DATE,
    });
    const check = twoResting();
    assert.equal(check.group([expired(iceberg)]), undefined);
    assert.equal(check.group(taken(12, [part(ask(8), 1), 1])), undefined);
    assert.match(check.group([expired(ask(8))]) ?? "", /order 8 expired and was not matching/);
  });
});
