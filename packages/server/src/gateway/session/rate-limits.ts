/** The limits that are told and enforced: this one list. */

export const RateLimitType = {
  REQUEST_WEIGHT: "REQUEST_WEIGHT",
  ORDERS: "ORDERS",
  RAW_REQUESTS: "RAW_REQUESTS",
  CONNECTIONS: "CONNECTIONS",
} as const;
export type RateLimitType = (typeof RateLimitType)[keyof typeof RateLimitType];

const INTERVAL_US = { SECOND: 1_000_000, MINUTE: 60_000_000, DAY: 86_400_000_000 } as const;

/** At most `limit` of something in each interval. Intervals begin at whole multiples of their length. */
export interface RateLimit {
  readonly type: RateLimitType;
  readonly interval: keyof typeof INTERVAL_US;
  readonly intervalNum: number;
  readonly limit: number;
}

/** As Binance publishes them for Spot. */
export const PUBLISHED_LIMITS = {
  /** Of an address. */
  weight: { type: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 6_000 },
  /** Orders of an account that have not begun to trade. */
  orders10s: { type: "ORDERS", interval: "SECOND", intervalNum: 10, limit: 100 },
  orders1d: { type: "ORDERS", interval: "DAY", intervalNum: 1, limit: 200_000 },
  /** Of an address, whatever they weigh. */
  requests: { type: "RAW_REQUESTS", interval: "MINUTE", intervalNum: 5, limit: 61_000 },
  /** Attempts of an address to open a WebSocket. */
  connections: { type: "CONNECTIONS", interval: "MINUTE", intervalNum: 5, limit: 300 },
} as const satisfies Record<string, RateLimit>;
export type RateLimitName = keyof typeof PUBLISHED_LIMITS;

/** Which limits hold: those of the list, or none. */
export const LimitsSetting = { PUBLISHED: "published", NONE: "none" } as const;
export type LimitsSetting = (typeof LimitsSetting)[keyof typeof LimitsSetting];

/** Length of a limit's interval in µs. */
export function intervalUs({ interval, intervalNum }: RateLimit): number {
  return intervalNum * INTERVAL_US[interval];
}

/** `1 MINUTE`, as messages name an interval. */
export function intervalText({ interval, intervalNum }: RateLimit): string {
  return `${intervalNum} ${interval}`;
}

/** The limit as answers list it, with what is used of it when that is told. */
export function limitJson({ type, interval, intervalNum, limit }: RateLimit, count?: number): string {
  return (
    `{"rateLimitType":"${type}","interval":"${interval}","intervalNum":${intervalNum},"limit":${limit}` +
    `${count === undefined ? "" : `,"count":${count}`}}`
  );
}
