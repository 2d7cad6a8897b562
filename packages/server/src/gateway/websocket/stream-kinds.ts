/** The streams that there are, by the form of their names. */

export const StreamKind = {
  TRADE: "TRADE",
  AGGREGATE_TRADE: "AGGREGATE_TRADE",
  KLINE: "KLINE",
  MINI_TICKER: "MINI_TICKER",
  TICKER: "TICKER",
  BOOK_TICKER: "BOOK_TICKER",
  AVERAGE_PRICE: "AVERAGE_PRICE",
  DEPTH: "DEPTH",
  FAST_DEPTH: "FAST_DEPTH",
  PARTIAL_DEPTH: "PARTIAL_DEPTH",
  FAST_PARTIAL_DEPTH: "FAST_PARTIAL_DEPTH",
  DEPTH_ORDERS: "DEPTH_ORDERS",
  ALL_MINI_TICKERS: "ALL_MINI_TICKERS",
  ALL_TICKERS: "ALL_TICKERS",
  ALL_BOOK_TICKERS: "ALL_BOOK_TICKERS",
} as const;
export type StreamKind = (typeof StreamKind)[keyof typeof StreamKind];

/** First group: the symbol in lower case; second: the interval or the number of levels. */
const FORMS: Record<StreamKind, RegExp> = {
  TRADE: /^([^@]+)@trade$/,
  AGGREGATE_TRADE: /^([^@]+)@aggTrade$/,
  KLINE: /^([^@]+)@kline_(.+)$/,
  MINI_TICKER: /^([^@]+)@miniTicker$/,
  TICKER: /^([^@]+)@ticker$/,
  BOOK_TICKER: /^([^@]+)@bookTicker$/,
  AVERAGE_PRICE: /^([^@]+)@avgPrice$/,
  DEPTH: /^([^@]+)@depth$/,
  FAST_DEPTH: /^([^@]+)@depth@100ms$/,
  PARTIAL_DEPTH: /^([^@]+)@depth(5|10|20)$/,
  FAST_PARTIAL_DEPTH: /^([^@]+)@depth(5|10|20)@100ms$/,
  DEPTH_ORDERS: /^([^@]+)@depthOrders$/,
  ALL_MINI_TICKERS: /^!miniTicker@arr$/,
  ALL_TICKERS: /^!ticker@arr$/,
  ALL_BOOK_TICKERS: /^!bookTicker$/,
};
const KINDS = Object.entries(FORMS) as [StreamKind, RegExp][];

export interface StreamName {
  readonly kind: StreamKind;
  /** In lower case; empty for streams of all symbols. */
  readonly symbol: string;
  /** The interval or the number of levels; empty where there is neither. */
  readonly detail: string;
}

/** What a stream's name asks for; undefined when it has no form of any. */
export function parseStreamName(name: string): StreamName | undefined {
  for (const [kind, form] of KINDS) {
    const match = form.exec(name);
    if (match !== null) return { kind, symbol: match[1] ?? "", detail: match[2] ?? "" };
  }
  return undefined;
}
