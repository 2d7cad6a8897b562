import { ListMarket, type WordBuffer } from "@buttonwood/protocol";
import type { OrderBooks } from "../order-book/order-books.js";
import { newTable } from "../state/table.js";

// A market's row begins with the body of its LIST_MARKET command: a field F of the command stands at
// F − ListMarket.MARKET. Its fees change with SET_MARKET_FEES.
const BODY_WORDS = ListMarket.WORDS - ListMarket.MARKET;
const body = (field: number): number => field - ListMarket.MARKET;

export const M_MARKET = body(ListMarket.MARKET);
export const M_BASE = body(ListMarket.BASE_ASSET);
export const M_QUOTE = body(ListMarket.QUOTE_ASSET);
export const M_SYMBOL = body(ListMarket.SYMBOL);
export const M_PRICE_MIN = body(ListMarket.PRICE_TICKS_MIN);
export const M_PRICE_MAX = body(ListMarket.PRICE_TICKS_MAX);
export const M_LOTS_MIN = body(ListMarket.LOTS_MIN);
export const M_LOTS_MAX = body(ListMarket.LOTS_MAX);
export const M_MARKET_LOTS_MAX = body(ListMarket.MARKET_LOTS_MAX);
export const M_NOTIONAL_MIN = body(ListMarket.NOTIONAL_MIN);
export const M_NOTIONAL_MAX = body(ListMarket.NOTIONAL_MAX);
export const M_MAKER_FEE = body(ListMarket.MAKER_FEE_PPM);
export const M_TAKER_FEE = body(ListMarket.TAKER_FEE_PPM);
export const M_OPEN_MAX = body(ListMarket.OPEN_ORDERS_MAX);
export const M_STOPS_MAX = body(ListMarket.STOP_ORDERS_MAX);
/** Lowest and highest multiplier for bids; those for asks follow. */
export const M_BID_DOWN = body(ListMarket.BID_DOWN_PPM);
export const M_STATUS = BODY_WORDS;
/** Price of the last trade, or the reference price before any. */
export const M_LAST = BODY_WORDS + 1;
/** The books: orders, stops that wait for a rise (its asks), stops that wait for a fall (its bids). */
export const M_BOOK = BODY_WORDS + 2;
export const M_RISING = BODY_WORDS + 3;
export const M_FALLING = BODY_WORDS + 4;
/** First and last triggered order; empty between commands. */
export const M_TRIGGERED_FIRST = BODY_WORDS + 5;
export const M_TRIGGERED_LAST = BODY_WORDS + 6;
/** The house's balances of the two assets. */
export const M_HOUSE_BASE = BODY_WORDS + 7;
export const M_HOUSE_QUOTE = BODY_WORDS + 8;
/** Doubles: units of base in a lot, units of quote for a lot at one tick. */
export const M_LOT_UNITS = BODY_WORDS + 10;
export const M_TICK_LOT_UNITS = BODY_WORDS + 12;
/** Doubles: the id the next trade gets, the id the last LEVEL got. */
export const M_TRADE_NEXT = BODY_WORDS + 14;
export const M_UPDATE_ID = BODY_WORDS + 16;
export const MARKET_WORDS = BODY_WORDS + 18;

/** All markets, by number. A row is named by the position of its first word. */
export class MarketTable {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly #books: OrderBooks;

  constructor(max: number, books: OrderBooks) {
    const table = newTable(max * MARKET_WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
    this.#books = books;
  }

  row(market: number): number {
    return market * MARKET_WORDS;
  }

  /** Writes a new row from a LIST_MARKET command that has been checked. */
  write(
    market: number,
    from: WordBuffer,
    at: number,
    lotUnits: number,
    tickLotUnits: number,
    houseBase: number,
    houseQuote: number,
  ): void {
    const w = this.words;
    const row = this.row(market);
    for (let i = 0; i < BODY_WORDS; i++) w[row + i] = from.i32[at + ListMarket.MARKET + i];
    w[row + M_LAST] = from.i32[at + ListMarket.REFERENCE_TICKS];
    w[row + M_BOOK] = this.#books.book(market * 3);
    w[row + M_RISING] = this.#books.book(market * 3 + 1);
    w[row + M_FALLING] = this.#books.book(market * 3 + 2);
    w[row + M_HOUSE_BASE] = houseBase;
    w[row + M_HOUSE_QUOTE] = houseQuote;
    this.doubles[(row + M_LOT_UNITS) >> 1] = lotUnits;
    this.doubles[(row + M_TICK_LOT_UNITS) >> 1] = tickLotUnits;
    this.doubles[(row + M_TRADE_NEXT) >> 1] = 1;
  }
}
