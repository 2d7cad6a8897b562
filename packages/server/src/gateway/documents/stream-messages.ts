/** Messages of the market data streams. Their names of one letter are those of the convention. */
import type { TSchema } from "#typebox";
import { CANDLE_INTERVALS } from "../../transport/history-port.js";
import { StreamKind } from "../websocket/stream-kinds.js";
import { Depth, Level, RestingOrder } from "./market-data-answers.js";
import {
  amount,
  count,
  id,
  idOrNone,
  listOf,
  member,
  ms,
  object,
  only,
  row,
  symbolName,
  yesNo,
} from "./terms.js";

const eventTime = () => ms("Event time, ms since 1970.");

const TradeEvent = object(
  {
    e: only("trade"),
    E: eventTime(),
    s: symbolName(),
    t: id("trade id; the next trade has the next id"),
    p: amount("price"),
    q: amount("quantity"),
    T: ms("Trade time, ms since 1970."),
    m: yesNo("The buyer's order was on the book."),
    M: yesNo("Always true."),
  },
  { title: "TradeEvent" },
);

const AggregateTradeEvent = object(
  {
    e: only("aggTrade"),
    E: eventTime(),
    s: symbolName(),
    a: id("aggregate's id"),
    f: id("first trade's id"),
    l: id("last trade's id"),
    p: amount("price"),
    q: amount("quantity"),
    T: ms("Trade time, ms since 1970."),
    m: yesNo("The buyer's order was on the book."),
    M: yesNo("Always true."),
  },
  { title: "AggregateTradeEvent" },
);

const KlineEvent = object(
  {
    e: only("kline"),
    E: eventTime(),
    s: symbolName(),
    k: object({
      t: ms("Open time, ms since 1970."),
      T: ms("Close time, ms since 1970."),
      s: symbolName(),
      i: member(Object.keys(CANDLE_INTERVALS)),
      f: idOrNone("First trade's id, −1 without trades."),
      L: idOrNone("Last trade's id, −1 without trades."),
      o: amount("open"),
      c: amount("close"),
      h: amount("high"),
      l: amount("low"),
      v: amount("volume in the base asset"),
      n: count("trades"),
      x: yesNo("The candle is complete."),
      q: amount("volume in the quote asset"),
      V: amount("volume that takers bought, in the base asset"),
      Q: amount("volume that takers bought, in the quote asset"),
      B: only("0"),
    }),
  },
  { title: "KlineEvent" },
);

const MiniTickerEvent = object(
  {
    e: only("24hrMiniTicker"),
    E: eventTime(),
    s: symbolName(),
    c: amount("last price"),
    o: amount("open"),
    h: amount("high"),
    l: amount("low"),
    v: amount("volume in the base asset"),
    q: amount("volume in the quote asset"),
  },
  { title: "MiniTickerEvent" },
);

const TickerEvent = object(
  {
    e: only("24hrTicker"),
    E: eventTime(),
    s: symbolName(),
    p: amount("price change"),
    P: amount("price change in %"),
    w: amount("average price, weighted by volume"),
    x: amount("last price of the window before"),
    c: amount("last price"),
    Q: amount("last quantity"),
    b: amount("best bid"),
    B: amount("its quantity"),
    a: amount("best ask"),
    A: amount("its quantity"),
    o: amount("open"),
    h: amount("high"),
    l: amount("low"),
    v: amount("volume in the base asset"),
    q: amount("volume in the quote asset"),
    O: ms("The window begins, ms since 1970."),
    C: ms("The window ends, ms since 1970."),
    F: idOrNone("First trade's id, −1 without trades."),
    L: idOrNone("Last trade's id, −1 without trades."),
    n: count("trades"),
  },
  { title: "TickerEvent" },
);

const BookTickerEvent = object(
  {
    u: id("update id of the book"),
    s: symbolName(),
    b: amount("best bid"),
    B: amount("its quantity"),
    a: amount("best ask"),
    A: amount("its quantity"),
  },
  { title: "BookTickerEvent" },
);

const AveragePriceEvent = object(
  {
    e: only("avgPrice"),
    E: eventTime(),
    s: symbolName(),
    i: only("5m"),
    w: amount("average price"),
    T: ms("Last trade's time, ms since 1970."),
  },
  { title: "AveragePriceEvent" },
);

const DepthEvent = object(
  {
    e: only("depthUpdate"),
    E: eventTime(),
    s: symbolName(),
    U: id("first update; always the last one of the message before, plus one"),
    u: id("last update"),
    b: listOf(Level, { description: "Bids that changed; quantity 0: gone." }),
    a: listOf(Level, { description: "Asks that changed; quantity 0: gone." }),
  },
  { title: "DepthEvent" },
);

