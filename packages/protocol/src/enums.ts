/** Closed sets shared by commands, events and reports. Numbers are written to the journal: never reuse one. */

export const Side = { BUY: 0, SELL: 1 } as const;
export type Side = (typeof Side)[keyof typeof Side];

export const OrderType = {
  LIMIT: 1,
  MARKET: 2,
  LIMIT_MAKER: 3,
  STOP_LOSS: 4,
  STOP_LOSS_LIMIT: 5,
  TAKE_PROFIT: 6,
  TAKE_PROFIT_LIMIT: 7,
} as const;
export type OrderType = (typeof OrderType)[keyof typeof OrderType];

export const TimeInForce = { GTC: 0, IOC: 1, FOK: 2 } as const;
export type TimeInForce = (typeof TimeInForce)[keyof typeof TimeInForce];

/** Self-trade prevention: what happens when an order would trade with one of its own account. */
export const SelfTradePrevention = {
  NONE: 0,
  EXPIRE_TAKER: 1,
  EXPIRE_MAKER: 2,
  EXPIRE_BOTH: 3,
  DECREMENT: 4,
} as const;
export type SelfTradePrevention = (typeof SelfTradePrevention)[keyof typeof SelfTradePrevention];

export const OrderStatus = {
  NEW: 0,
  PARTIALLY_FILLED: 1,
  FILLED: 2,
  CANCELED: 3,
  EXPIRED: 4,
  EXPIRED_IN_MATCH: 5,
  /** Of an order list: waits for the list's working order to be filled. */
  PENDING_NEW: 6,
} as const;
export type OrderStatus = (typeof OrderStatus)[keyof typeof OrderStatus];

/**
 * What binds the orders of a list. OCO: two, of which the first that works ends the other. OTO: the second begins when
 * the first is filled. OTOCO: the second and the third are an OCO that begins when the first is filled.
 */
export const Contingency = { OCO: 1, OTO: 2, OTOCO: 3 } as const;
export type Contingency = (typeof Contingency)[keyof typeof Contingency];

export const ListStatus = { EXECUTING: 0, ALL_DONE: 1 } as const;
export type ListStatus = (typeof ListStatus)[keyof typeof ListStatus];

export const MarketStatus = { TRADING: 0, HALT: 1, BREAK: 2, CANCEL_ONLY: 3 } as const;
export type MarketStatus = (typeof MarketStatus)[keyof typeof MarketStatus];

export const AccountStatus = { ACTIVE: 0, FROZEN: 1 } as const;
export type AccountStatus = (typeof AccountStatus)[keyof typeof AccountStatus];

export const CancelRestriction = { NONE: 0, ONLY_NEW: 1, ONLY_PARTIALLY_FILLED: 2 } as const;
export type CancelRestriction = (typeof CancelRestriction)[keyof typeof CancelRestriction];

export const CancelReplaceMode = { STOP_ON_FAILURE: 0, ALLOW_FAILURE: 1 } as const;
export type CancelReplaceMode = (typeof CancelReplaceMode)[keyof typeof CancelReplaceMode];

/** The name of a member of a closed set, e.g. `nameOf(Side, 0)` is `"BUY"`. */
export function nameOf<T extends Record<string, number>>(set: T, value: number): keyof T & string {
  for (const name in set) if (set[name] === value) return name;
  throw new RangeError(`no member ${value} in {${Object.keys(set).join(", ")}}`);
}
