import { OrderType, Reason } from "@buttonwood/protocol";
import { MarketRow } from "../instrument/market-table.js";
import { isReached, isStopType } from "../matching/stops.js";
import { Book } from "../order-book/layout.js";
import type { State } from "../state/state.js";

/**
 * Steps 14 and 15 for an order given by its words: whether a stop would trigger at once, or a LIMIT_MAKER match.
 * `row` is the market's.
 */
export function placeRefusal(
  state: State,
  row: number,
  kind: number,
  priceTicks: number,
  stopTicks: number,
  trailingBips: number,
): number {
  const mw = state.markets.words;
  const side = kind & 1;
  const type = (kind >>> 8) & 0xff;
  if (isStopType(type)) {
    const triggers = trailingBips === 0 && isReached(side, type, stopTicks, mw[row + MarketRow.LAST]);
    return triggers ? Reason.WOULD_TRIGGER_IMMEDIATELY : Reason.OK;
  }
  const matches =
    type === OrderType.LIMIT_MAKER &&
    wouldMatch(state.books.words, mw[row + MarketRow.BOOK], side, priceTicks);
  return matches ? Reason.WOULD_MATCH_IMMEDIATELY : Reason.OK;
}

/** Whether an order at this price would trade at once. */
export function wouldMatch(hot: Int32Array, book: number, side: number, price: number): boolean {
  return side === 0 ? hot[book + Book.ASK] <= price : hot[book + Book.BID] >= price;
}
