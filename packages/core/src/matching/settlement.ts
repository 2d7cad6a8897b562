import { EventType, OrderFilled, OrderStatus } from "@buttonwood/protocol";
import type { EventWriter } from "../events/event-writer.js";
import {
  M_BASE,
  M_BOOK,
  M_HOUSE_BASE,
  M_HOUSE_QUOTE,
  M_LAST,
  M_LOT_UNITS,
  M_MAKER_FEE,
  M_QUOTE,
  M_TAKER_FEE,
  M_TICK_LOT_UNITS,
  M_TRADE_NEXT,
} from "../instrument/market-table.js";
import { AM_BASE_ROW, AM_QUOTE_ROW } from "../ledger/account-markets.js";
import { LOCKED } from "../ledger/balances.js";
import { feeOf } from "../ledger/fee.js";
import { BID, FILL_LEFT, FILL_LOTS, FILL_PRICE, FILL_WORDS } from "../order-book/layout.js";
import { ACCOUNT_MARKET, EXECUTED, EXECUTED_QUOTE, KIND, PRICE, STATUS } from "../orders/order-store.js";
import type { State } from "../state/state.js";

/** Turns the fills that the book wrote into trades: money, orders, events. */
export class Settlement {
  readonly #state: State;
  readonly #events: EventWriter;
  /** The price level whose LEVEL event is still due, 0: none. */
  #levelPrice = 0;

  constructor(state: State, events: EventWriter) {
    this.#state = state;
    this.#events = events;
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
    const book = markets.words[market + M_BOOK];
    // Makers leave best price first: a level that is no longer the best one is gone.
    const isBest = books.words[book + BID + side] === price;
    this.#events.level(market, side, price, isBest ? books.lotsAt(books.bestLevel(book, side)) : 0);
  }

  /**
   * Settles all fills of `OrderBooks.fills`.
   *
   * @param held whether the taker has a hold (at its limit price for a buy) to be used up.
   * @param wanted lots the taker wanted before these fills; it is FILLED by the one that leaves none.
   */
  settle(taker: number, market: number, held: boolean, wanted: number): void {
    const { books, orders, markets, accountMarkets, balances, out } = this.#state;
    const fills = books.fills;
    const w = orders.words;
    const cf = orders.doubles;
    const mw = markets.words;
    const mf = markets.doubles;
    const am = accountMarkets.words;
    const bf = balances.doubles;
    const tickLotUnits = mf[(market + M_TICK_LOT_UNITS) >> 1];
    const lotUnits = mf[(market + M_LOT_UNITS) >> 1];
    const makerPpm = mw[market + M_MAKER_FEE];
    const takerPpm = mw[market + M_TAKER_FEE];
    const t = orders.cold(taker);
    const buys = (w[t + KIND] & 1) === 0;
    const makerSide = buys ? 1 : 0;
    const limit = w[t + PRICE];
    // Columns of the taker's given and received asset; the maker's are the other way round.
    const given = buys ? AM_QUOTE_ROW : AM_BASE_ROW;
    const received = buys ? AM_BASE_ROW : AM_QUOTE_ROW;
    const takerGivenRow = am[w[t + ACCOUNT_MARKET] + given];
    const takerReceivedRow = am[w[t + ACCOUNT_MARKET] + received];
    const makerFeeAsset = mw[market + (buys ? M_QUOTE : M_BASE)];
    const takerFeeAsset = mw[market + (buys ? M_BASE : M_QUOTE)];
    const houseOfMaker = mw[market + (buys ? M_HOUSE_QUOTE : M_HOUSE_BASE)];
    const houseOfTaker = mw[market + (buys ? M_HOUSE_BASE : M_HOUSE_QUOTE)];
    const end = books.fillCount * FILL_WORDS;
    let open = wanted;
    for (let at = 0; at < end; at += FILL_WORDS) {
      const maker = fills[at];
      const lots = fills[at + FILL_LOTS];
      const price = fills[at + FILL_PRICE];
      const left = fills[at + FILL_LEFT];
      open -= lots;
      this.enterLevel(market, makerSide, price);
      const m = orders.cold(maker);
      const quote = price * lots * tickLotUnits;
      const base = lots * lotUnits;
      const toTaker = buys ? base : quote;
      const toMaker = buys ? quote : base;
      const makerFee = feeOf(toMaker, makerPpm);
      const takerFee = feeOf(toTaker, takerPpm);

      const makerGivenRow = am[w[m + ACCOUNT_MARKET] + received];
      const makerReceivedRow = am[w[m + ACCOUNT_MARKET] + given];
      balances.touch(makerGivenRow);
      bf[(makerGivenRow + LOCKED) >> 1] -= toTaker;
      balances.touch(makerReceivedRow);
      bf[makerReceivedRow >> 1] += toMaker - makerFee;
      balances.touch(takerGivenRow);
      if (held) {
        const hold = buys ? limit * lots * tickLotUnits : base;
        bf[(takerGivenRow + LOCKED) >> 1] -= hold;
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

      w[m + EXECUTED] += lots;
      cf[(m + EXECUTED_QUOTE) >> 1] += quote;
      w[m + STATUS] =
        (w[m + STATUS] & ~0xff) | (left === 0 ? OrderStatus.FILLED : OrderStatus.PARTIALLY_FILLED);
      w[t + EXECUTED] += lots;
      cf[(t + EXECUTED_QUOTE) >> 1] += quote;
      w[t + STATUS] =
        (w[t + STATUS] & ~0xff) | (open === 0 ? OrderStatus.FILLED : OrderStatus.PARTIALLY_FILLED);
      mw[market + M_LAST] = price;
      const tradeId = mf[(market + M_TRADE_NEXT) >> 1];
      mf[(market + M_TRADE_NEXT) >> 1] = tradeId + 1;

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

      if (left === 0) orders.close(maker);
      else orders.rehash(maker);
    }
  }
}
