/** The exchange's error codes by name, and the refusals that share a code by their exact texts. */

export const ErrorCode = {
  UNKNOWN: -1000,
  DISCONNECTED: -1001,
  UNAUTHORIZED: -1002,
  TOO_MANY_REQUESTS: -1003,
  UNEXPECTED_RESPONSE: -1006,
  OUTCOME_UNKNOWN: -1007,
  SERVER_BUSY: -1008,
  INVALID_MESSAGE: -1013,
  UNKNOWN_ORDER_COMPOSITION: -1014,
  TOO_MANY_ORDERS: -1015,
  SERVICE_SHUTTING_DOWN: -1016,
  UNSUPPORTED_OPERATION: -1020,
  INVALID_TIMESTAMP: -1021,
  INVALID_SIGNATURE: -1022,
  COMP_ID_IN_USE: -1033,
  TOO_MANY_CONNECTIONS: -1034,
  LOGGED_OUT: -1035,
  ILLEGAL_CHARACTERS: -1100,
  TOO_MANY_PARAMETERS: -1101,
  MANDATORY_PARAMETER: -1102,
  UNKNOWN_PARAMETER: -1103,
  UNREAD_PARAMETERS: -1104,
  EMPTY_PARAMETER: -1105,
  NOT_REQUIRED: -1106,
  PARAMETER_OVERFLOW: -1108,
  BAD_PRECISION: -1111,
  NO_DEPTH: -1112,
  TIME_IN_FORCE_NOT_REQUIRED: -1114,
  INVALID_TIME_IN_FORCE: -1115,
  INVALID_ORDER_TYPE: -1116,
  INVALID_SIDE: -1117,
  EMPTY_NEW_CLIENT_ORDER_ID: -1118,
  EMPTY_ORIGINAL_CLIENT_ORDER_ID: -1119,
  INVALID_INTERVAL: -1120,
  INVALID_SYMBOL: -1121,
  INVALID_SYMBOL_STATUS: -1122,
  INVALID_LISTEN_KEY: -1125,
  TIME_SPAN_TOO_LONG: -1127,
  INVALID_COMBINATION: -1128,
  INVALID_DATA: -1130,
  BAD_RECV_WINDOW: -1131,
  BAD_STRATEGY_TYPE: -1134,
  INVALID_JSON: -1135,
  INVALID_TICKER_TYPE: -1139,
  INVALID_CANCEL_RESTRICTIONS: -1145,
  DUPLICATE_SYMBOLS: -1151,
  OCO_TYPE: -1158,
  OCO_ICEBERG: -1160,
  OCO_BUY_LIMIT: -1165,
  OCO_SELL_LIMIT: -1166,
  OCO_BOTH_LIMIT: -1168,
  OCO_BUY_STOP_LOSS: -1196,
  OCO_SELL_STOP_LOSS: -1197,
  OCO_BUY_TAKE_PROFIT: -1198,
  OCO_SELL_TAKE_PROFIT: -1199,
  NEW_ORDER_REJECTED: -2010,
  CANCEL_REJECTED: -2011,
  NO_SUCH_ORDER: -2013,
  BAD_API_KEY_FORMAT: -2014,
  REJECTED_API_KEY: -2015,
  NO_TRADING_WINDOW: -2016,
  NO_SUCH_ORDER_LIST: -2018,
  CANCEL_REPLACE_PARTIAL: -2021,
  CANCEL_REPLACE_FAILED: -2022,
  ORDER_ARCHIVED: -2026,
  SUBSCRIPTION_ACTIVE: -2035,
  SUBSCRIPTION_INACTIVE: -2036,
  AMEND_REJECTED: -2038,
  INVALID_CLIENT_ORDER_ID: -2039,
} as const;
export type ErrorCodeName = keyof typeof ErrorCode;

const NAMES: ReadonlyMap<number, ErrorCodeName> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ (Object.entries(ErrorCode) as [ErrorCodeName, number][]).map(([name, code]) => [
    code,
    name,
  ]),
);

/** The name of a code; undefined for an unknown one. */
export function codeNameOf(code: number): ErrorCodeName | undefined {
  return NAMES.get(code);
}

const REASONS = {
  "Account has insufficient balance for requested action.": "INSUFFICIENT_BALANCE",
  "Duplicate order sent.": "DUPLICATE_ORDER",
  "Order would immediately match and take.": "WOULD_MATCH",
  "Order would trigger immediately.": "WOULD_TRIGGER",
  "This action is disabled on this account.": "ACCOUNT_FROZEN",
  "The relationship of the prices for the orders is not correct.": "OCO_PRICES",
  "IcebergQty exceeds QTY.": "ICEBERG_EXCEEDS_QUANTITY",
  "Iceberg orders are not supported for this symbol.": "NO_ICEBERGS",
  "Trailing stop orders are not supported for this symbol.": "NO_TRAILING_STOPS",
  "Market is closed.": "MARKET_CLOSED",
  "Unknown order sent.": "UNKNOWN_ORDER",
  "Order was not canceled due to cancel restrictions.": "CANCEL_RESTRICTED",
  "Filter failure: PRICE_FILTER": "PRICE_FILTER",
  "Filter failure: LOT_SIZE": "LOT_SIZE",
  "Filter failure: MARKET_LOT_SIZE": "MARKET_LOT_SIZE",
  "Filter failure: NOTIONAL": "NOTIONAL",
  "Filter failure: PERCENT_PRICE_BY_SIDE": "PERCENT_PRICE_BY_SIDE",
  "Filter failure: MAX_NUM_ORDERS": "MAX_NUM_ORDERS",
  "Filter failure: MAX_NUM_ALGO_ORDERS": "MAX_NUM_ALGO_ORDERS",
  "Filter failure: ICEBERG_PARTS": "ICEBERG_PARTS",
  "Filter failure: TRAILING_DELTA": "TRAILING_DELTA",
} as const;
export type RefusalReason = (typeof REASONS)[keyof typeof REASONS];

/** The refusal that an exact text stands for; undefined for any other text. */
export function reasonOf(message: string): RefusalReason | undefined {
  return Object.hasOwn(REASONS, message) ? REASONS[message as keyof typeof REASONS] : undefined;
}
