/**
 * Why a command was refused, or why an order expired. Numbers are grouped by stage and written to the journal:
 * never reuse one. 100–199 are reserved for gateways and never reach the journal.
 */
export const Reason = {
  OK: 0,
  /** The identical request was taken before; `orderId` of the RESULT event names the original order. */
  REPEAT: 1,

  // Command stage: who, when, where.
  MALFORMED_COMMAND: 200,
  UNKNOWN_ACCOUNT: 201,
  ACCOUNT_FROZEN: 202,
  DUPLICATE_CLIENT_ORDER_ID: 203,
  DEADLINE_PASSED: 204,
  UNKNOWN_MARKET: 205,
  UNKNOWN_ASSET: 206,
  MARKET_CLOSED: 207,
  UNKNOWN_ORDER: 208,
  CANCEL_RESTRICTED: 209,
  CAPACITY_REACHED: 210,
  /** A transfer's number is not the channel's next, or an acknowledged one was never sent. */
  CHANNEL_GAP: 211,
  /** An order of a list, an iceberg or a trailing stop can't be moved. */
  ORDER_NOT_MOVABLE: 212,

  // Risk stage: filters and funds.
  PRICE_FILTER: 300,
  LOT_SIZE: 301,
  MARKET_LOT_SIZE: 302,
  NOTIONAL: 303,
  PERCENT_PRICE_BY_SIDE: 304,
  MAX_NUM_ORDERS: 305,
  MAX_NUM_ALGO_ORDERS: 306,
  WOULD_TRIGGER_IMMEDIATELY: 307,
  INSUFFICIENT_BALANCE: 308,
  SUPPLY_EXCEEDED: 309,
  QUANTITY_NOT_REDUCED: 310,
  /** The prices of an order list's orders don't lie around the last price, or around each other, as they must. */
  LIST_PRICES: 311,
  TRAILING_DELTA: 312,
  ICEBERG_PARTS: 313,

  // Matching stage.
  WOULD_MATCH_IMMEDIATELY: 400,
  FILL_OR_KILL_UNFILLED: 401,
  NO_LIQUIDITY: 402,
  IMMEDIATE_REMAINDER: 403,
  SELF_TRADE_PREVENTED: 404,
  SWEEP_LIMIT: 405,
  /** Another order of the same list worked. */
  LIST_OTHER_WORKED: 406,
  /** The order of the same list that had to be filled first ended without. */
  LIST_WORKING_ENDED: 407,
  GOOD_TILL_DATE: 408,

  // Cancel-replace.
  CANCEL_REPLACE_CANCEL_FAILED: 500,
  CANCEL_REPLACE_NEW_FAILED: 501,
  CANCEL_REPLACE_BOTH_FAILED: 502,

  // Engine: the command made the core throw; it was set aside and changed nothing.
  QUARANTINED: 900,
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];
