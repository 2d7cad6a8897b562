/** What is written is what is read: every command and every event, by random fields within their words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  AccountStatus,
  CancelReplaceMode,
  CancelRestriction,
  COMMAND_WORDS,
  type Command,
  CommandType,
  Contingency,
  DIGEST_SEED_A,
  DIGEST_SEED_B,
  decodeCommand,
  decodeEvent,
  decodeEvents,
  digestA,
  digestB,
  type Event,
  EventType,
  encodeCommand,
  encodeEvent,
  eventSize,
  eventWords,
  highWord,
  isCommandSize,
  ListStatus,
  lowWord,
  MarketStatus,
  OrderStatus,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
  WordBuffer,
} from "./index.js";

const RUNS = { numRuns: 300 };

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const amount = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32, 2 ** 52, 2 ** 53 - 1));
const timeUs = fc.maxSafeNat();
const oneOf = <T extends number>(set: Record<string, T>) => fc.constantFrom(...Object.values(set));

/** Printable ASCII, at most so many bytes. */
const text = (bytesMax: number, bytesMin = 0) =>
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: bytesMin,
    maxLength: bytesMax,
  });
const id = text(36);

const terms = fc.record({ displayLots: word, trailingBips: word, expiresUs: timeUs });

const plainOrderFields = {
  market: word,
  side: oneOf(Side),
  type: oneOf(OrderType),
  timeInForce: oneOf(TimeInForce),
  selfTradePrevention: oneOf(SelfTradePrevention),
  priceTicks: word,
  stopTicks: word,
  lots: word,
  quoteAmount: amount,
  clientOrderId: id,
};
const orderFields = fc.oneof(fc.record(plainOrderFields), fc.record({ ...plainOrderFields, terms }));
const leg = fc.record({ ...plainOrderFields, terms });

const reference = { market: word, orderId: amount, clientOrderId: id };
const cancel = { ...reference, restriction: oneOf(CancelRestriction), cancelId: id };

const market = {
  market: word,
  symbol: text(20),
  baseAsset: word,
  quoteAsset: word,
  referenceTicks: word,
  tickMantissa: word,
  tickDecimals: word,
  lotMantissa: word,
  lotDecimals: word,
  priceTicksMin: word,
  priceTicksMax: word,
  lotsMin: word,
  lotsMax: word,
  marketLotsMax: word,
  notionalMin: amount,
  notionalMax: amount,
  makerFeePpm: word,
  takerFeePpm: word,
  openOrdersMax: word,
  stopOrdersMax: word,
  bidDownPpm: word,
  bidUpPpm: word,
  askDownPpm: word,
  askUpPpm: word,
};

const bands = {
  market: word,
  referenceTicks: word,
  bidDownPpm: word,
  bidUpPpm: word,
  askDownPpm: word,
  askUpPpm: word,
};

const payment = { asset: word, amount, reference: id };

/** The fields of every kind of command, the header aside. */
const COMMAND_FIELDS: Record<Command["kind"], Record<string, fc.Arbitrary<unknown>>> = {
  NEW_ORDER: { order: orderFields },
  CANCEL_ORDER: cancel,
  CANCEL_ALL: { market: word, side: fc.constantFrom(-1, 0, 1) },
  CANCEL_REPLACE: { ...cancel, mode: oneOf(CancelReplaceMode), order: orderFields },
  MOVE_ORDER: { ...reference, priceTicks: word, lots: word },
  REDUCE_ORDER: { ...reference, reduceLots: word, newLots: word },
  ORDER_LIST: {
    contingency: fc.constantFrom(Contingency.OCO, Contingency.OTO),
    listClientOrderId: id,
    legs: fc.tuple(leg, leg),
  },
  CANCEL_LIST: { market: word, listId: amount, listClientOrderId: id, cancelId: id },
  SET_COUNTDOWN: { atUs: timeUs },
  LIST_ASSET: { asset: word, decimals: word, name: text(16) },
  LIST_MARKET: market,
  SET_MARKET_STATUS: { market: word, status: oneOf(MarketStatus) },
  SET_MARKET_FEES: { market: word, makerFeePpm: word, takerFeePpm: word },
  SET_MARKET_BANDS: bands,
  OPEN_ACCOUNT: { name: id },
  SET_ACCOUNT_STATUS: { status: oneOf(AccountStatus) },
  DEPOSIT: payment,
  WITHDRAW: payment,
  TRANSFER_OUT: { toPartition: word, asset: word, amountMin: amount, amountMax: amount },
  TRANSFER_IN: { fromPartition: word, asset: word, channelSequence: amount, amount },
  TRANSFER_ACK: { toPartition: word, channelSequence: amount },
  BARRIER: {},
  TICK: {},
};

