import { ListMarket, type WordBuffer } from "@buttonwood/protocol";
import type { OrderBooks } from "../order-book/order-books.js";
import { position } from "../state/position.js";
import { newTable } from "../state/table.js";

// A market's row begins with the body of its LIST_MARKET command: a field F of the command stands at
// F − ListMarket.MARKET. Its fees change with SET_MARKET_FEES, its bands with SET_MARKET_BANDS.
const BODY_WORDS = ListMarket.WORDS - ListMarket.MARKET;

export const enum MarketRow {
  MARKET = ListMarket.MARKET - ListMarket.MARKET,
  BASE = ListMarket.BASE_ASSET - ListMarket.MARKET,
  QUOTE = ListMarket.QUOTE_ASSET - ListMarket.MARKET,
  SYMBOL = ListMarket.SYMBOL - ListMarket.MARKET,
  PRICE_MIN = ListMarket.PRICE_TICKS_MIN - ListMarket.MARKET,
  PRICE_MAX = ListMarket.PRICE_TICKS_MAX - ListMarket.MARKET,
  LOTS_MIN = ListMarket.LOTS_MIN - ListMarket.MARKET,
  LOTS_MAX = ListMarket.LOTS_MAX - ListMarket.MARKET,
  MARKET_LOTS_MAX = ListMarket.MARKET_LOTS_MAX - ListMarket.MARKET,
  NOTIONAL_MIN = ListMarket.NOTIONAL_MIN - ListMarket.MARKET,
  NOTIONAL_MAX = ListMarket.NOTIONAL_MAX - ListMarket.MARKET,
  MAKER_FEE = ListMarket.MAKER_FEE_PPM - ListMarket.MARKET,
  TAKER_FEE = ListMarket.TAKER_FEE_PPM - ListMarket.MARKET,
  OPEN_MAX = ListMarket.OPEN_ORDERS_MAX - ListMarket.MARKET,
  STOPS_MAX = ListMarket.STOP_ORDERS_MAX - ListMarket.MARKET,
  /** Lowest and highest multiplier for bids; those for asks follow. */
  BID_DOWN = ListMarket.BID_DOWN_PPM - ListMarket.MARKET,
  STATUS = BODY_WORDS,
  /** Price of the last trade, or the reference price before any. */
  LAST = BODY_WORDS + 1,
  /** The books: orders, stops that wait for a rise (its asks), stops that wait for a fall (its bids). */
  BOOK = BODY_WORDS + 2,
  RISING = BODY_WORDS + 3,
  FALLING = BODY_WORDS + 4,
  /** First and last triggered order; empty between commands. */
  TRIGGERED_FIRST = BODY_WORDS + 5,
  TRIGGERED_LAST = BODY_WORDS + 6,
  /** The house's balances of the two assets. */
  HOUSE_BASE = BODY_WORDS + 7,
  HOUSE_QUOTE = BODY_WORDS + 8,
  /** Doubles: units of base in a lot, units of quote for a lot at one tick. */
  LOT_UNITS = BODY_WORDS + 10,
  TICK_LOT_UNITS = BODY_WORDS + 12,
  /** Doubles: the id the next trade gets, the id the last LEVEL got. */
  TRADE_NEXT = BODY_WORDS + 14,
  UPDATE_ID = BODY_WORDS + 16,
  /** Books of one queue each (the bids at {@link QUEUE_PRICE}): trailing stops, and pending orders of lists. */
  TRAILING = BODY_WORDS + 18,
  PENDING = BODY_WORDS + 19,
  /** The price that bands are around; 0: that of the last trade. */
  BAND_REFERENCE = BODY_WORDS + 20,
  /** 1 once bands were set after the listing: they then are part of the digest. */
  BANDS_SET = BODY_WORDS + 21,
  WORDS = BODY_WORDS + 22,
}

/** The price at which a queue without prices stands in its book, on the side of the bids. */
export const QUEUE_PRICE = 1;

export const BOOKS_PER_MARKET = 5;

/** Where a market's row names its books. */
export const MARKET_BOOKS = [
  MarketRow.BOOK,
  MarketRow.RISING,
  MarketRow.FALLING,
  MarketRow.TRAILING,
  MarketRow.PENDING,
] as const;

/** All markets, by number. A row is named by the position of its first word. */
export class MarketTable {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly #books: OrderBooks;

  constructor(max: number, books: OrderBooks) {
    const table = newTable(max * MarketRow.WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
    this.#books = books;
  }

  row(market: number): number {
    return position(market * MarketRow.WORDS);
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
    w[row + MarketRow.LAST] = from.i32[at + ListMarket.REFERENCE_TICKS];
    MARKET_BOOKS.forEach((book, i) => {
      w[row + book] = this.#books.book(market * BOOKS_PER_MARKET + i);
    });
    w[row + MarketRow.HOUSE_BASE] = houseBase;
    w[row + MarketRow.HOUSE_QUOTE] = houseQuote;
    this.doubles[(row + MarketRow.LOT_UNITS) >> 1] = lotUnits;
    this.doubles[(row + MarketRow.TICK_LOT_UNITS) >> 1] = tickLotUnits;
    this.doubles[(row + MarketRow.TRADE_NEXT) >> 1] = 1;
  }
}
