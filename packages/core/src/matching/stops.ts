import { OrderType } from "@buttonwood/protocol";
import { MarketRow } from "../instrument/market-table.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import type { State } from "../state/state.js";

/** Parts of a price that basis points count. */
const BIPS = 10_000;

/** Whether a type waits for a price to work. */
export const isStopType = (type: number): boolean => type >= OrderType.STOP_LOSS;

/** Whether a stop of this kind waits for the price to rise (else to fall). */
export function waitsForRise(side: number, type: number): boolean {
  const isStopLoss = type === OrderType.STOP_LOSS || type === OrderType.STOP_LOSS_LIMIT;
  return isStopLoss === (side === 0);
}

/** Whether the price has come to a stop. */
export const isReached = (side: number, type: number, stopTicks: number, lastTicks: number): boolean =>
  waitsForRise(side, type) ? lastTicks >= stopTicks : lastTicks <= stopTicks;

/** Whether an order is a trailing stop. */
export function isTrailing(state: State, order: number): boolean {
  const row = state.orders.words[state.orders.cold(order) + Cold.TERMS];
  return row !== 0 && state.terms.words[row + Terms.TRAILING_BIPS] !== 0;
}

/** Shows a trailing stop the last price. Returns whether that triggers it. `market` is the market's row. */
export function trail(state: State, order: number, market: number): boolean {
  const { orders, terms, markets } = state;
  const w = orders.words;
  const c = orders.cold(order);
  const row = w[c + Cold.TERMS];
  const side = w[c + Cold.KIND] & 1;
  const stop = w[c + Cold.STOP];
  const last = markets.words[market + MarketRow.LAST];
  const bips = terms.words[row + Terms.TRAILING_BIPS];
  const best = terms.words[row + Terms.TRAILING_TICKS];
  if (best === 0) {
    if (stop !== 0 && !isReached(side, (w[c + Cold.KIND] >>> 8) & 0xff, stop, last)) return false;
    terms.words[row + Terms.TRAILING_TICKS] = last;
    orders.rehash(order);
    return false;
  }
  const better = side === 0 ? Math.min(best, last) : Math.max(best, last);
  if (better !== best) {
    terms.words[row + Terms.TRAILING_TICKS] = better;
    orders.rehash(order);
  }
  return side === 0 ? last * BIPS >= better * (BIPS + bips) : last * BIPS <= better * (BIPS - bips);
}