const commandOf = (kind: Command["kind"]): fc.Arbitrary<Command> =>
  fc.record({
    kind: fc.constant(kind),
    account: word,
    timeUs,
    deadlineUs: timeUs,
    ...COMMAND_FIELDS[kind],
  }) as unknown as fc.Arbitrary<Command>;

const plainOrderState = {
  orderId: amount,
  account: word,
  market: word,
  side: oneOf(Side),
  type: oneOf(OrderType),
  timeInForce: oneOf(TimeInForce),
  selfTradePrevention: oneOf(SelfTradePrevention),
  priceTicks: word,
  stopTicks: word,
  lots: word,
  executedLots: word,
  executedQuote: amount,
  quoteAmount: amount,
  createdUs: timeUs,
  workingUs: timeUs,
  status: oneOf(OrderStatus),
  preventedLots: word,
  clientOrderId: id,
};
const termsState = fc.record({
  contingency: fc.constantFrom(0, ...Object.values(Contingency)),
  leg: fc.integer({ min: 0, max: 2 }),
  displayLots: word,
  trailingBips: word,
  trailingTicks: word,
  expiresUs: timeUs,
});
const orderState = fc.oneof(fc.record(plainOrderState), fc.record({ ...plainOrderState, terms: termsState }));

const reason = oneOf(Reason);
const paid = { account: word, asset: word, amount, reference: id };
const transfer = { account: word, partition: word, asset: word, channelSequence: amount, amount };

const EVENT_FIELDS: Record<Event["kind"], Record<string, fc.Arbitrary<unknown>>> = {
  RESULT: {
    account: word,
    sequence: amount,
    timeUs,
    groupWords: word,
    reason,
    commandType: oneOf(CommandType),
    orderId: amount,
    cancelReason: reason,
    newOrderReason: reason,
  },
  ORDER_ACCEPTED: { order: orderState },
  ORDER_TRIGGERED: { order: orderState },
  ORDER_RELEASED: { order: orderState },
  ORDER_LIST: {
    account: word,
    listId: amount,
    market: word,
    contingency: oneOf(Contingency),
    status: oneOf(ListStatus),
    createdUs: timeUs,
    listClientOrderId: id,
    clientOrderIds: fc.array(id, { maxLength: 3 }),
  },
  COUNTDOWN_SET: { account: word, atUs: timeUs },
  ORDER_FILLED: {
    order: orderState,
    tradeId: amount,
    counterOrderId: amount,
    fee: amount,
    feeAsset: word,
    priceTicks: word,
    lots: word,
    isMaker: fc.boolean(),
  },
  ORDER_CANCELED: { order: orderState, cancelId: id },
  ORDER_EXPIRED: { order: orderState, reason },
  ORDER_AMENDED: { order: orderState, reason },
  ORDER_PREVENTED: { order: orderState, counterOrderId: amount, priceTicks: word, lots: word },
  BALANCE: { account: word, asset: word, free: amount, locked: amount },
  LEVEL: { market: word, side: oneOf(Side), priceTicks: word, lots: amount, updateId: amount },
  ASSET_LISTED: { asset: word, decimals: word, name: text(16) },
  MARKET_LISTED: market,
  MARKET_STATUS_SET: { market: word, status: oneOf(MarketStatus) },
  MARKET_FEES_SET: { market: word, makerFeePpm: word, takerFeePpm: word },
  MARKET_BANDS_SET: bands,
  ACCOUNT_OPENED: { account: word, name: id },
  ACCOUNT_STATUS_SET: { account: word, status: oneOf(AccountStatus) },
  DEPOSITED: paid,
  WITHDRAWN: paid,
  TRANSFER_SENT: transfer,
  TRANSFER_RECEIVED: transfer,
};

const eventOf = (kind: Event["kind"]): fc.Arbitrary<Event> =>
  fc.record({ kind: fc.constant(kind), ...EVENT_FIELDS[kind] }) as unknown as fc.Arbitrary<Event>;

/** fast-check makes records without a prototype; the readers make plain objects. */
const plain = <T>(value: T): T => structuredClone(value);

const commandKinds = Object.keys(CommandType) as Command["kind"][];
const eventKinds = Object.keys(EventType) as Event["kind"][];

