/** What is followed of one symbol while it is shown: book, trades, the last 24 hours. */
import {
  type DepthLevel,
  LocalOrderBook,
  type Subscription,
  type TickerEvent,
  type Trade,
  type TradeEvent,
} from "@buttonwood/client";
import { onNextFrame, Signal } from "../signal.js";
import type { ExchangeLink } from "./exchange-link.js";

/** Levels a side that are looked at: enough for a coarse grouping of what a screen shows. */
const LEVELS_MAX = 500;
const TRADES_MAX = 60;

export interface BookView {
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
  /** False: it is as of before a gap, and being repaired. */
  readonly isSynced: boolean;
  /** Undefined until there is a book. */
  readonly lastUpdateId: number | undefined;
}

export interface TapeTrade {
  readonly id: number;
  readonly price: string;
  readonly quantity: string;
  readonly time: number;
  readonly isBuyerMaker: boolean;
}

/** The last 24 hours. Prices are undefined when nothing was traded. */
export interface DayView {
  readonly last: string;
  readonly change: string;
  readonly changePercent: string;
  readonly high: string;
  readonly low: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly count: number;
}

const NO_BOOK: BookView = { bids: [], asks: [], isSynced: false, lastUpdateId: undefined };

export class SymbolFeed {
  readonly symbol: string;
  readonly book = new Signal<BookView>(NO_BOOK);
  /** Newest first. */
  readonly trades = new Signal<readonly TapeTrade[]>([]);
  readonly day = new Signal<DayView | undefined>(undefined);
  readonly #link: ExchangeLink;
  #book: LocalOrderBook | undefined;
  /** Trades that have come since the last frame, oldest first. */
  #arrived: TapeTrade[] = [];
  readonly #subscriptions: Subscription<unknown>[] = [];
  /** Messages of the ticker so far. */
  #daysHeard = 0;
  #isClosed = false;

  constructor(link: ExchangeLink, symbol: string) {
    this.#link = link;
    this.symbol = symbol;
    void this.#start();
  }

  close(): void {
    this.#isClosed = true;
    this.#book?.close();
    for (const subscription of this.#subscriptions) subscription.close();
  }

  async #start(): Promise<void> {
    const { rest } = this.#link;
    const streams = await this.#link.streams;
    if (this.#isClosed) return;
    const trades = streams.trades(this.symbol);
    const ticker = streams.ticker(this.symbol);
    this.#subscriptions.push(trades as Subscription<unknown>, ticker as Subscription<unknown>);
    trades.onMessage((trade) => this.#takeTrade(tapeTradeOf(trade)));
    ticker.onMessage((event) => {
      this.#daysHeard++;
      this.day.set(dayViewOf(event));
    });
    // A stream repairs what lies between two of its messages; before the first one it knows of no hole.
    trades.onGap((gap) => {
      if (gap.kind === "repaired") this.#readTrades();
    });
    ticker.onGap((gap) => {
      if (gap.kind === "repaired") this.#readDay();
    });
    this.#readTrades();
    this.#readDay();
    const book = await LocalOrderBook.open({ symbol: this.symbol, streams, api: rest });
    if (this.#isClosed) {
      book.close();
      return;
    }
    this.#book = book;
    book.onChange(() => onNextFrame(this.#publishBook));
    book.onState(() => onNextFrame(this.#publishBook));
    this.#publishBook();
  }

  #readTrades(): void {
    this.#link.rest
      .trades({ symbol: this.symbol, limit: TRADES_MAX })
      .then((before) => {
        for (const trade of before) this.#takeTrade(tapeTradeBefore(trade));
      })
      .catch((error: unknown) => console.warn(`trades of ${this.symbol} could not be read`, error));
  }

  #readDay(): void {
    const heardBefore = this.#daysHeard;
    this.#link.rest
      .ticker24hr({ symbol: this.symbol })
      .then((day) => {
        // What the stream has told meanwhile is newer.
        if (this.#daysHeard !== heardBefore) return;
        const { lastPrice: last, priceChange: change, priceChangePercent: changePercent } = day;
        const { highPrice: high, lowPrice: low, volume, quoteVolume, count } = day;
        this.day.set({ last, change, changePercent, high, low, volume, quoteVolume, count });
      })
      .catch((error: unknown) => console.warn(`the last day of ${this.symbol} could not be read`, error));
  }

  readonly #publishBook = (): void => {
    const book = this.#book;
    if (book === undefined || this.#isClosed) return;
    const { isSynced, lastUpdateId } = book;
    this.book.set({ bids: book.bids(LEVELS_MAX), asks: book.asks(LEVELS_MAX), isSynced, lastUpdateId });
  };

  #takeTrade(trade: TapeTrade): void {
    this.#arrived.push(trade);
    // In a hidden tab no frame comes, and only the last ones will be shown.
    if (this.#arrived.length > 4 * TRADES_MAX) this.#arrived = this.#arrived.slice(-TRADES_MAX);
    onNextFrame(this.#publishTrades);
  }

  readonly #publishTrades = (): void => {
    this.trades.set(newestFirst(this.trades.value, this.#arrived.splice(0)));
  };
}

/** Both, each trade once, newest first, at most as many as are shown. */
export function newestFirst(
  known: readonly TapeTrade[],
  arrived: readonly TapeTrade[],
): readonly TapeTrade[] {
  const byId = new Map([...known, ...arrived].map((trade) => [trade.id, trade]));
  return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, TRADES_MAX);
}

function tapeTradeOf({ t, p, q, T, m }: TradeEvent): TapeTrade {
  return { id: t, price: p, quantity: q, time: T, isBuyerMaker: m };
}

function tapeTradeBefore({ id, price, qty, time, isBuyerMaker }: Trade): TapeTrade {
  return { id, price, quantity: qty, time, isBuyerMaker };
}

function dayViewOf({ c, p, P, h, l, v, q, n }: TickerEvent): DayView {
  return { last: c, change: p, changePercent: P, high: h, low: l, volume: v, quoteVolume: q, count: n };
}
