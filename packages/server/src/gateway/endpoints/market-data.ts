/** Public market data: books, trades, candles, tickers. */
import { Type } from "#typebox";
import type { Level, RestingOrder, TickerState } from "../../feed/market-data-port.js";
import type { CandleRecord, TradeRecord } from "../../transport/history-port.js";
import { type MarketEntry, SHOWN_DECIMALS, unitsText } from "../catalog.js";
import {
  AggregateTrades,
  AveragePrice,
  BookTicker,
  Candles,
  DayTicker,
  Depth,
  DepthOrders,
  PriceTicker,
  Trades,
  WindowTicker,
} from "../documents/market-data-answers.js";
import { endpoint, type GatewayContext, marketOf, Security, toMs } from "../endpoint.js";
import { refusal } from "../errors.js";
import { array } from "../json.js";
import {
  interval,
  limit,
  oneOf,
  optional,
  orderId,
  type RawParameters,
  symbol,
  symbols,
  timeMs,
  timeZone,
} from "../parameters.js";
import { dayTickerJson, miniTickerJson, windowTickerJson } from "../ticker-report.js";
import { spanUs } from "./account.js";

export function levelsJson(market: MarketEntry, levels: readonly Level[]): string {
  let json = "";
  for (const [ticks, lots] of levels) {
    json += `${json === "" ? "" : ","}["${market.priceText(ticks)}","${market.quantityText(lots)}"]`;
  }
  return `[${json}]`;
}

/** A count sent as text, for weights that depend on it; what is not a number weighs as the default. */
function sentLimit(raw: RawParameters, byDefault: number): number {
  const text = raw.get("limit");
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number.parseInt(text, 10) : byDefault;
}

/** Orders as `[id, price, quantity]`. */
export function ordersJson(market: MarketEntry, orders: readonly RestingOrder[]): string {
  let json = "";
  for (const [orderId, ticks, lots] of orders) {
    json += `${json === "" ? "" : ","}[${orderId},"${market.priceText(ticks)}","${market.quantityText(lots)}"]`;
  }
  return `[${json}]`;
}

/** The weight of a book, by how much of each side is asked for. */
function bookWeight(raw: RawParameters): number {
  const sent = sentLimit(raw, 100);
  return sent <= 100 ? 5 : sent <= 500 ? 25 : sent <= 1000 ? 50 : sent <= 5000 ? 250 : 1000;
}

export const depth = endpoint({
  summary: "The best levels of an order book.",
  security: Security.NONE,
  weight: (raw) => Math.min(250, bookWeight(raw)),
  parameters: Type.Object({ symbol: symbol(), limit: limit(100, 5000) }),
  response: Depth,
  handle: async (context, parameters) => {
    const market = marketOf(context, parameters.symbol);
    const snapshot = await context.marketData.depth(market.market, parameters.limit);
    return (
      `{"lastUpdateId":${snapshot.lastUpdateId},"bids":${levelsJson(market, snapshot.bids)},` +
      `"asks":${levelsJson(market, snapshot.asks)}}`
    );
  },
});

/** The book order by order: an extension. Its limit is high, since who keeps such a book needs all of it. */
export const depthOrders = endpoint({
  summary: "The resting orders of an order book, one by one.",
  security: Security.NONE,
  weight: bookWeight,
  parameters: Type.Object({ symbol: symbol(), limit: limit(100, 50_000) }),
  response: DepthOrders,
  handle: async (context, parameters) => {
    const market = marketOf(context, parameters.symbol);
    const snapshot = await context.marketData.depthOrders(market.market, parameters.limit);
    return (
      `{"lastUpdateId":${snapshot.lastUpdateId},"bids":${ordersJson(market, snapshot.bids)},` +
      `"asks":${ordersJson(market, snapshot.asks)}}`
    );
  },
});

function tradeJson(market: MarketEntry, trade: TradeRecord): string {
  return (
    `{"id":${trade.tradeId},"price":"${market.priceText(trade.priceTicks)}",` +
    `"qty":"${market.quantityText(trade.lots)}","quoteQty":"${market.quoteText(trade.quote)}",` +
    `"time":${toMs(trade.timeUs)},"isBuyerMaker":${trade.buyerIsMaker},"isBestMatch":true}`
  );
}

export const trades = endpoint({
  summary: "The latest trades of a market, oldest first.",
  security: Security.NONE,
  weight: 25,
  parameters: Type.Object({ symbol: symbol(), limit: limit(500, 1000) }),
  response: Trades,
  handle: async (context, parameters) => {
    const market = marketOf(context, parameters.symbol);
    const list = await context.history.trades({ market: market.market, limit: parameters.limit });
    return array(list.map((trade) => tradeJson(market, trade)));
  },
});

export const historicalTrades = endpoint({
  summary: "Trades of a market from an id on, oldest first.",
  security: Security.NONE,
  weight: 25,
  parameters: Type.Object({ symbol: symbol(), limit: limit(500, 1000), fromId: optional(orderId()) }),
  response: Trades,
  handle: async (context, parameters) => {
    const market = marketOf(context, parameters.symbol);
    const list = await context.history.trades({
      market: market.market,
      limit: parameters.limit,
      fromTradeId: parameters.fromId,
    });
    return array(list.map((trade) => tradeJson(market, trade)));
  },
});