for (const kind of commandKinds) {
  test(`command ${kind}: written and read again it is the same`, () => {
    fc.assert(
      fc.property(commandOf(kind), (command) => {
        const buffer = new WordBuffer(2);
        encodeCommand(buffer, { kind: "BARRIER", account: 0 });
        const at = encodeCommand(buffer, command);
        const words = buffer.i32[at]! >>> 8;
        assert.equal(buffer.length - at, words);
        assert.ok(isCommandSize(CommandType[kind], words), `${words} words`);
        assert.deepEqual(decodeCommand(buffer, at), plain(command));
      }),
      RUNS,
    );
  });
}

for (const kind of eventKinds) {
  test(`event ${kind}: written and read again it is the same`, () => {
    fc.assert(
      fc.property(eventOf(kind), (event) => {
        const buffer = new WordBuffer(2);
        // What lay there before must not shine through.
        buffer.reserve(64);
        buffer.i32.fill(-1);
        buffer.clear();
        const at = encodeEvent(buffer, event);
        assert.equal(eventWords(buffer, at), eventSize(event));
        assert.deepEqual(decodeEvent(buffer, at), plain(event));
        const again = new WordBuffer(64);
        encodeEvent(again, decodeEvent(buffer, at));
        assert.deepEqual(again.bytes(), buffer.bytes());
      }),
      RUNS,
    );
  });
}

test("an order list of three is read as it was written", () => {
  fc.assert(
    fc.property(fc.tuple(leg, leg, leg), id, (legs, listClientOrderId) => {
      const buffer = new WordBuffer(2);
      const command = {
        kind: "ORDER_LIST",
        account: 1,
        timeUs: 2,
        deadlineUs: 3,
        contingency: Contingency.OTOCO,
        listClientOrderId,
        legs,
      } as Command;
      assert.deepEqual(decodeCommand(buffer, encodeCommand(buffer, command)), plain(command));
    }),
    RUNS,
  );
});

test("only orders may be longer by terms", () => {
  for (const [type, words] of COMMAND_WORDS) {
    const mayBe = type === CommandType.NEW_ORDER || type === CommandType.CANCEL_REPLACE;
    assert.ok(isCommandSize(type, words), `command type ${type}`);
    assert.equal(isCommandSize(type, words + 6), mayBe, `command type ${type}`);
    for (const wrong of [0, words - 2, words + 2, words + 12]) assert.ok(!isCommandSize(type, wrong));
  }
  assert.ok(!isCommandSize(0, 6));
});

test("records of every kind start on an even word, so that doubles are aligned", () => {
  for (const [type, words] of COMMAND_WORDS) assert.equal(words % 2, 0, `command type ${type}`);
  for (const kind of eventKinds) assert.equal(eventSize({ kind } as Event) % 2, 0, kind);
});

test("a sequence of events is read as it was written", () => {
  const events = fc.array(fc.constantFrom(...eventKinds).chain(eventOf), { maxLength: 20 });
  fc.assert(
    fc.property(events, (list) => {
      const buffer = new WordBuffer(2);
      for (const event of list) encodeEvent(buffer, event);
      assert.deepEqual(decodeEvents(buffer), plain(list));
    }),
    { numRuns: 100 },
  );
});

test("text that does not fit its words, or is not printable, is refused by the writer", () => {
  const buffer = new WordBuffer();
  const named = (name: string): Command => ({ kind: "OPEN_ACCOUNT", account: 1, name });
  assert.throws(() => encodeCommand(buffer, named("x".repeat(37))), /longer than 36 bytes/);
  for (const name of ["tab\t", "é", "\u0000"]) {
    assert.throws(() => encodeCommand(buffer, named(name)), /not printable ASCII/);
  }
});

test("low and high word put an amount together again", () => {
  fc.assert(
    fc.property(amount, (value) => {
      assert.equal((lowWord(value) >>> 0) + highWord(value) * 2 ** 32, value);
    }),
  );
});

test("digests: the order of words matters, one bit matters, the lanes differ", () => {
  const fold = (step: (lane: number, word: number) => number, seed: number, words: readonly number[]) =>
    words.reduce(step, seed);
  fc.assert(
    fc.property(word, word, fc.integer({ min: 0, max: 31 }), (a, b, bit) => {
      for (const [step, seed] of [
        [digestA, DIGEST_SEED_A],
        [digestB, DIGEST_SEED_B],
      ] as const) {
        assert.equal(fold(step, seed, [a, b]) | 0, fold(step, seed, [a, b]));
        assert.notEqual(fold(step, seed, [a ^ (1 << bit), b]), fold(step, seed, [a, b]));
        if (a !== b) assert.notEqual(fold(step, seed, [a, b]), fold(step, seed, [b, a]));
      }
    }),
  );
  assert.notEqual(digestA(DIGEST_SEED_A, 1), digestB(DIGEST_SEED_B, 1));
});
