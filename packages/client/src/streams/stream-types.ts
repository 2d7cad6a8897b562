/** Messages of the market streams, as they are sent. Amounts are plain decimals in text, times ms since 1970. */
import type { DepthLevel } from "../api/market-data-types.js";

/** A trade: `t` its id, `p` price, `q` quantity, `T` its time, `m` whether the buyer was the maker. */
export interface TradeEvent {
  readonly e: "trade";
  readonly E: number;
  readonly s: string;
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
  readonly M: boolean;
}

/** `a` its id, `f` and `l` the first and last trade. */
export interface AggregateTradeEvent {
  readonly e: "aggTrade";
  readonly E: number;
  readonly s: string;
  readonly a: number;
  readonly f: number;
  readonly l: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
  readonly M: boolean;
}

export interface KlineEvent {
  readonly e: "kline";
  readonly E: number;
  readonly s: string;
  readonly k: {
    /** Open and close time. */
    readonly t: number;
    readonly T: number;
    readonly s: string;
    readonly i: string;
    /** First and last trade id, −1: none. */
    readonly f: number;
    readonly L: number;
    readonly o: string;
    readonly c: string;
    readonly h: string;
    readonly l: string;
    readonly v: string;
    readonly n: number;
    /** Whether it is closed. */
    readonly x: boolean;
    readonly q: string;
    readonly V: string;
    readonly Q: string;
  };
}

export interface MiniTickerEvent {
  readonly e: "24hrMiniTicker";
  readonly E: number;
  readonly s: string;
  readonly c: string;
  readonly o: string;
  readonly h: string;
  readonly l: string;
  readonly v: string;
  readonly q: string;
}

export interface TickerEvent {
  readonly e: "24hrTicker";
  readonly E: number;
  readonly s: string;
  readonly p: string;
  readonly P: string;
  readonly w: string;
  readonly x: string;
  readonly c: string;
  readonly Q: string;
  readonly b: string;
  readonly B: string;
  readonly a: string;
  readonly A: string;
  readonly o: string;
  readonly h: string;
  readonly l: string;
  readonly v: string;
  readonly q: string;
  readonly O: number;
  readonly C: number;
  readonly F: number;
  readonly L: number;
  readonly n: number;
}

/** The best prices: `b`/`B` bid and its quantity, `a`/`A` ask. */
export interface BookTickerEvent {
  readonly u: number;
  readonly s: string;
  readonly b: string;
  readonly B: string;
  readonly a: string;
  readonly A: string;
}

export interface AveragePriceEvent {
  readonly e: "avgPrice";
  readonly E: number;
  readonly s: string;
  readonly i: string;
  readonly w: string;
  readonly T: number;
}

/** Levels that changed in the updates `U` to `u`, as they are after them; quantity zero: gone. */
export interface DepthUpdate {
  readonly e: "depthUpdate";
  readonly E: number;
  readonly s: string;
  readonly U: number;
  readonly u: number;
  readonly b: readonly DepthLevel[];
  readonly a: readonly DepthLevel[];
}

/** The best 5, 10 or 20 levels. */
export interface PartialDepth {
  readonly lastUpdateId: number;
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
}

/** A hole in a stream, and its end. */
export type StreamGap =
  /** The connection has ended, or a number is missing: messages may be missing from here on. */
  | { readonly kind: "gap"; readonly stream: string; readonly reason: string }
  /**
   * The stream goes on. `delivered` missing messages were fetched and delivered before this; `missing` ones could not
   * be (undefined: nobody can tell how many; of streams whose messages are whole in themselves nothing is needed).
   */
  | {
      readonly kind: "repaired";
      readonly stream: string;
      readonly gapMs: number;
      readonly delivered: number;
      readonly missing: number | undefined;
    };
