/** The memory of client order ids and payment references, which makes repeats harmless. */
import {
  CLIENT_ID_MEMORY_SECONDS,
  CommandType,
  DIGEST_SEED_A,
  digestA,
  highWord,
  lowWord,
  type NewOrderFields,
  Reason,
} from "@buttonwood/protocol";
import { type Outcome, outcome } from "./outcome.js";
import type { Remembered, State } from "./state.js";

const MEMORY_US = CLIENT_ID_MEMORY_SECONDS * 1_000_000;

/** Entries that one command may forget. */
const FORGET_MAX = 2;

const keyOf = (account: number, nameSpace: number, id: string): string => `${nameSpace}:${account}:${id}`;

export const recall = (state: State, account: number, nameSpace: 0 | 1, id: string): Remembered | undefined =>
  state.remembered.get(keyOf(account, nameSpace, id));

/** Forgets up to two entries that are too old. An entry whose order is still open becomes the youngest instead. */
function forget(state: State): void {
  for (let i = 0; i < FORGET_MAX; i++) {
    const [key, oldest] = state.remembered.entries().next().value ?? [];
    if (key === undefined || oldest === undefined || oldest.timeUs + MEMORY_US > state.nowUs) return;
    state.remembered.delete(key);
    if (state.orders.has(oldest.orderId)) {
      oldest.timeUs = state.nowUs;
      state.remembered.set(key, oldest);
    }
  }
}

/** Forgets, then looks an id up. Returns the outcome for an id that is known. */
export function forgetAndLookUp(
  state: State,
  account: number,
  nameSpace: 0 | 1,
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
  nameSpace: 0 | 1,
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

/** Of an order: its words from MARKET to QUOTE_AMOUNT + 1, the reserved one as 0. */
export function orderFingerprint(order: NewOrderFields): number {
  double[0] = order.quoteAmount;
  const kind = order.side | (order.type << 8) | (order.timeInForce << 16) | (order.selfTradePrevention << 24);
  return fold([
    order.market,
    kind,
    order.priceTicks,
    order.stopTicks,
    order.lots,
    0,
    doubleWords[0]!,
    doubleWords[1]!,
  ]);
}

export const paymentFingerprint = (kind: "DEPOSIT" | "WITHDRAW", asset: number, amount: number): number =>
  fold([CommandType[kind], asset, lowWord(amount), highWord(amount)]);
