import {
  AccountStatus,
  CancelAll,
  CancelOrder,
  CancelRestriction,
  CLIENT_ID_WORDS,
  MarketStatus,
  MoveOrder,
  OrderType,
  Reason,
  ReduceOrder,
  ResultEvent,
  type WordBuffer,
} from "@buttonwood/protocol";
import { isText, LowestByte } from "../client-ids/text-check.js";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import type { Holds } from "../ledger/holds.js";
import type { Ending } from "../matching/ending.js";
import type { ListEffects } from "../matching/list-effects.js";
import type { Matcher } from "../matching/matcher.js";
import type { Queues } from "../matching/queues.js";
import type { Triggers } from "../matching/triggers.js";
import { Hot } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import { isInBand } from "../risk/new-order-checks.js";
import { wouldMatch } from "../risk/place-checks.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";
import { lookUpOrder, namesAnOrder } from "./order-lookup.js";

/** What can be done to open orders: cancel, cancel all, move, reduce. Header and deadline are checked before. */
export class OpenOrders {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #holds: Holds;
  readonly #matcher: Matcher;
  readonly #triggers: Triggers;
  readonly #queues: Queues;
  readonly #ending: Ending;
  readonly #lists: ListEffects;

  constructor(
    state: State,
    events: EventWriter,
    holds: Holds,
    matcher: Matcher,
    triggers: Triggers,
    queues: Queues,
    ending: Ending,
    lists: ListEffects,
  ) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#matcher = matcher;
    this.#triggers = triggers;
    this.#queues = queues;
    this.#ending = ending;
    this.#lists = lists;
  }

  areCancelWordsSound(command: WordBuffer, at: number): boolean {
    const w = command.i32;
    const length = w[at + CancelOrder.CANCEL_ID_LENGTH];
    return (
      namesAnOrder(command, at) &&
      isOneOf(w[at + CancelOrder.RESTRICTION], CancelRestriction.ONLY_PARTIALLY_FILLED) &&
      (length === 0 || isText(w, at + CancelOrder.CANCEL_ID, CLIENT_ID_WORDS, length, LowestByte.NO_BLANK))
    );
  }

  /** CANCEL_ORDER from its market on; also the first half of CANCEL_REPLACE, whose RESULT names another order. */
  cancel(command: WordBuffer, at: number, account: number, namesInResult: boolean): number {
    const { orders } = this.#state;
    const w = command.i32;
    const market = w[at + CancelOrder.MARKET];
    if (!this.#isMarket(market)) return Reason.UNKNOWN_MARKET;
    const order = lookUpOrder(this.#state, command, at, account, market);
    if (order === 0) return Reason.UNKNOWN_ORDER;
    if (namesInResult) this.#nameInResult(order);
    const restriction = w[at + CancelOrder.RESTRICTION];
    const executed = orders.words[orders.cold(order) + Cold.EXECUTED];
    if (restriction === CancelRestriction.ONLY_NEW && executed !== 0) return Reason.CANCEL_RESTRICTED;
    if (restriction === CancelRestriction.ONLY_PARTIALLY_FILLED && executed === 0) {
      return Reason.CANCEL_RESTRICTED;
    }
    this.#lists.cancel(order, w[at + CancelOrder.CANCEL_ID_LENGTH], w, at + CancelOrder.CANCEL_ID, false);
    return Reason.OK;
  }

  areCancelAllWordsSound(command: WordBuffer, at: number): boolean {
    const side = command.i32[at + CancelAll.SIDE];
    return side >= -1 && side <= 1;
  }

  cancelAll(command: WordBuffer, at: number, account: number): number {
    const market = command.i32[at + CancelAll.MARKET];
    const side = command.i32[at + CancelAll.SIDE];
    if (market === -1) return this.#cancelEverywhere(side, account) === 0 ? Reason.UNKNOWN_ORDER : Reason.OK;
    if (!this.#isMarket(market)) return Reason.UNKNOWN_MARKET;
    return this.#cancelAllOn(market, side, account) === 0 ? Reason.UNKNOWN_ORDER : Reason.OK;
  }

  /** Cancels all open orders of an account, of which there may be none. */
  cancelEverything(account: number): void {
    this.#cancelEverywhere(-1, account);
  }

  #cancelEverywhere(side: number, account: number): number {
    let canceled = 0;
    for (let market = 0; market < this.#state.scalars[Scalar.MARKETS]; market++) {
      canceled += this.#cancelAllOn(market, side, account);
    }
    return canceled;
  }

  #cancelAllOn(market: number, side: number, account: number): number {
    const { accountMarkets, orders } = this.#state;
    const row = accountMarkets.find(account, market);
    let canceled = 0;
    let order = accountMarkets.words[row + AccountMarket.FIRST];
    while (order !== 0) {
      let next = orders.nextOpen(order);
      if (side === -1 || (orders.words[orders.cold(order) + Cold.KIND] & 1) === side) {
        // Orders of its list, whose ids come next, may end with it.
        const list = this.#lists.listOf(order);
        while (list !== 0 && next !== 0 && this.#lists.listOf(next) === list) next = orders.nextOpen(next);
        this.#lists.cancel(order, 0, orders.words, 0, false);
        canceled++;
      }
      order = next;
    }
    return canceled;
  }

  areMoveWordsSound(command: WordBuffer, at: number): boolean {
    const w = command.i32;
    return namesAnOrder(command, at) && w[at + MoveOrder.PRICE_TICKS] >= 1 && w[at + MoveOrder.LOTS] >= 0;
  }

  move(command: WordBuffer, at: number, account: number): number {
    const { accountStatus, markets, orders, books } = this.#state;
    const w = command.i32;
    const market = w[at + MoveOrder.MARKET];
    if (accountStatus[account] !== AccountStatus.ACTIVE) return Reason.ACCOUNT_FROZEN;
    if (!this.#isMarket(market)) return Reason.UNKNOWN_MARKET;
    const row = markets.row(market);
    if (markets.words[row + MarketRow.STATUS] !== MarketStatus.TRADING) return Reason.MARKET_CLOSED;
    const order = lookUpOrder(this.#state, command, at, account, market);
    if (order === 0) return Reason.UNKNOWN_ORDER;
    if (orders.words[orders.cold(order) + Cold.TERMS] !== 0) {
      this.#nameInResult(order);
      return Reason.ORDER_NOT_MOVABLE;
    }
    if (!this.#queues.rests(order)) return Reason.UNKNOWN_ORDER;
    this.#nameInResult(order);
    const price = w[at + MoveOrder.PRICE_TICKS];
    const lots = w[at + MoveOrder.LOTS] || books.words[order + Hot.LOTS];
    const reason = this.#checkMove(order, row, price, lots);
    if (reason !== Reason.OK) return reason;

    const c = orders.cold(order);
    this.#holds.release(order, books.words[order + Hot.LOTS]);
    this.#ending.leaveQueue(order);
    orders.words[c + Cold.PRICE] = price;
    orders.words[c + Cold.LOTS] = orders.words[c + Cold.EXECUTED] + orders.words[c + Cold.PREVENTED] + lots;
    books.words[order + Hot.LOTS] = lots;
    this.#holds.take(order, lots);
    orders.doubles[(c + Cold.WORKING_US) >> 1] = this.#state.scalars[Scalar.NOW];
    this.#events.amended(order);
    this.#matcher.work(order, row, true);
    this.#triggers.run(row);
    return Reason.OK;
  }

  #checkMove(order: number, row: number, price: number, lots: number): number {
    const { markets, orders, books, balances, accountMarkets } = this.#state;
    const mw = markets.words;
    const c = orders.cold(order);
    const side = orders.words[c + Cold.KIND] & 1;
    const remaining = books.words[order + Hot.LOTS];
    if (price < mw[row + MarketRow.PRICE_MIN] || price > mw[row + MarketRow.PRICE_MAX])
      return Reason.PRICE_FILTER;
    const total = lots + orders.words[c + Cold.EXECUTED] + orders.words[c + Cold.PREVENTED];
    if (total > mw[row + MarketRow.LOTS_MAX]) return Reason.LOT_SIZE;
    if (lots < mw[row + MarketRow.LOTS_MIN] && lots !== remaining) return Reason.LOT_SIZE;
    const unit = markets.doubles[(row + MarketRow.TICK_LOT_UNITS) >> 1];
    if (price * lots * unit > markets.doubles[(row + MarketRow.NOTIONAL_MAX) >> 1]) return Reason.NOTIONAL;
    if (!isInBand(mw, row, side, price)) return Reason.PERCENT_PRICE_BY_SIDE;
    const am = orders.words[c + Cold.ACCOUNT_MARKET];
    const balance =
      accountMarkets.words[am + (side === 0 ? AccountMarket.QUOTE_ROW : AccountMarket.BASE_ROW)];
    const lotUnits = markets.doubles[(row + MarketRow.LOT_UNITS) >> 1];
    const hold = side === 0 ? price * lots * unit : lots * lotUnits;
    const oldHold = side === 0 ? orders.words[c + Cold.PRICE] * remaining * unit : remaining * lotUnits;
    if (balances.doubles[balance >> 1] < hold - oldHold) return Reason.INSUFFICIENT_BALANCE;
    const isMaker = ((orders.words[c + Cold.KIND] >>> 8) & 0xff) === OrderType.LIMIT_MAKER;
    if (isMaker && wouldMatch(books.words, mw[row + MarketRow.BOOK], side, price)) {
      return Reason.WOULD_MATCH_IMMEDIATELY;
    }
    return books.directory.pagesFree > 0 ? Reason.OK : Reason.CAPACITY_REACHED;
  }

  areReduceWordsSound(command: WordBuffer, at: number): boolean {
    const by = command.i32[at + ReduceOrder.REDUCE_LOTS];
    const to = command.i32[at + ReduceOrder.NEW_LOTS];
    return namesAnOrder(command, at) && ((by >= 1 && to === 0) || (by === 0 && to >= 1));
  }

  reduce(command: WordBuffer, at: number, account: number): number {
    const { markets, orders } = this.#state;
    const w = command.i32;
    const market = w[at + ReduceOrder.MARKET];
    if (!this.#isMarket(market)) return Reason.UNKNOWN_MARKET;
    const order = lookUpOrder(this.#state, command, at, account, market);
    if (order === 0) return Reason.UNKNOWN_ORDER;
    this.#nameInResult(order);
    const row = markets.row(market);
    const c = orders.cold(order);
    const remaining = orders.remaining(order);
    const lots = orders.words[c + Cold.LOTS];
    let by = w[at + ReduceOrder.REDUCE_LOTS];
    if (by >= remaining) {
      this.#lists.cancel(order, 0, w, at, false);
      return Reason.OK;
    }
    if (by === 0) {
      const to = w[at + ReduceOrder.NEW_LOTS];
      const done = orders.words[c + Cold.EXECUTED] + orders.words[c + Cold.PREVENTED];
      if (!(done < to && to < lots)) return Reason.QUANTITY_NOT_REDUCED;
      by = lots - to;
    }
    if (remaining - by < markets.words[row + MarketRow.LOTS_MIN]) return Reason.LOT_SIZE;
    const partner = this.#lists.partnerOf(order);
    this.#takeOff(order, row, by);
    if (partner !== 0) this.#takeOff(partner, row, by);
    return Reason.OK;
  }

  #takeOff(order: number, row: number, lots: number): void {
    const { orders, books } = this.#state;
    const c = orders.cold(order);
    this.#holds.release(order, lots);
    this.#queues.takeOff(order, lots);
    orders.words[c + Cold.LOTS] -= lots;
    orders.rehash(order);
    this.#events.amended(order);
    if (!this.#queues.rests(order)) return;
    const level = books.words[order + Hot.LEVEL] & ~3;
    this.#events.level(
      row,
      orders.words[c + Cold.KIND] & 1,
      orders.words[c + Cold.PRICE],
      books.lotsAt(level),
    );
  }

  #isMarket(market: number): boolean {
    return market >= 0 && market < this.#state.scalars[Scalar.MARKETS];
  }

  #nameInResult(order: number): void {
    const { out, orders, resultAt } = this.#state;
    out.f64[(resultAt + ResultEvent.ORDER_ID) >> 1] = orders.idOf(order);
  }
}

/** Whether a word is a member of a closed set 0…highest. */
const isOneOf = (word: number, highest: number): boolean => word >= 0 && word <= highest;