/** Every trade is an aggregate of its own, so that aggregate ids are gapless, and `fromId` means the same. */
export const aggregateTrades = endpoint({
  summary: "Trades of a market by id or time, oldest first.",
  security: Security.NONE,
  weight: 4,
  parameters: Type.Object({
    symbol: symbol(),
    fromId: optional(orderId()),
    startTime: optional(timeMs()),
    endTime: optional(timeMs()),
    limit: limit(500, 1000),
  }),
  response: AggregateTrades,
  handle: async (context, parameters) => {
    const market = marketOf(context, parameters.symbol);
    const times = spanUs(parameters);
    const list = await context.history.trades({
      market: market.market,
      limit: parameters.limit,
      fromTradeId: parameters.fromId ?? (times.startUs === undefined ? undefined : 0),
      ...times,
    });
    return array(
      list.map(
        (trade) =>
          `{"a":${trade.tradeId},"p":"${market.priceText(trade.priceTicks)}",` +
          `"q":"${market.quantityText(trade.lots)}","f":${trade.tradeId},"l":${trade.tradeId},` +
          `"T":${toMs(trade.timeUs)},"m":${trade.buyerIsMaker},"M":true}`,
      ),
    );
  },
});

function candleJson(market: MarketEntry, candle: CandleRecord): string {
  return (
    `[${toMs(candle.openUs)},"${market.priceText(candle.openTicks)}","${market.priceText(candle.highTicks)}",` +
    `"${market.priceText(candle.lowTicks)}","${market.priceText(candle.closeTicks)}",` +
    `"${market.quantityText(candle.lots)}",${toMs(candle.closeUs)},"${market.quoteText(candle.quote)}",` +
    `${candle.trades},"${market.quantityText(candle.takerBuyLots)}",` +
    `"${market.quoteText(candle.takerBuyQuote)}","0"]`
  );
}

/** Minutes from UTC of a time zone like `-1:00`, `05:45` or `8`. */
export function timeZoneMinutes(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, sign, hours, minutes] = /^([+-]?)(\d{1,2})(?::(\d{2}))?$/.exec(text)!;
  const offset = Number.parseInt(hours!, 10) * 60 + Number.parseInt(minutes ?? "0", 10);
  const signed = sign === "-" ? -offset : offset;
  if (signed < -12 * 60 || signed > 14 * 60 || Number.parseInt(minutes ?? "0", 10) > 59) {
    throw refusal("INVALID_DATA", "timeZone");
  }
  return signed;
}

const klineParameters = Type.Object({
  symbol: symbol(),
  interval: interval(),
  startTime: optional(timeMs()),
  endTime: optional(timeMs()),
  timeZone: optional(timeZone()),
  limit: limit(500, 1000),
});

export const klines = endpoint({
  summary: "Candles of a market, oldest first.",
  security: Security.NONE,
  weight: 2,
  parameters: klineParameters,
  response: Candles,
  handle: async (context, parameters) => {
    const market = marketOf(context, parameters.symbol);
    const candles = await context.history.candles({
      market: market.market,
      interval: parameters.interval,
      ...spanUs(parameters),
      limit: parameters.limit,
      timeZoneMinutes: timeZoneMinutes(parameters.timeZone),
    });
    return array(candles.map((candle) => candleJson(market, candle)));
  },
});

/** An average in ticks, rounded to the decimals that are shown: a figure to look at, not an amount. */
export function averageText(market: MarketEntry, ticks: number): string {
  const { tickMantissa, tickDecimals } = market.fields;
  if (tickDecimals >= SHOWN_DECIMALS) return market.priceText(Math.round(ticks));
  return unitsText(Math.round(ticks * tickMantissa * 10 ** (SHOWN_DECIMALS - tickDecimals)), SHOWN_DECIMALS);
}

export const averagePrice = endpoint({
  summary: "The average price of the last five minutes.",
  security: Security.NONE,
  weight: 2,
  parameters: Type.Object({ symbol: symbol() }),
  response: AveragePrice,
  handle: async (context, parameters) => {
    const market = marketOf(context, parameters.symbol);
    const { priceTicks, closeUs } = await context.marketData.averagePrice(market.market);
    return `{"mins":5,"price":"${averageText(market, priceTicks)}","closeTime":${toMs(closeUs)}}`;
  },
});

const which = { symbol: optional(symbol()), symbols: optional(symbols()) };
const kind = { type: optional(oneOf(["FULL", "MINI"])) };
interface Which {
  readonly symbol?: string | undefined;
  readonly symbols?: readonly string[] | undefined;
}

/** Answers for one symbol with an object, for several or all with a list. */
async function forMarkets(
  context: GatewayContext,
  parameters: Which,
  one: (market: MarketEntry) => Promise<string>,
): Promise<string> {
  if (parameters.symbol !== undefined) {
    if (parameters.symbols !== undefined) throw refusal("INVALID_COMBINATION");
    return one(marketOf(context, parameters.symbol));
  }
  const markets =
    parameters.symbols === undefined
      ? context.catalog.markets
      : parameters.symbols.map((name) => marketOf(context, name));
  return array(await Promise.all(markets.map(one)));
}

