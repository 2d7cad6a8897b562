import { OrderStatus, OrderType, Reason } from "@buttonwood/protocol";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import type { Holds } from "../ledger/holds.js";
import { List, ListPhase } from "../orders/list-table.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import type { Needs } from "../risk/needs.js";
import { placeRefusal } from "../risk/place-checks.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";
import type { Ending } from "./ending.js";
import { isUnpriced, type ListEffects } from "./list-effects.js";
import type { Matcher } from "./matcher.js";
import type { Queues } from "./queues.js";
import { isStopType } from "./stops.js";

/** Lets the pending orders of a list begin, when their turn comes after the working order was filled. */
export class Release {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #holds: Holds;
  readonly #needs: Needs;
  readonly #matcher: Matcher;
  readonly #queues: Queues;
  readonly #ending: Ending;
  readonly #lists: ListEffects;

  constructor(
    state: State,
    events: EventWriter,
    holds: Holds,
    needs: Needs,
    matcher: Matcher,
    queues: Queues,
    ending: Ending,
    lists: ListEffects,
  ) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#needs = needs;
    this.#matcher = matcher;
    this.#queues = queues;
    this.#ending = ending;
    this.#lists = lists;
  }

  /** `first`: the first of the pending orders, which has left their queue; a second one has not. */
  run(first: number, market: number): void {
    const { lists } = this.#state;
    const second = this.#lists.partnerOf(first);
    const row = this.#lists.listOf(first);
    const refusal = this.#refusal(first, second, market);
    lists.words[row + List.PHASE] = second === 0 || refusal !== Reason.OK ? ListPhase.LOOSE : ListPhase.PAIR;
    if (second !== 0) this.#queues.leave(second);
    if (refusal !== Reason.OK) {
      this.#matcher.expire(first, refusal, true);
      if (second !== 0) this.#matcher.expire(second, refusal, true);
      return;
    }
    lists.rehash(row);
    const holder = second !== 0 && this.#needs.hold(second) > this.#needs.hold(first) ? second : first;
    this.#begin(first, holder);
    if (second !== 0) this.#begin(second, holder);
    this.#join(first, market, second === 0);
    if (second !== 0) this.#join(second, market, false);
  }

  #refusal(first: number, second: number, market: number): number {
    const placed =
      this.#placeRefusal(first, market) || (second === 0 ? 0 : this.#placeRefusal(second, market));
    if (placed !== Reason.OK) return placed;
    const { orders, accountMarkets, balances } = this.#state;
    const c = orders.cold(first);
    const isSell = (orders.words[c + Cold.KIND] & 1) === 1;
    const balance =
      accountMarkets.words[
        orders.words[c + Cold.ACCOUNT_MARKET] + (isSell ? AccountMarket.BASE_ROW : AccountMarket.QUOTE_ROW)
      ];
    const need = Math.max(this.#needs.ofOrder(first), second === 0 ? 0 : this.#needs.ofOrder(second));
    return balances.doubles[balance >> 1] < need ? Reason.INSUFFICIENT_BALANCE : Reason.OK;
  }

  #placeRefusal(order: number, market: number): number {
    const { orders, terms } = this.#state;
    const w = orders.words;
    const c = orders.cold(order);
    const bips = terms.words[w[c + Cold.TERMS] + Terms.TRAILING_BIPS];
    return placeRefusal(this.#state, market, w[c + Cold.KIND], w[c + Cold.PRICE], w[c + Cold.STOP], bips);
  }

  #begin(order: number, holder: number): void {
    const { orders, terms, markets, scalars } = this.#state;
    const w = orders.words;
    const c = orders.cold(order);
    const row = w[c + Cold.TERMS];
    const type = (w[c + Cold.KIND] >>> 8) & 0xff;
    this.#ending.setStatus(order, OrderStatus.NEW);
    orders.doubles[(c + Cold.WORKING_US) >> 1] = isStopType(type) ? 0 : scalars[Scalar.NOW];
    const holds = order === holder && type !== OrderType.MARKET && !isUnpriced(this.#state, order);
    terms.words[row + Terms.HELD] = holds ? 1 : 0;
    this.#holds.take(order, orders.remaining(order));
    if (terms.words[row + Terms.TRAILING_BIPS] !== 0 && w[c + Cold.STOP] === 0) {
      terms.words[row + Terms.TRAILING_TICKS] =
        markets.words[markets.row(w[c + Cold.MARKET]) + MarketRow.LAST];
    }
    this.#events.released(order);
  }

  #join(order: number, market: number, isSingle: boolean): void {
    const { orders } = this.#state;
    const type = (orders.words[orders.cold(order) + Cold.KIND] >>> 8) & 0xff;
    if (isStopType(type)) {
      if (!this.#queues.waitForTrigger(order, market))
        this.#matcher.expire(order, Reason.CAPACITY_REACHED, true);
    } else if (isSingle) {
      this.#matcher.work(order, market, type !== OrderType.MARKET);
    } else {
      this.#matcher.rest(order, market);
    }
  }
}
