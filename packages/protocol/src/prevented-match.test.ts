/** Which matches self-trade prevention kept from happening, read from one command's events. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CommandType,
  type Event,
  encodeEvent,
  eventSize,
  type OrderState,
  OrderStatus,
  OrderType,
  PREVENTED_MATCHES_PER_COMMAND,
  Reason,
  readPreventedMatches,
  SelfTradePrevention,
  Side,
  TimeInForce,
  WordBuffer,
} from "./index.js";

const SEQUENCE = 10;

function order(orderId: number, selfTradePrevention: SelfTradePrevention, account = 1): OrderState {
  return {
    orderId,
    account,
    market: 3,
    side: Side.BUY,
    type: OrderType.LIMIT,
    timeInForce: TimeInForce.GTC,
    selfTradePrevention,
    priceTicks: 50,
    stopTicks: 0,
    lots: 9,
    executedLots: 0,
    executedQuote: 0,
    quoteAmount: 0,
    createdUs: 1,
    workingUs: 1,
    status: OrderStatus.NEW,
    preventedLots: 0,
    clientOrderId: `order-${orderId}`,
  };
}

const prevented = (of: OrderState, counterOrderId: number, lots: number): Event => ({
  kind: "ORDER_PREVENTED",
  order: of,
  counterOrderId,
  priceTicks: 50,
  lots,
});

/** A buffer with another group before the one at hand, and where that begins. */
function group(events: readonly Event[]): [WordBuffer, number] {
  const buffer = new WordBuffer();
  const result = (groupWords: number): Event => ({
    kind: "RESULT",
    account: 1,
    sequence: SEQUENCE,
    timeUs: 1,
    groupWords,
    reason: Reason.OK,
    commandType: CommandType.NEW_ORDER,
    orderId: 0,
    cancelReason: Reason.OK,
    newOrderReason: Reason.OK,
  });
  encodeEvent(buffer, result(eventSize(result(0))));
  const all = [result(0), ...events];
  const start = encodeEvent(buffer, result(all.reduce((words, event) => words + eventSize(event), 0)));
  for (const event of events) encodeEvent(buffer, event);
  return [buffer, start];
}

/** As `[place in the command, taker, maker, mode, taker's lots, maker's lots]`. */
function matches(events: readonly Event[]): number[][] {
  const found = readPreventedMatches(...group(events));
  return [...new Set(found.values())].map((match) => {
    assert.deepEqual([match.account, match.market, match.priceTicks], [1, 3, 50]);
    const place = match.id - SEQUENCE * PREVENTED_MATCHES_PER_COMMAND;
    return [
      place,
      match.takerOrderId,
      match.makerOrderId,
      match.selfTradePrevention,
      match.takerLots,
      match.makerLots,
    ];
  });
}

const { EXPIRE_TAKER, EXPIRE_MAKER, EXPIRE_BOTH, DECREMENT, NONE } = SelfTradePrevention;

test("a taker that expires is told of once, and the maker's mode does not count", () => {
  const taker = order(40, EXPIRE_TAKER);
  assert.deepEqual(matches([{ kind: "ORDER_ACCEPTED", order: taker }, prevented(taker, 8, 9)]), [
    [0, 40, 8, EXPIRE_TAKER, 9, 0],
  ]);
});

test("makers that expire are a match each, in their order", () => {
  const taker = order(40, EXPIRE_MAKER);
  assert.deepEqual(
    matches([
      { kind: "ORDER_ACCEPTED", order: taker },
      prevented(order(8, EXPIRE_TAKER), 40, 3),
      prevented(order(12, NONE), 40, 4),
    ]),
    [
      [0, 40, 8, EXPIRE_MAKER, 0, 3],
      [1, 40, 12, EXPIRE_MAKER, 0, 4],
    ],
  );
});

test("what both orders lose is one match under both events, also when they meet again", () => {
  for (const mode of [EXPIRE_BOTH, DECREMENT]) {
    const taker = order(40, mode);
    const maker = order(8, NONE);
    const pair = [prevented(maker, 40, 3), prevented(taker, 8, 5)];
    assert.deepEqual(matches([{ kind: "ORDER_ACCEPTED", order: taker }, ...pair, ...pair]), [
      [0, 40, 8, mode, 5, 3],
      [1, 40, 8, mode, 5, 3],
    ]);
    const found = readPreventedMatches(...group([{ kind: "ORDER_ACCEPTED", order: taker }, ...pair]));
    const [first, second] = [...found.values()];
    assert.equal(first, second);
  }
});

test("of two orders that began in one command, the later is the taker: one that was moved, triggered or released", () => {
  const first = order(40, EXPIRE_TAKER);
  const stop = order(12, EXPIRE_MAKER);
  const kinds = ["ORDER_TRIGGERED", "ORDER_RELEASED", "ORDER_AMENDED"] as const;
  for (const kind of kinds) {
    const begins: Event =
      kind === "ORDER_AMENDED" ? { kind, order: stop, reason: Reason.OK } : { kind, order: stop };
    assert.deepEqual(matches([{ kind: "ORDER_ACCEPTED", order: first }, begins, prevented(first, 12, 6)]), [
      [0, 12, 40, EXPIRE_MAKER, 0, 6],
    ]);
  }
});

test("a group without a taker is no group of the core", () => {
  assert.throws(() => matches([prevented(order(8, NONE), 40, 3)]), /neither order 8 nor 40/);
  assert.deepEqual(matches([]), []);
});