/** How many symbols a request asks for; Infinity for all. */
function symbolCount(raw: RawParameters): number {
  if (raw.has("symbol")) return 1;
  const list = raw.get("symbols");
  return list === undefined ? Number.POSITIVE_INFINITY : list.split(",").length;
}

export const ticker24hr = endpoint({
  summary: "Price and volume of the last 24 hours.",
  security: Security.NONE,
  weight: (raw) => {
    const count = symbolCount(raw);
    return count <= 20 ? 2 : count <= 100 ? 40 : 80;
  },
  parameters: Type.Object({ ...which, ...kind }),
  response: DayTicker,
  handle: (context, parameters) => {
    const report = parameters.type === "MINI" ? miniTickerJson : dayTickerJson;
    return forMarkets(context, parameters, async (market) =>
      report(market, await context.marketData.ticker(market.market)),
    );
  },
});

const WINDOW = /^(?:([1-9]|[1-5]\d)m|([1-9]|1\d|2[0-3])h|([1-7])d)$/;
const MINUTE_US = 60_000_000;

function windowUsOf(text: string): number {
  const match = WINDOW.exec(text);
  if (match === null) throw refusal("INVALID_DATA", "windowSize");
  const [, minutes, hours, days] = match;
  if (minutes !== undefined) return Number.parseInt(minutes, 10) * MINUTE_US;
  if (hours !== undefined) return Number.parseInt(hours, 10) * 60 * MINUTE_US;
  return Number.parseInt(days!, 10) * 1440 * MINUTE_US;
}

/** Rolling and daily windows are asked for by name: without one there is nothing to answer. */
function checkNamed(parameters: Which): void {
  if (parameters.symbol === undefined && parameters.symbols === undefined) {
    throw refusal("EITHER_PARAMETER", "symbol", "symbols");
  }
}

function windowReport(
  type: "FULL" | "MINI" | undefined,
): (market: MarketEntry, ticker: TickerState) => string {
  return type === "MINI" ? miniTickerJson : windowTickerJson;
}

const perSymbolWeight = (raw: RawParameters): number => Math.min(200, 4 * Math.min(50, symbolCount(raw)));

export const ticker = endpoint({
  summary: "Price and volume of a rolling window.",
  security: Security.NONE,
  weight: perSymbolWeight,
  parameters: Type.Object({
    ...which,
    ...kind,
    windowSize: optional(Type.String({ pattern: "^[0-9]{1,2}[mhd]$" })),
  }),
  response: WindowTicker,
  handle: (context, parameters) => {
    checkNamed(parameters);
    const windowUs = windowUsOf(parameters.windowSize ?? "1d");
    const report = windowReport(parameters.type);
    return forMarkets(context, parameters, async (market) =>
      report(market, await context.marketData.windowTicker(market.market, windowUs)),
    );
  },
});

export const tickerTradingDay = endpoint({
  summary: "Price and volume since midnight.",
  security: Security.NONE,
  weight: perSymbolWeight,
  parameters: Type.Object({ ...which, ...kind, timeZone: optional(timeZone()) }),
  response: WindowTicker,
  handle: (context, parameters) => {
    checkNamed(parameters);
    const localUs = context.clock.nowUs() + timeZoneMinutes(parameters.timeZone) * MINUTE_US;
    // At least one µs, so that the window is one also at midnight.
    const windowUs = Math.max(1, localUs % (1440 * MINUTE_US));
    const report = windowReport(parameters.type);
    return forMarkets(context, parameters, async (market) =>
      report(market, await context.marketData.windowTicker(market.market, windowUs)),
    );
  },
});

const priceWeight = (raw: RawParameters): number => (raw.has("symbol") ? 2 : 4);

export const tickerPrice = endpoint({
  summary: "The latest price.",
  security: Security.NONE,
  weight: priceWeight,
  parameters: Type.Object(which),
  response: PriceTicker,
  handle: (context, parameters) =>
    forMarkets(context, parameters, async (market) => {
      const { lastTicks } = await context.marketData.ticker(market.market);
      return `{"symbol":${market.symbolJson},"price":"${market.priceText(lastTicks)}"}`;
    }),
});

export const tickerBook = endpoint({
  summary: "The best bid and ask.",
  security: Security.NONE,
  weight: priceWeight,
  parameters: Type.Object(which),
  response: BookTicker,
  handle: (context, parameters) =>
    forMarkets(context, parameters, async (market) => {
      const { bidTicks, bidLots, askTicks, askLots } = await context.marketData.ticker(market.market);
      return (
        `{"symbol":${market.symbolJson},"bidPrice":"${market.priceText(bidTicks)}",` +
        `"bidQty":"${market.quantityText(bidLots)}","askPrice":"${market.priceText(askTicks)}",` +
        `"askQty":"${market.quantityText(askLots)}"}`
      );
    }),
});
