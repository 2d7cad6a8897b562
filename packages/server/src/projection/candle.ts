import { CANDLE_INTERVALS, type CandleInterval, type CandleRecord } from "../transport/history-port.js";

const US_PER_SECOND = 1_000_000;
const US_PER_MINUTE = 60 * US_PER_SECOND;
/** Weeks begin on Monday; 1970-01-01 was a Thursday. */
const FIRST_MONDAY_US = 4 * 86_400 * US_PER_SECOND;

/** Lengths of the candles that are kept, in seconds: all others are summed up from the longest that fits. */
export const BASE_LENGTHS_S = [1, 60, 900, 86_400] as const;
export type BaseLengthS = (typeof BASE_LENGTHS_S)[number];

/** A candle while trades are added. Sums saturate at 2^53−1, far above a supply's worth of turnover. */
export type Candle = { -readonly [K in keyof CandleRecord]: CandleRecord[K] };

/** When the candle that holds a time opened. */
export function candleOpenUs(interval: CandleInterval, timeUs: number, timeZoneMinutes: number): number {
  const shiftUs = timeZoneMinutes * US_PER_MINUTE;
  const localUs = timeUs + shiftUs;
  if (interval === "1M") {
    const date = new Date(Math.floor(localUs / 1000));
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) * 1000 - shiftUs;
  }
  const lengthUs = CANDLE_INTERVALS[interval] * US_PER_SECOND;
  const anchorUs = interval === "1w" ? FIRST_MONDAY_US : 0;
  return Math.floor((localUs - anchorUs) / lengthUs) * lengthUs + anchorUs - shiftUs;
}

/** When the candle `count` after the one that opened at `openUs` opens; `count` may be negative. */
export function candleOpenAfterUs(
  interval: CandleInterval,
  openUs: number,
  count: number,
  timeZoneMinutes: number,
): number {
  if (interval !== "1M") return openUs + count * CANDLE_INTERVALS[interval] * US_PER_SECOND;
  const shiftUs = timeZoneMinutes * US_PER_MINUTE;
  const date = new Date((openUs + shiftUs) / 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count) * 1000 - shiftUs;
}

/** The longest kept candles from which an interval can be summed up. */
export function baseLengthS(interval: CandleInterval, timeZoneMinutes: number): BaseLengthS {
  const lengthS = CANDLE_INTERVALS[interval];
  const shiftS = timeZoneMinutes * 60;
  let best: BaseLengthS = 1;
  for (const base of BASE_LENGTHS_S) if (lengthS % base === 0 && shiftS % base === 0) best = base;
  return best;
}

/** Sum of two amounts, at most 2^53−1. */
export function saturatingAdd(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}

/** A candle without trades at a price. */
export function flatCandle(openUs: number, closeUs: number, ticks: number): Candle {
  return {
    openUs,
    closeUs,
    openTicks: ticks,
    highTicks: ticks,
    lowTicks: ticks,
    closeTicks: ticks,
    lots: 0,
    quote: 0,
    trades: 0,
    takerBuyLots: 0,
    takerBuyQuote: 0,
    firstTradeId: -1,
    lastTradeId: -1,
  };
}

/** What a candle needs to know of a trade. */
export interface CandleTrade {
  readonly tradeId: number;
  readonly priceTicks: number;
  readonly lots: number;
  readonly quote: number;
  readonly buyerIsMaker: boolean;
}

/** Adds a trade: trades come by rising id. */
export function addTrade(candle: Candle, trade: CandleTrade): void {
  const { priceTicks } = trade;
  if (candle.trades === 0) {
    candle.openTicks = priceTicks;
    candle.highTicks = priceTicks;
    candle.lowTicks = priceTicks;
    candle.firstTradeId = trade.tradeId;
  }
  if (priceTicks > candle.highTicks) candle.highTicks = priceTicks;
  if (priceTicks < candle.lowTicks) candle.lowTicks = priceTicks;
  candle.closeTicks = priceTicks;
  candle.lots = saturatingAdd(candle.lots, trade.lots);
  candle.quote = saturatingAdd(candle.quote, trade.quote);
  candle.trades++;
  if (!trade.buyerIsMaker) {
    candle.takerBuyLots = saturatingAdd(candle.takerBuyLots, trade.lots);
    candle.takerBuyQuote = saturatingAdd(candle.takerBuyQuote, trade.quote);
  }
  candle.lastTradeId = trade.tradeId;
}
