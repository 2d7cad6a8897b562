import { OrderType, Reason } from "@buttonwood/protocol";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import type { Holds } from "../ledger/holds.js";
import { Book, Hot } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";
import type { Matcher } from "./matcher.js";
import { boundOf, type Preview } from "./preview.js";

/** Whether a type waits for a price to work. */
export const isStopType = (type: number): boolean => type >= OrderType.STOP_LOSS;

/** Whether a stop of this kind waits for the price to rise (else to fall). */
export function waitsForRise(side: number, type: number): boolean {
  const isStopLoss = type === OrderType.STOP_LOSS || type === OrderType.STOP_LOSS_LIMIT;
  return isStopLoss === (side === 0);
}

/** Wakes the stops that the last price has reached, in the same command. */
export class Triggers {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #holds: Holds;
  readonly #matcher: Matcher;
  readonly #preview: Preview;

  constructor(state: State, events: EventWriter, holds: Holds, matcher: Matcher, preview: Preview) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#matcher = matcher;
    this.#preview = preview;
  }

  /** After a match: activates one stop after the other until none is left that the price has reached. */
  run(market: number): void {
    const { markets, books } = this.#state;
    const mw = markets.words;
    this.#collect(market);
    for (;;) {
      const order = mw[market + MarketRow.TRIGGERED_FIRST];
      if (order === 0) return;
      mw[market + MarketRow.TRIGGERED_FIRST] = books.words[order + Hot.NEXT];
      this.#activate(order, market);
      this.#collect(market);
    }
  }

  /** Moves all stops the last price has reached to the end of the triggered list. */
  #collect(row: number): void {
    const market = position(row);
    const { markets, books } = this.#state;
    const mw = markets.words;
    const hot = books.words;
    const last = mw[market + MarketRow.LAST];
    const rising = mw[market + MarketRow.RISING];
    while (hot[rising + Book.ASK] <= last)
      this.#trigger(market, books.firstOrder(books.bestLevel(rising, 1)));
    const falling = mw[market + MarketRow.FALLING];
    while (hot[falling + Book.BID] >= last)
      this.#trigger(market, books.firstOrder(books.bestLevel(falling, 0)));
  }

  #trigger(market: number, order: number): void {
    const { markets, books, orders, accountMarkets } = this.#state;
    const mw = markets.words;
    books.detach(order);
    accountMarkets.words[orders.words[orders.cold(order) + Cold.ACCOUNT_MARKET] + AccountMarket.STOPS]--;
    // Out of its queue, the order's link is free to carry this list.
    books.words[order + Hot.NEXT] = 0;
    if (mw[market + MarketRow.TRIGGERED_FIRST] === 0) mw[market + MarketRow.TRIGGERED_FIRST] = order;
    else books.words[mw[market + MarketRow.TRIGGERED_LAST] + Hot.NEXT] = order;
    mw[market + MarketRow.TRIGGERED_LAST] = order;
  }

  #activate(order: number, market: number): void {
    const { orders, books, scalars } = this.#state;
    const c = orders.cold(order);
    const type = (orders.words[c + Cold.KIND] >>> 8) & 0xff;
    const hasPrice = type === OrderType.STOP_LOSS_LIMIT || type === OrderType.TAKE_PROFIT_LIMIT;
    orders.doubles[(c + Cold.WORKING_US) >> 1] = scalars[Scalar.NOW];
    if (!hasPrice) this.#holds.release(order, books.words[order + Hot.LOTS]);
    this.#events.triggered(order);
    if (!hasPrice && !this.#isFunded(order, market)) {
      this.#matcher.expire(order, Reason.INSUFFICIENT_BALANCE, false);
      return;
    }
    this.#matcher.work(order, market, hasPrice);
  }

  #isFunded(order: number, market: number): boolean {
    const { orders, books, markets, balances, accountMarkets } = this.#state;
    const c = orders.cold(order);
    const kind = orders.words[c + Cold.KIND];
    const am = orders.words[c + Cold.ACCOUNT_MARKET];
    const lots = books.words[order + Hot.LOTS];
    if ((kind & 1) === 1) {
      const free = balances.doubles[accountMarkets.words[am + AccountMarket.BASE_ROW] >> 1];
      return free >= lots * markets.doubles[(market + MarketRow.LOT_UNITS) >> 1];
    }
    this.#preview.walk(market, 0, boundOf(0), lots, 0, kind >>> 24, books.words[order + Hot.ACCOUNT]);
    return balances.doubles[accountMarkets.words[am + AccountMarket.QUOTE_ROW] >> 1] >= this.#preview.quote;
  }
}