const DepthOrdersEvent = object(
  {
    e: only("depthOrdersUpdate"),
    E: eventTime(),
    s: symbolName(),
    U: id("first update; always the last one of the message before, plus one"),
    u: id("last update; the counter is that of the depth streams"),
    r: listOf(id("order id"), {
      description: "First: take these orders out. One that is not known came and went in between.",
    }),
    c: listOf(row([id("order id"), amount("quantity")], { title: "ChangedOrder" }), {
      description: "Then: give these orders this quantity. They keep their place.",
    }),
    b: listOf(RestingOrder, {
      description:
        "Then: put these bids at the end of their price's queue, in this order. One that is there leaves its place first.",
    }),
    a: listOf(RestingOrder, { description: "The same for asks." }),
  },
  { title: "DepthOrdersEvent" },
);

export interface StreamNote {
  /** The name with its parameters in braces, as the address of a channel. */
  readonly name: string;
  /** A name that can be subscribed to. */
  readonly example: string;
  readonly summary: string;
  readonly message: TSchema;
}

/** Every stream: a new kind is a compile error here until it is described. */
export const STREAM_NOTES: Readonly<Record<StreamKind, StreamNote>> = {
  [StreamKind.TRADE]: {
    name: "{symbol}@trade",
    example: "btcusdt@trade",
    summary: "Every trade.",
    message: TradeEvent,
  },
  [StreamKind.AGGREGATE_TRADE]: {
    name: "{symbol}@aggTrade",
    example: "btcusdt@aggTrade",
    summary: "Every trade, as an aggregate of its own.",
    message: AggregateTradeEvent,
  },
  [StreamKind.KLINE]: {
    name: "{symbol}@kline_{interval}",
    example: "btcusdt@kline_1m",
    summary: "The current candle when it changes, and once when it is complete.",
    message: KlineEvent,
  },
  [StreamKind.MINI_TICKER]: {
    name: "{symbol}@miniTicker",
    example: "btcusdt@miniTicker",
    summary: "Price and volume of the last 24 hours, in short.",
    message: MiniTickerEvent,
  },
  [StreamKind.TICKER]: {
    name: "{symbol}@ticker",
    example: "btcusdt@ticker",
    summary: "Price and volume of the last 24 hours.",
    message: TickerEvent,
  },
  [StreamKind.BOOK_TICKER]: {
    name: "{symbol}@bookTicker",
    example: "btcusdt@bookTicker",
    summary: "Best bid and ask, whenever they change.",
    message: BookTickerEvent,
  },
  [StreamKind.AVERAGE_PRICE]: {
    name: "{symbol}@avgPrice",
    example: "btcusdt@avgPrice",
    summary: "The average price of the last five minutes, every second.",
    message: AveragePriceEvent,
  },
  [StreamKind.DEPTH]: {
    name: "{symbol}@depth",
    example: "btcusdt@depth",
    summary: "Changes of the book, every second.",
    message: DepthEvent,
  },
  [StreamKind.FAST_DEPTH]: {
    name: "{symbol}@depth@100ms",
    example: "btcusdt@depth@100ms",
    summary: "Changes of the book, every 100 ms.",
    message: DepthEvent,
  },
  [StreamKind.PARTIAL_DEPTH]: {
    name: "{symbol}@depth{levels}",
    example: "btcusdt@depth5",
    summary: "The best 5, 10 or 20 levels, every second.",
    message: Depth,
  },
  [StreamKind.FAST_PARTIAL_DEPTH]: {
    name: "{symbol}@depth{levels}@100ms",
    example: "btcusdt@depth5@100ms",
    summary: "The best 5, 10 or 20 levels, every 100 ms.",
    message: Depth,
  },
  [StreamKind.DEPTH_ORDERS]: {
    name: "{symbol}@depthOrders",
    example: "btcusdt@depthOrders",
    summary: "Changes of the book order by order, every 100 ms.",
    message: DepthOrdersEvent,
  },
  [StreamKind.ALL_MINI_TICKERS]: {
    name: "!miniTicker@arr",
    example: "!miniTicker@arr",
    summary: "Short tickers of all symbols that changed.",
    message: listOf(MiniTickerEvent),
  },
  [StreamKind.ALL_TICKERS]: {
    name: "!ticker@arr",
    example: "!ticker@arr",
    summary: "Tickers of all symbols that changed.",
    message: listOf(TickerEvent),
  },
  [StreamKind.ALL_BOOK_TICKERS]: {
    name: "!bookTicker",
    example: "!bookTicker",
    summary: "Best bid and ask of all symbols, whenever they change.",
    message: BookTickerEvent,
  },
};
