import { EventType, OrderFilled, OrderStatus } from "@buttonwood/protocol";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import { Balance } from "../ledger/balances.js";
import { feeOf } from "../ledger/fee.js";
import { Book, Fill } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import { position } from "../state/position.js";
import type { State } from "../state/state.js";
import { type ListEffects, ListEnd } from "./list-effects.js";
import type { Queues } from "./queues.js";

/** Turns the fills that the book wrote into trades: money, orders, events. */
export class Settlement {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #queues: Queues;
  readonly #lists: ListEffects;
  /** The price level whose LEVEL event is still due, 0: none. */
  #levelPrice = 0;

  constructor(state: State, events: EventWriter, queues: Queues, lists: ListEffects) {
    this.#state = state;
    this.#events = events;
    this.#queues = queues;
    this.#lists = lists;
  }

  /** Says that an event at a maker's price comes next: the LEVEL of another price is due before it. */
  enterLevel(market: number, side: number, priceTicks: number): void {
    if (this.#levelPrice !== priceTicks) this.leaveLevel(market, side);
  }

  /** Says that lots changed at the price of the event just written. */
  markLevel(priceTicks: number): void {
    this.#levelPrice = priceTicks;
  }

  /** Writes the LEVEL that is due. `side` is the makers' side. */
  leaveLevel(market: number, side: number): void {
    const price = this.#levelPrice;
    if (price === 0) return;
    this.#levelPrice = 0;
    const { books, markets } = this.#state;
    const book = markets.words[market + MarketRow.BOOK];
    // Makers leave best price first: a level that is no longer the best one is gone.
    const isBest = books.words[book + Book.BID + side] === price;
    this.#events.level(market, side, price, isBest ? books.lotsAt(books.bestLevel(book, side)) : 0);
  }

  /**
   * Settles all fills of `OrderBooks.fills`.
   *
   * @param held whether the taker has a hold (at its limit price for a buy) to be used up.
   * @param wanted lots the taker wanted before these fills; it is FILLED by the one that leaves none.
   */
  settle(taker: number, row: number, held: boolean, wanted: number): void {
    const market = position(row);
    const { books, orders, markets, accountMarkets, balances, out } = this.#state;
    const fills = books.fills;
    const w = orders.words;
    const cf = orders.doubles;
    const mw = markets.words;
    const mf = markets.doubles;
    const am = accountMarkets.words;
    const bf = balances.doubles;
    const tickLotUnits = mf[(market + MarketRow.TICK_LOT_UNITS) >> 1];
    const lotUnits = mf[(market + MarketRow.LOT_UNITS) >> 1];
    const makerPpm = mw[market + MarketRow.MAKER_FEE];
    const takerPpm = mw[market + MarketRow.TAKER_FEE];
    const t = orders.cold(taker);
    const buys = (w[t + Cold.KIND] & 1) === 0;
    const makerSide = buys ? 1 : 0;
    const limit = w[t + Cold.PRICE];
    // Columns of the taker's given and received asset; the maker's are the other way round.
    const given = buys ? AccountMarket.QUOTE_ROW : AccountMarket.BASE_ROW;
    const received = buys ? AccountMarket.BASE_ROW : AccountMarket.QUOTE_ROW;
    const takerGivenRow = position(am[w[t + Cold.ACCOUNT_MARKET] + given]);
    const takerReceivedRow = position(am[w[t + Cold.ACCOUNT_MARKET] + received]);
    const makerFeeAsset = mw[market + (buys ? MarketRow.QUOTE : MarketRow.BASE)];
    const takerFeeAsset = mw[market + (buys ? MarketRow.BASE : MarketRow.QUOTE)];
    const houseOfMaker = mw[market + (buys ? MarketRow.HOUSE_QUOTE : MarketRow.HOUSE_BASE)];
    const houseOfTaker = mw[market + (buys ? MarketRow.HOUSE_BASE : MarketRow.HOUSE_QUOTE)];
    const end = books.fillCount * Fill.WORDS;
    let open = wanted;
    for (let at = 0; at < end; at += Fill.WORDS) {
      const maker = position(fills[at]);
      const lots = fills[at + Fill.LOTS];
      const price = fills[at + Fill.PRICE];
      const left = fills[at + Fill.LEFT];
      open -= lots;
      this.enterLevel(market, makerSide, price);
      const m = orders.cold(maker);
      const terms = w[m + Cold.TERMS];
      if (terms !== 0) this.#lists.claimHold(maker);
      const quote = price * lots * tickLotUnits;
      const base = lots * lotUnits;
      const toTaker = buys ? base : quote;
      const toMaker = buys ? quote : base;
      const makerFee = feeOf(toMaker, makerPpm);
      const takerFee = feeOf(toTaker, takerPpm);

      const makerGivenRow = position(am[w[m + Cold.ACCOUNT_MARKET] + received]);
      const makerReceivedRow = position(am[w[m + Cold.ACCOUNT_MARKET] + given]);
      balances.touch(makerGivenRow);
      bf[(makerGivenRow + Balance.LOCKED) >> 1] -= toTaker;
      balances.touch(makerReceivedRow);
      bf[makerReceivedRow >> 1] += toMaker - makerFee;
      balances.touch(takerGivenRow);
      if (held) {
        const hold = buys ? limit * lots * tickLotUnits : base;
        bf[(takerGivenRow + Balance.LOCKED) >> 1] -= hold;
        bf[takerGivenRow >> 1] += hold - toMaker;
      } else {
        bf[takerGivenRow >> 1] -= toMaker;
      }
      balances.touch(takerReceivedRow);
      bf[takerReceivedRow >> 1] += toTaker - takerFee;
      if (makerFee > 0) {
        balances.touch(houseOfMaker);
        bf[houseOfMaker >> 1] += makerFee;
      }
      if (takerFee > 0) {
        balances.touch(houseOfTaker);
        bf[houseOfTaker >> 1] += takerFee;
      }

      w[m + Cold.EXECUTED] += lots;
      cf[(m + Cold.EXECUTED_QUOTE) >> 1] += quote;
      const isFilled = left === 0 && (terms === 0 || this.#state.terms.words[terms + Terms.HIDDEN] === 0);
      w[m + Cold.STATUS] =
        (w[m + Cold.STATUS] & ~0xff) | (isFilled ? OrderStatus.FILLED : OrderStatus.PARTIALLY_FILLED);
      w[t + Cold.EXECUTED] += lots;
      cf[(t + Cold.EXECUTED_QUOTE) >> 1] += quote;
      w[t + Cold.STATUS] =
        (w[t + Cold.STATUS] & ~0xff) | (open === 0 ? OrderStatus.FILLED : OrderStatus.PARTIALLY_FILLED);
      mw[market + MarketRow.LAST] = price;
      const tradeId = mf[(market + MarketRow.TRADE_NEXT) >> 1];
      mf[(market + MarketRow.TRADE_NEXT) >> 1] = tradeId + 1;

      let event = this.#events.order(EventType.ORDER_FILLED, OrderFilled.WORDS, maker);
      out.f64[(event + OrderFilled.TRADE_ID) >> 1] = tradeId;
      out.f64[(event + OrderFilled.COUNTER_ORDER_ID) >> 1] = orders.idOf(taker);
      out.f64[(event + OrderFilled.FEE) >> 1] = makerFee;
      out.i32[event + OrderFilled.FEE_ASSET] = makerFeeAsset;
      out.i32[event + OrderFilled.PRICE_TICKS] = price;
      out.i32[event + OrderFilled.LOTS] = lots;
      out.i32[event + OrderFilled.IS_MAKER] = 1;
      event = this.#events.order(EventType.ORDER_FILLED, OrderFilled.WORDS, taker);
      out.f64[(event + OrderFilled.TRADE_ID) >> 1] = tradeId;
      out.f64[(event + OrderFilled.COUNTER_ORDER_ID) >> 1] = orders.idOf(maker);
      out.f64[(event + OrderFilled.FEE) >> 1] = takerFee;
      out.i32[event + OrderFilled.FEE_ASSET] = takerFeeAsset;
      out.i32[event + OrderFilled.PRICE_TICKS] = price;
      out.i32[event + OrderFilled.LOTS] = lots;
      out.i32[event + OrderFilled.IS_MAKER] = 0;
      this.#levelPrice = price;

      if (terms !== 0) this.#lists.endOther(maker);
      if (isFilled) {
        if (terms !== 0) this.#lists.followEnd(maker, ListEnd.FILLED);
        orders.close(maker);
      } else if (left === 0) {
        this.#queues.showNext(maker, market, false);
      } else {
        orders.rehash(maker);
      }
    }
  }
}
