/** The memory of client order ids and payment references, which makes repeats harmless. */
import {
  CLIENT_ID_MEMORY_SECONDS,
  CommandType,
  DIGEST_SEED_A,
  digestA,
  highWord,
  lowWord,
  type NewOrderFields,
  type OrderTerms,
  Reason,
} from "@buttonwood/protocol";
import { type Outcome, outcome } from "./outcome.js";
import type { Remembered, State } from "./state.js";

/** 0: orders, 1: payments, 2: order lists. */
export type NameSpace = 0 | 1 | 2;

const MEMORY_US = CLIENT_ID_MEMORY_SECONDS * 1_000_000;

/** Entries that one command looks at, and in a crowded memory. */
const LOOKS = 2;
const CROWDED_LOOKS = 8;

/** Of the memory; when as much is in use, orders' entries are forgotten before their time. */
const CROWDED = 7 / 8;

const keyOf = (account: number, nameSpace: number, id: string): string => `${nameSpace}:${account}:${id}`;

export const recall = (
  state: State,
  account: number,
  nameSpace: NameSpace,
  id: string,
): Remembered | undefined => state.remembered.get(keyOf(account, nameSpace, id));

/**
 * Forgets entries that are too old or in the way. An entry whose order is still open, and a payment's before its time,
 * becomes the youngest instead.
 */
function forget(state: State): void {
  const crowded = Math.floor(state.config.rememberedIdsMax * CROWDED);
  for (let i = 0; i < CROWDED_LOOKS; i++) {
    const isCrowded = state.remembered.size >= crowded;
    if (i >= LOOKS && !isCrowded) return;
    const [key, oldest] = state.remembered.entries().next().value ?? [];
    if (key === undefined || oldest === undefined) return;
    const isInTime = oldest.timeUs + MEMORY_US > state.nowUs;
    if (isInTime && !isCrowded) return;
    state.remembered.delete(key);
    if (stays(state, oldest, isInTime)) {
      if (oldest.nameSpace !== 1) oldest.timeUs = state.nowUs;
      state.remembered.set(key, oldest);
    }
  }
}

function stays(state: State, { nameSpace, orderId }: Remembered, isInTime: boolean): boolean {
  switch (nameSpace) {
    case 0:
      return state.orders.has(orderId);
    case 1:
      return isInTime;
    case 2:
      return state.lists.has(orderId / 4);
  }
}

/** Forgets, then looks an id up. Returns the outcome for an id that is known. */
export function forgetAndLookUp(
  state: State,
  account: number,
  nameSpace: NameSpace,
  id: string,
  fingerprint: number,
): Outcome | undefined {
  forget(state);
  const known = recall(state, account, nameSpace, id);
  if (known === undefined) return undefined;
  return known.fingerprint === fingerprint
    ? outcome(Reason.REPEAT, known.orderId)
    : outcome(Reason.DUPLICATE_CLIENT_ORDER_ID);
}

export const isMemoryFull = (state: State): boolean => state.remembered.size >= state.config.rememberedIdsMax;

export function remember(
  state: State,
  account: number,
  nameSpace: NameSpace,
  id: string,
  orderId: number,
  fingerprint: number,
): void {
  const entry: Remembered = { account, nameSpace, id, orderId, fingerprint, timeUs: state.nowUs };
  state.remembered.set(keyOf(account, nameSpace, id), entry);
}

const fold = (words: readonly number[]): number => words.reduce(digestA, DIGEST_SEED_A);

const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);

/** Both words of a double. */
function wordsOf(value: number): number[] {
  double[0] = value;
  return [...doubleWords];
}

/** An order's words from MARKET to QUOTE_AMOUNT + 1, the reserved one as 0. */
function orderWords(order: NewOrderFields): number[] {
  const kind = order.side | (order.type << 8) | (order.timeInForce << 16) | (order.selfTradePrevention << 24);
  const { market, priceTicks, stopTicks, lots, quoteAmount } = order;
  return [market, kind, priceTicks, stopTicks, lots, 0, ...wordsOf(quoteAmount)];
}

function termsWords(terms: OrderTerms | undefined): number[] {
  if (terms === undefined) return [0, 0, 0, 0];
  return [terms.displayLots, terms.trailingBips, ...wordsOf(terms.expiresUs)];
}

/** Of an order: its words, and those of its terms if it has some. */
export function orderFingerprint(order: NewOrderFields): number {
  const terms = termsWords(order.terms);
  return fold([...orderWords(order), ...(terms.some((word) => word !== 0) ? terms : [])]);
}

/** Of a list: its contingency, and the words and terms of each order. */
export const listFingerprint = (contingency: number, legs: readonly NewOrderFields[]): number =>
  fold([contingency, ...legs.flatMap((leg) => [...orderWords(leg), ...termsWords(leg.terms)])]);

export const paymentFingerprint = (kind: "DEPOSIT" | "WITHDRAW", asset: number, amount: number): number =>
  fold([CommandType[kind], asset, lowWord(amount), highWord(amount)]);
