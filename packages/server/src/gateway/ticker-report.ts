/** Tickers as clients see them: the same figures under long names (REST) and letters (streams). */
import type { TickerState } from "../feed/market-data-port.js";
import { type MarketEntry, SHOWN_DECIMALS, unitsText } from "./catalog.js";
import { toMs } from "./endpoint.js";

/** A difference of prices, with its sign. */
function signedPrice(market: MarketEntry, ticks: number): string {
  return ticks < 0 ? `-${market.priceText(-ticks)}` : market.priceText(ticks);
}

/** Change in percent, three decimals. */
function changePercent(ticker: TickerState): string {
  if (ticker.openTicks === 0) return "0.000";
  const thousandths = Math.round(((ticker.lastTicks - ticker.openTicks) * 100_000) / ticker.openTicks);
  const digits = String(Math.abs(thousandths)).padStart(4, "0");
  return `${thousandths < 0 ? "-" : ""}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

/** Quote by base, rounded down. */
export function weightedAverage(market: MarketEntry, quote: number, lots: number): string {
  if (lots === 0) return unitsText(0, SHOWN_DECIMALS);
  const { lotMantissa, lotDecimals } = market.fields;
  const scale = lotDecimals + SHOWN_DECIMALS - market.quote.decimals;
  const base = BigInt(lots) * BigInt(lotMantissa);
  const top = BigInt(quote) * (scale > 0 ? 10n ** BigInt(scale) : 1n);
  const bottom = base * (scale < 0 ? 10n ** BigInt(-scale) : 1n);
  return unitsText(Number(top / bottom), SHOWN_DECIMALS);
}

export interface TickerFigures {
  readonly change: string;
  readonly changePercent: string;
  readonly average: string;
  readonly previousClose: string;
  readonly last: string;
  readonly lastQuantity: string;
  readonly bid: string;
  readonly bidQuantity: string;
  readonly ask: string;
  readonly askQuantity: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly openMs: number;
  readonly closeMs: number;
  /** −1: no trades. */
  readonly firstId: number;
  readonly lastId: number;
  readonly count: number;
}

export function tickerFigures(market: MarketEntry, ticker: TickerState): TickerFigures {
  return {
    change: signedPrice(market, ticker.lastTicks - ticker.openTicks),
    changePercent: changePercent(ticker),
    average: weightedAverage(market, ticker.quote, ticker.lots),
    previousClose: market.priceText(ticker.previousCloseTicks),
    last: market.priceText(ticker.lastTicks),
    lastQuantity: market.quantityText(ticker.lastLots),
    bid: market.priceText(ticker.bidTicks),
    bidQuantity: market.quantityText(ticker.bidLots),
    ask: market.priceText(ticker.askTicks),
    askQuantity: market.quantityText(ticker.askLots),
    open: market.priceText(ticker.openTicks),
    high: market.priceText(ticker.highTicks),
    low: market.priceText(ticker.lowTicks),
    volume: market.quantityText(ticker.lots),
    quoteVolume: market.quoteText(ticker.quote),
    openMs: toMs(ticker.openUs),
    closeMs: toMs(ticker.closeUs),
    firstId: ticker.trades === 0 ? -1 : ticker.firstTradeId,
    lastId: ticker.trades === 0 ? -1 : ticker.lastTradeId,
    count: ticker.trades,
  };
}

function windowJson(t: TickerFigures): string {
  return (
    `"volume":"${t.volume}","quoteVolume":"${t.quoteVolume}","openTime":${t.openMs},"closeTime":${t.closeMs},` +
    `"firstId":${t.firstId},"lastId":${t.lastId},"count":${t.count}}`
  );
}

/** `ticker/24hr`, FULL. */
export function dayTickerJson(market: MarketEntry, ticker: TickerState): string {
  const t = tickerFigures(market, ticker);
  return (
    `{"symbol":${market.symbolJson},"priceChange":"${t.change}","priceChangePercent":"${t.changePercent}",` +
    `"weightedAvgPrice":"${t.average}","prevClosePrice":"${t.previousClose}","lastPrice":"${t.last}",` +
    `"lastQty":"${t.lastQuantity}","bidPrice":"${t.bid}","bidQty":"${t.bidQuantity}","askPrice":"${t.ask}",` +
    `"askQty":"${t.askQuantity}","openPrice":"${t.open}","highPrice":"${t.high}","lowPrice":"${t.low}",` +
    windowJson(t)
  );
}

/** `ticker` and `ticker/tradingDay`, FULL. */
export function windowTickerJson(market: MarketEntry, ticker: TickerState): string {
  const t = tickerFigures(market, ticker);
  return (
    `{"symbol":${market.symbolJson},"priceChange":"${t.change}","priceChangePercent":"${t.changePercent}",` +
    `"weightedAvgPrice":"${t.average}","openPrice":"${t.open}","highPrice":"${t.high}","lowPrice":"${t.low}",` +
    `"lastPrice":"${t.last}",${windowJson(t)}`
  );
}

/** Any ticker, MINI. */
export function miniTickerJson(market: MarketEntry, ticker: TickerState): string {
  const t = tickerFigures(market, ticker);
  return (
    `{"symbol":${market.symbolJson},"openPrice":"${t.open}","highPrice":"${t.high}","lowPrice":"${t.low}",` +
    `"lastPrice":"${t.last}",${windowJson(t)}`
  );
}

/** The `24hrTicker` event of a stream. */
export function tickerEventJson(market: MarketEntry, ticker: TickerState, timeUs: number): string {
  const t = tickerFigures(market, ticker);
  return (
    `{"e":"24hrTicker","E":${toMs(timeUs)},"s":${market.symbolJson},"p":"${t.change}","P":"${t.changePercent}",` +
    `"w":"${t.average}","x":"${t.previousClose}","c":"${t.last}","Q":"${t.lastQuantity}","b":"${t.bid}",` +
    `"B":"${t.bidQuantity}","a":"${t.ask}","A":"${t.askQuantity}","o":"${t.open}","h":"${t.high}",` +
    `"l":"${t.low}","v":"${t.volume}","q":"${t.quoteVolume}","O":${t.openMs},"C":${t.closeMs},` +
    `"F":${t.firstId},"L":${t.lastId},"n":${t.count}}`
  );
}

/** The `24hrMiniTicker` event of a stream. */
export function miniTickerEventJson(market: MarketEntry, ticker: TickerState, timeUs: number): string {
  const t = tickerFigures(market, ticker);
  return (
    `{"e":"24hrMiniTicker","E":${toMs(timeUs)},"s":${market.symbolJson},"c":"${t.last}","o":"${t.open}",` +
    `"h":"${t.high}","l":"${t.low}","v":"${t.volume}","q":"${t.quoteVolume}"}`
  );
}
