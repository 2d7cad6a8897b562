import type { SelfTradePrevention } from "./enums.js";
import { EventHeader, EventType, eventWords, OrderBlock, OrderPrevented, ResultEvent } from "./event.js";
import type { WordBuffer } from "./word-buffer.js";

/**
 * Ids of prevented matches rise by this much from command to command: far above what one command prevents, as an
 * order deals with 4,096 others at most. Ids stay exact up to 2^41 commands.
 */
export const PREVENTED_MATCHES_PER_COMMAND = 2 ** 12;

/** Two orders of one account that met and did not trade: what one or two ORDER_PREVENTED events tell. */
export interface PreventedMatch {
  /** `sequence × PREVENTED_MATCHES_PER_COMMAND` + its place in the command, from 0. Both orders know it by this. */
  readonly id: number;
  readonly account: number;
  readonly market: number;
  readonly takerOrderId: number;
  readonly makerOrderId: number;
  /** The taker's, which is what counts. */
  readonly selfTradePrevention: SelfTradePrevention;
  /** The maker's price. */
  readonly priceTicks: number;
  /** Lots that each order lost; 0 = it was left as it was, and has no event. */
  readonly takerLots: number;
  readonly makerLots: number;
}

type Draft = { -readonly [K in keyof PreventedMatch]: PreventedMatch[K] };

/**
 * The prevented matches of the group that begins at a word, each under the words where its ORDER_PREVENTED events
 * stand: the maker's and the taker's event lead to the same object. Whoever matches has an event of its own before
 * (accepted, released, triggered or amended): of the two orders, the one that had it last is the taker.
 */
export function readPreventedMatches(buffer: WordBuffer, start: number): Map<number, PreventedMatch> {
  const { i32, f64 } = buffer;
  const end = start + i32[start + ResultEvent.GROUP_WORDS]!;
  const sequence = f64[(start + ResultEvent.SEQUENCE) >> 1]!;
  const matches = new Map<number, PreventedMatch>();
  /** Where each order began to match. */
  const begunAt = new Map<number, number>();
  let count = 0;
  /** A maker's, while the taker's event may still follow. */
  let open: Draft | undefined;
  for (let at = start; at < end; at += eventWords(buffer, at)) {
    const type = (i32[at]! & 0xff) as EventType;
    const orderId = f64[(at + OrderBlock.ORDER_ID) >> 1]!;
    if (
      type === EventType.ORDER_ACCEPTED ||
      type === EventType.ORDER_TRIGGERED ||
      type === EventType.ORDER_RELEASED ||
      type === EventType.ORDER_AMENDED
    ) {
      begunAt.set(orderId, at);
      continue;
    }
    if (type !== EventType.ORDER_PREVENTED) continue;
    const counterOrderId = f64[(at + OrderPrevented.COUNTER_ORDER_ID) >> 1]!;
    const lots = i32[at + OrderPrevented.LOTS]!;
    if (open !== undefined && open.takerOrderId === orderId && open.makerOrderId === counterOrderId) {
      open.takerLots = lots;
      matches.set(at, open);
      open = undefined;
      continue;
    }
    const ownAt = begunAt.get(orderId) ?? -1;
    const counterAt = begunAt.get(counterOrderId) ?? -1;
    if (ownAt < 0 && counterAt < 0) {
      throw new Error(`neither order ${orderId} nor ${counterOrderId} of command ${sequence} is a taker`);
    }
    const isTaker = ownAt > counterAt;
    const match: Draft = {
      id: sequence * PREVENTED_MATCHES_PER_COMMAND + count++,
      account: i32[at + EventHeader.ACCOUNT]!,
      market: i32[at + OrderBlock.MARKET]!,
      takerOrderId: isTaker ? orderId : counterOrderId,
      makerOrderId: isTaker ? counterOrderId : orderId,
      selfTradePrevention: (i32[Math.max(ownAt, counterAt) + OrderBlock.KIND]! >>> 24) as SelfTradePrevention,
      priceTicks: i32[at + OrderPrevented.PRICE_TICKS]!,
      takerLots: isTaker ? lots : 0,
      makerLots: isTaker ? 0 : lots,
    };
    open = isTaker ? undefined : match;
    matches.set(at, match);
  }
  return matches;
}
