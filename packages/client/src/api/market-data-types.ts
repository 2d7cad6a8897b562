/** Public data, as the exchange answers it. Amounts are plain decimals in text, times ms since 1970. */

export type Side = "BUY" | "SELL";
export type OrderType =
  | "LIMIT"
  | "MARKET"
  | "LIMIT_MAKER"
  | "STOP_LOSS"
  | "STOP_LOSS_LIMIT"
  | "TAKE_PROFIT"
  | "TAKE_PROFIT_LIMIT";
export type TimeInForce = "GTC" | "IOC" | "FOK" | "GTD";
export type SelfTradePrevention = "NONE" | "EXPIRE_TAKER" | "EXPIRE_MAKER" | "EXPIRE_BOTH" | "DECREMENT";
export type SymbolStatus = "TRADING" | "HALT" | "BREAK" | "CANCEL_ONLY";
export type KlineInterval =
  | "1s"
  | "1m"
  | "3m"
  | "5m"
  | "15m"
  | "30m"
  | "1h"
  | "2h"
  | "4h"
  | "6h"
  | "8h"
  | "12h"
  | "1d"
  | "3d"
  | "1w"
  | "1M";

export interface RateLimit {
  readonly rateLimitType: "REQUEST_WEIGHT" | "ORDERS" | (string & {});
  readonly interval: "SECOND" | "MINUTE" | "HOUR" | "DAY";
  readonly intervalNum: number;
  readonly limit: number;
  readonly count?: number;
}

/** A filter that an order must pass; `filterType` says which, its fields are those of the convention. */
export interface SymbolFilter {
  readonly filterType: string;
  readonly [field: string]: string | number | boolean;
}

export interface SymbolInfo {
  readonly symbol: string;
  readonly status: SymbolStatus;
  readonly baseAsset: string;
  readonly baseAssetPrecision: number;
  readonly quoteAsset: string;
  readonly quotePrecision: number;
  readonly quoteAssetPrecision: number;
  readonly baseCommissionPrecision: number;
  readonly quoteCommissionPrecision: number;
  readonly orderTypes: readonly OrderType[];
  readonly icebergAllowed: boolean;
  readonly ocoAllowed: boolean;
  readonly otoAllowed: boolean;
  readonly quoteOrderQtyMarketAllowed: boolean;
  readonly allowTrailingStop: boolean;
  readonly cancelReplaceAllowed: boolean;
  readonly amendAllowed: boolean;
  readonly isSpotTradingAllowed: boolean;
  readonly isMarginTradingAllowed: boolean;
  readonly filters: readonly SymbolFilter[];
  readonly permissions: readonly string[];
  readonly permissionSets: readonly (readonly string[])[];
  readonly defaultSelfTradePreventionMode: SelfTradePrevention;
  readonly allowedSelfTradePreventionModes: readonly SelfTradePrevention[];
}

export interface ExchangeInfo {
  readonly timezone: "UTC";
  readonly serverTime: number;
  readonly rateLimits: readonly RateLimit[];
  readonly exchangeFilters: readonly SymbolFilter[];
  readonly symbols: readonly SymbolInfo[];
}

/** Price and quantity. */
export type DepthLevel = readonly [price: string, quantity: string];

/** A book order by order, the first to trade first: id, price, and the quantity that it shows. */
export interface DepthOrders {
  readonly lastUpdateId: number;
  readonly bids: readonly (readonly [orderId: number, price: string, quantity: string])[];
  readonly asks: readonly (readonly [orderId: number, price: string, quantity: string])[];
}

/** The best levels of a book, best first. `lastUpdateId` is the counter that the depth streams share. */
export interface Depth {
  readonly lastUpdateId: number;
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
}

export interface Trade {
  readonly id: number;
  readonly price: string;
  readonly qty: string;
  readonly quoteQty: string;
  readonly time: number;
  readonly isBuyerMaker: boolean;
  readonly isBestMatch: boolean;
}

/** An aggregate of trades: `a` its id, `p` price, `q` quantity, `f` and `l` first and last trade, `T` time. */
export interface AggregateTrade {
  readonly a: number;
  readonly p: string;
  readonly q: string;
  readonly f: number;
  readonly l: number;
  readonly T: number;
  /** The buyer was the maker. */
  readonly m: boolean;
  readonly M: boolean;
}

/** A candle. */
export interface Kline {
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly closeTime: number;
  readonly quoteVolume: string;
  readonly trades: number;
  readonly takerBuyVolume: string;
  readonly takerBuyQuoteVolume: string;
}

/** A candle as it is sent: a row. */
export type KlineRow = readonly [
  openTime: number,
  open: string,
  high: string,
  low: string,
  close: string,
  volume: string,
  closeTime: number,
  quoteVolume: string,
  trades: number,
  takerBuyVolume: string,
  takerBuyQuoteVolume: string,
  unused: string,
];

export function klineOf(row: KlineRow): Kline {
  const [openTime, open, high, low, close, volume, closeTime, quoteVolume, trades, buy, buyQuote] = row;
  return {
    openTime,
    open,
    high,
    low,
    close,
    volume,
    closeTime,
    quoteVolume,
    trades,
    takerBuyVolume: buy,
    takerBuyQuoteVolume: buyQuote,
  };
}

export interface AveragePrice {
  readonly mins: number;
  readonly price: string;
  readonly closeTime: number;
}

export interface MiniTicker {
  readonly symbol: string;
  readonly openPrice: string;
  readonly highPrice: string;
  readonly lowPrice: string;
  readonly lastPrice: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly openTime: number;
  readonly closeTime: number;
  /** −1: no trades. */
  readonly firstId: number;
  readonly lastId: number;
  readonly count: number;
}

export interface WindowTicker extends MiniTicker {
  readonly priceChange: string;
  readonly priceChangePercent: string;
  readonly weightedAvgPrice: string;
}

export interface DayTicker extends WindowTicker {
  readonly prevClosePrice: string;
  readonly lastQty: string;
  readonly bidPrice: string;
  readonly bidQty: string;
  readonly askPrice: string;
  readonly askQty: string;
}

export interface PriceTicker {
  readonly symbol: string;
  readonly price: string;
}

export interface BookTicker {
  readonly symbol: string;
  readonly bidPrice: string;
  readonly bidQty: string;
  readonly askPrice: string;
  readonly askQty: string;
}
