import { LOTS_MAX, OrderStatus, Reason, SelfTradePrevention, TimeInForce } from "@buttonwood/protocol";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import type { Holds } from "../ledger/holds.js";
import { Bound, Hot } from "../order-book/layout.js";
import { FILLS_MAX } from "../order-book/order-books.js";
import { Cold } from "../orders/order-store.js";
import { position } from "../state/position.js";
import type { State } from "../state/state.js";
import type { Ending } from "./ending.js";
import { type ListEffects, ListEnd } from "./list-effects.js";
import { boundOf, type Preview } from "./preview.js";
import type { Queues } from "./queues.js";
import type { Settlement } from "./settlement.js";

/** No account has it: matching stops at none. */
const NOBODY = -1;

export const enum Outcome {
  /** How a match left its taker. */
  LEFT_OPEN = 0,
  ENDED = 1,
  SWEPT = 2,
}

/** Runs an order against the book and does with the rest what its time in force says. */
export class Matcher {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #holds: Holds;
  readonly #settlement: Settlement;
  readonly #preview: Preview;
  readonly #queues: Queues;
  readonly #ending: Ending;
  readonly #lists: ListEffects;
  /** What prevention took off the quote amount of the taker at hand. */
  #preventedQuote = 0;

  constructor(
    state: State,
    events: EventWriter,
    holds: Holds,
    settlement: Settlement,
    preview: Preview,
    queues: Queues,
    ending: Ending,
    lists: ListEffects,
  ) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#settlement = settlement;
    this.#preview = preview;
    this.#queues = queues;
    this.#ending = ending;
    this.#lists = lists;
  }

  /**
   * Takes an order that is in the index but in no queue to its end or into the book.
   *
   * @param held whether it has a hold for what remains of it.
   */
  work(order: number, row: number, held: boolean): void {
    const taker = position(order);
    const market = position(row);
    const { orders, books } = this.#state;
    const w = orders.words;
    const c = orders.cold(taker);
    const kind = w[c + Cold.KIND];
    const timeInForce = (kind >>> 16) & 0xff;
    if (timeInForce === TimeInForce.FOK) {
      const lots = books.words[taker + Hot.LOTS];
      const account = books.words[taker + Hot.ACCOUNT];
      this.#preview.walk(market, kind & 1, w[c + Cold.PRICE], lots, 0, kind >>> 24, account);
      if (this.#preview.lots !== lots) {
        this.expire(taker, Reason.FILL_OR_KILL_UNFILLED, held);
        return;
      }
    }
    const outcome = this.#match(taker, market, held);
    this.#settlement.leaveLevel(market, (kind & 1) ^ 1);
    if (outcome === Outcome.ENDED) {
      if (w[c + Cold.TERMS] !== 0) this.#lists.followEnd(taker, this.#endOf(taker));
      books.unindex(taker);
      orders.close(taker);
    } else if (outcome === Outcome.SWEPT) {
      this.expire(taker, Reason.SWEEP_LIMIT, held);
    } else if (w[c + Cold.PRICE] === 0) {
      this.expire(taker, Reason.NO_LIQUIDITY, held);
    } else if (timeInForce !== TimeInForce.GTC) {
      this.expire(taker, Reason.IMMEDIATE_REMAINDER, held);
    } else {
      this.rest(taker, market);
    }
  }

  /** Ends an order that is in no queue. */
  expire(order: number, reason: number, held: boolean): void {
    const { orders, books } = this.#state;
    if (held) this.#holds.release(order, books.words[order + Hot.LOTS]);
    this.#ending.setStatus(order, OrderStatus.EXPIRED);
    this.#events.expired(order, reason);
    if (orders.words[orders.cold(order) + Cold.TERMS] !== 0) this.#lists.followEnd(order, ListEnd.EXPIRED);
    books.unindex(order);
    orders.close(order);
  }

  /** How an order that a match has ended did so. */
  #endOf(order: number): number {
    const { orders } = this.#state;
    const status = orders.words[orders.cold(order) + Cold.STATUS] & 0xff;
    return status === OrderStatus.FILLED ? ListEnd.FILLED : ListEnd.EXPIRED;
  }

  /** Puts an order that meets nobody into the book, with its LEVEL. Without a page left it ends. */
  rest(reference: number, row: number): void {
    const order = position(reference);
    const market = position(row);
    const { orders, books } = this.#state;
    const c = orders.cold(order);
    const side = orders.words[c + Cold.KIND] & 1;
    const price = orders.words[c + Cold.PRICE];
    if (!this.#queues.rest(order, market)) {
      this.expire(order, Reason.CAPACITY_REACHED, true);
      return;
    }
    this.#events.level(market, side, price, books.lotsAt(books.words[order + Hot.LEVEL] & ~3));
  }

  #match(order: number, row: number, held: boolean): number {
    const taker = position(order);
    const market = position(row);
    const { orders, books, markets, config } = this.#state;
    const hot = books.words;
    const w = orders.words;
    const t = orders.cold(taker);
    const kind = w[t + Cold.KIND];
    const side = kind & 1;
    const prevention = kind >>> 24;
    const account = prevention === SelfTradePrevention.NONE ? NOBODY : hot[taker + Hot.ACCOUNT];
    const limit = w[t + Cold.PRICE] === 0 ? boundOf(side) : w[t + Cold.PRICE];
    const byQuote = w[t + Cold.LOTS] === 0;
    const book = markets.words[market + MarketRow.BOOK];
    const bestAt = book + (side ^ 1);
    const unit = markets.doubles[(market + MarketRow.TICK_LOT_UNITS) >> 1];
    let met = 0;
    this.#preventedQuote = 0;
    for (;;) {
      const price = hot[bestAt];
      if (side === 0 ? price === Bound.NO_ASK || price > limit : price < limit) return Outcome.LEFT_OPEN;
      let wanted = hot[taker + Hot.LOTS];
      if (byQuote) {
        const rest =
          orders.doubles[(t + Cold.QUOTE_AMOUNT) >> 1] -
          orders.doubles[(t + Cold.EXECUTED_QUOTE) >> 1] -
          this.#preventedQuote;
        wanted = Math.min(
          Math.floor(rest / (price * unit)),
          LOTS_MAX - w[t + Cold.EXECUTED] - w[t + Cold.PREVENTED],
        );
        if (wanted <= 0) return Outcome.LEFT_OPEN;
      }
      if (met === config.fillsMax) return Outcome.SWEPT;
      books.fillCount = 0;
      books.fillsLimit = Math.min(FILLS_MAX, config.fillsMax - met);
      // An order by quote amount wants another number of lots at every price.
      let left = books.match(book, side, byQuote ? price : limit, wanted, account);
      met += books.fillCount;
      if (books.fillCount > 0) {
        if (!byQuote) hot[taker + Hot.LOTS] = left;
        this.#settlement.settle(taker, market, held, wanted);
        if (left === 0) return Outcome.ENDED;
      }
      const own = books.selfOrder;
      if (own === 0) continue;
      met++;
      left = this.#prevent(taker, own, market, held, left, hot[bestAt], byQuote);
      if (left === 0) return Outcome.ENDED;
    }
  }

  /** Two orders of one account meet. Returns the lots the taker still wants; 0: it has ended. */
  #prevent(
    taker: number,
    maker: number,
    market: number,
    held: boolean,
    wanted: number,
    price: number,
    byQuote: boolean,
  ): number {
    const { orders, books, markets } = this.#state;
    const hot = books.words;
    const w = orders.words;
    const t = orders.cold(taker);
    const prevention = w[t + Cold.KIND] >>> 24;
    this.#settlement.enterLevel(market, (w[t + Cold.KIND] & 1) ^ 1, price);
    if (prevention === SelfTradePrevention.EXPIRE_TAKER) {
      this.#preventTaker(taker, maker, held, wanted, wanted, price);
      return 0;
    }
    const special = w[orders.cold(maker) + Cold.TERMS] !== 0;
    if (special) this.#lists.claimHold(maker);
    const shown = hot[maker + Hot.LOTS];
    const makerLots = special ? orders.remaining(maker) : shown;
    const n = prevention === SelfTradePrevention.DECREMENT ? Math.min(wanted, shown) : makerLots;
    w[orders.cold(maker) + Cold.PREVENTED] += n;
    this.#holds.release(maker, n);
    const makerEnds = n === makerLots;
    if (makerEnds) {
      books.remove(maker);
      this.#ending.setStatus(maker, OrderStatus.EXPIRED_IN_MATCH);
    } else {
      books.reduce(maker, n);
      orders.rehash(maker);
    }
    this.#events.prevented(maker, taker, price, n);
    this.#settlement.markLevel(price);
    let left = wanted;
    if (prevention === SelfTradePrevention.DECREMENT) {
      this.#preventTaker(taker, maker, held, n, wanted, price);
      left = wanted - n;
      if (byQuote)
        this.#preventedQuote += n * price * markets.doubles[(market + MarketRow.TICK_LOT_UNITS) >> 1];
      else hot[taker + Hot.LOTS] = left;
    } else if (prevention === SelfTradePrevention.EXPIRE_BOTH) {
      this.#preventTaker(taker, maker, held, wanted, wanted, price);
      left = 0;
    }
    if (special) this.#lists.endOther(maker);
    if (makerEnds) {
      if (special) this.#lists.followEnd(maker, ListEnd.EXPIRED);
      orders.close(maker);
    } else if (n === shown) {
      books.detach(maker);
      this.#queues.showNext(maker, market, true);
    }
    return left;
  }

  #preventTaker(taker: number, maker: number, held: boolean, n: number, wanted: number, price: number): void {
    const { orders } = this.#state;
    orders.words[orders.cold(taker) + Cold.PREVENTED] += n;
    if (held) this.#holds.release(taker, n);
    if (n === wanted) this.#ending.setStatus(taker, OrderStatus.EXPIRED_IN_MATCH);
    this.#events.prevented(taker, maker, price, n);
  }
}
