/** Answers about books, trades, candles and tickers. */
import {
  amount,
  anyOf,
  count,
  id,
  idOrNone,
  listOf,
  ms,
  object,
  oneOrMany,
  only,
  row,
  symbolName,
  yesNo,
} from "./terms.js";

/** Price and quantity of one level. */
export const Level = row([amount("price"), amount("quantity; 0 in an update: the level is gone")], {
  title: "Level",
});

export const Depth = object(
  {
    lastUpdateId: id("The book as of this update of the `@depth` stream."),
    bids: listOf(Level, { description: "Best, that is highest, first." }),
    asks: listOf(Level, { description: "Best, that is lowest, first." }),
  },
  { title: "Depth" },
);

/** Id, price and quantity of one resting order. */
export const RestingOrder = row(
  [id("order id; it tells nothing about the account"), amount("price"), amount("shown quantity")],
  { title: "RestingOrder" },
);

export const DepthOrders = object(
  {
    lastUpdateId: id("The book as of this update of the `@depthOrders` stream."),
    bids: listOf(RestingOrder, { description: "The first to trade first." }),
    asks: listOf(RestingOrder, { description: "The first to trade first." }),
  },
  { title: "DepthOrders" },
);

const Trade = object(
  {
    id: id(),
    price: amount(),
    qty: amount(),
    quoteQty: amount(),
    time: ms(),
    isBuyerMaker: yesNo("The buyer's order was on the book."),
    isBestMatch: yesNo(),
  },
  { title: "Trade" },
);
export const Trades = listOf(Trade);

const AggregateTrade = object(
  {
    a: id("Aggregate's id; each trade is an aggregate of its own."),
    p: amount("price"),
    q: amount("quantity"),
    f: id("First trade's id."),
    l: id("Last trade's id."),
    T: ms(),
    m: yesNo("The buyer's order was on the book."),
    M: yesNo("Always true."),
  },
  { title: "AggregateTrade" },
);
export const AggregateTrades = listOf(AggregateTrade);

const Candle = row(
  [
    ms("Open time, ms since 1970."),
    amount("open"),
    amount("high"),
    amount("low"),
    amount("close"),
    amount("volume in the base asset"),
    ms("Close time, ms since 1970."),
    amount("volume in the quote asset"),
    count("trades"),
    amount("volume that takers bought, in the base asset"),
    amount("volume that takers bought, in the quote asset"),
    only("0"),
  ],
  { title: "Candle" },
);
export const Candles = listOf(Candle);

export const AveragePrice = object(
  { mins: count("Minutes it is averaged over."), price: amount(), closeTime: ms() },
  { title: "AveragePrice" },
);

const change = {
  priceChange: amount(),
  priceChangePercent: amount(),
  weightedAvgPrice: amount(),
};
const range = { openPrice: amount(), highPrice: amount(), lowPrice: amount(), lastPrice: amount() };
const window = {
  volume: amount(),
  quoteVolume: amount(),
  openTime: ms(),
  closeTime: ms(),
  firstId: idOrNone("First trade's id, −1 without trades."),
  lastId: idOrNone("Last trade's id, −1 without trades."),
  count: count("trades"),
};

const MiniTicker = object({ symbol: symbolName(), ...range, ...window }, { title: "MiniTicker" });
const FullDayTicker = object(
  {
    symbol: symbolName(),
    ...change,
    prevClosePrice: amount(),
    lastQty: amount(),
    bidPrice: amount(),
    bidQty: amount(),
    askPrice: amount(),
    askQty: amount(),
    ...range,
    ...window,
  },
  { title: "DayTicker" },
);
const FullWindowTicker = object(
  { symbol: symbolName(), ...change, ...range, ...window },
  { title: "WindowTicker" },
);
export const DayTicker = oneOrMany(anyOf([FullDayTicker, MiniTicker]));
export const WindowTicker = oneOrMany(anyOf([FullWindowTicker, MiniTicker]));

export const PriceTicker = oneOrMany(
  object({ symbol: symbolName(), price: amount() }, { title: "PriceTicker" }),
);
export const BookTicker = oneOrMany(
  object(
    { symbol: symbolName(), bidPrice: amount(), bidQty: amount(), askPrice: amount(), askQty: amount() },
    { title: "BookTicker" },
  ),
);
