import { OrderStatus, OrderType, Reason } from "@buttonwood/protocol";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import type { Holds } from "../ledger/holds.js";
import { Book, Hot } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";
import type { ListEffects } from "./list-effects.js";
import type { Matcher } from "./matcher.js";
import { boundOf, type Preview } from "./preview.js";
import type { Queues } from "./queues.js";
import type { Release } from "./release.js";
import { trail } from "./stops.js";

/** Wakes the stops that the last price has reached, and what waited for a working order, in the same command. */
export class Triggers {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #holds: Holds;
  readonly #matcher: Matcher;
  readonly #preview: Preview;
  readonly #queues: Queues;
  readonly #lists: ListEffects;
  readonly #release: Release;

  constructor(
    state: State,
    events: EventWriter,
    holds: Holds,
    matcher: Matcher,
    preview: Preview,
    queues: Queues,
    lists: ListEffects,
    release: Release,
  ) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#matcher = matcher;
    this.#preview = preview;
    this.#queues = queues;
    this.#lists = lists;
    this.#release = release;
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
      if (this.#isPending(order)) this.#release.run(order, market);
      else this.#activate(order, market);
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
    this.#trailAll(market);
  }

  #trailAll(market: number): void {
    const { markets, books } = this.#state;
    const level = books.bestLevel(markets.words[market + MarketRow.TRAILING], 0);
    if (level === 0) return;
    let order = books.firstOrder(level);
    while (order !== 0) {
      let next = books.after(order);
      if (trail(this.#state, order, market)) {
        // The other order of its pair ends with it.
        if (next !== 0 && next === this.#lists.partnerOf(order)) next = books.after(next);
        this.#trigger(market, order);
      }
      order = next;
    }
  }

  #trigger(market: number, order: number): void {
    const { orders } = this.#state;
    this.#queues.leave(order);
    this.#lists.joinTriggered(order, market);
    if (orders.words[orders.cold(order) + Cold.TERMS] === 0) return;
    this.#lists.claimHold(order);
    this.#lists.endOther(order);
  }

  #isPending(order: number): boolean {
    const { orders } = this.#state;
    return (orders.words[orders.cold(order) + Cold.STATUS] & 0xff) === OrderStatus.PENDING_NEW;
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
