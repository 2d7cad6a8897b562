/**
 * Every refusal a client can get: code, text and HTTP status, in this one list. Clients match on the codes and on
 * the exact texts, so neither changes. `docs/reference/errors.md` is written from it, and a test keeps them equal.
 */
import { Reason } from "@buttonwood/protocol";

export interface ErrorEntry {
  readonly code: number;
  /** HTTP status; also the `status` of WebSocket API answers. */
  readonly status: number;
  /** `%s` stands for what is filled in. */
  readonly message: string;
  /** For the reference page: when a client gets it. */
  readonly when: string;
}

export const ApiErrors = {
  UNKNOWN: {
    code: -1000,
    status: 500,
    message: "An unknown error occurred while processing the request.",
    when: "A fault of the exchange; its log tells more.",
  },
  DISCONNECTED: {
    code: -1001,
    status: 503,
    message: "Internal error; unable to process your request. Please try again.",
    when: "A read could not be answered in time. Nothing was changed.",
  },
  TOO_MUCH_WEIGHT: {
    code: -1003,
    status: 429,
    message:
      "Too much request weight used; current limit is %s request weight per %s. Please use WebSocket Streams for live updates to avoid polling the API.",
    when: "The address has used what it may in this minute; `Retry-After` says when the next one begins. Who goes on is banned.",
  },
  TOO_MANY_REQUESTS: {
    code: -1003,
    status: 429,
    message: "Too many requests; current limit is %s requests per %s.",
    when: "The address has sent as many requests as it may in five minutes, whatever they weigh.",
  },
  TOO_MANY_CONNECTIONS: {
    code: -1003,
    status: 429,
    message: "Too many connection attempts; current limit is %s connections per %s.",
    when: "The address has opened as many WebSockets as it may in five minutes.",
  },
  ADDRESS_BANNED: {
    code: -1003,
    status: 418,
    message:
      "Way too much request weight used; IP banned until %s. Please use WebSocket Streams for live updates to avoid bans.",
    when: "The address went on after being refused with 429: for 2 minutes, and twice as long each time, up to 3 days. `%s` is in ms since 1970.",
  },
  REQUEST_TOO_SLOW: {
    code: -1001,
    status: 408,
    message: "Internal error; unable to process your request. Please try again.",
    when: "The request had not arrived after 10 s. Nothing was changed; the connection is closed.",
  },
  OUTCOME_UNKNOWN: {
    code: -1007,
    status: 504,
    message:
      "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    when: "The command may or may not have taken effect: ask by client order id, or send it again with the same one.",
  },
  OVERLOADED: {
    code: -1008,
    status: 503,
    message: "Server is currently overloaded with other requests. Please try again in a few minutes.",
    when: "Too much is in flight, or a capacity is reached. Nothing was changed.",
  },
  INVALID_MESSAGE: {
    code: -1013,
    status: 400,
    message: "Invalid message.",
    when: "A WebSocket message is no request, or a request's path or body is of no known form.",
  },
  MARKET_CLOSED: {
    code: -1013,
    status: 400,
    message: "Market is closed.",
    when: "The symbol is halted, in a break, or takes cancels only.",
  },
  FILTER_FAILURE: {
    code: -1013,
    status: 400,
    message: "Filter failure: %s",
    when: "PRICE_FILTER, LOT_SIZE, MARKET_LOT_SIZE, NOTIONAL, PERCENT_PRICE_BY_SIDE, ICEBERG_PARTS, TRAILING_DELTA, MAX_NUM_ORDERS or MAX_NUM_ALGO_ORDERS of `exchangeInfo` is not met.",
  },
  UNKNOWN_COMPOSITION: {
    code: -1014,
    status: 400,
    message: "Unsupported order combination.",
    when: "The parameters are each valid, but make no order.",
  },
  TOO_MANY_ORDERS: {
    code: -1015,
    status: 429,
    message: "Too many new orders; current limit is %s orders per %s.",
    when: "The account has as many orders in this interval as it may that have not begun to trade. Nothing was placed.",
  },
  UNSUPPORTED: {
    code: -1020,
    status: 404,
    message: "This operation is not supported.",
    when: "There is no such path or WebSocket method.",
  },
  OUTSIDE_RECV_WINDOW: {
    code: -1021,
    status: 400,
    message: "Timestamp for this request is outside of the recvWindow.",
    when: "The request is older than its recvWindow, here or when the engine sequences it.",
  },
  AHEAD_OF_SERVER_TIME: {
    code: -1021,
    status: 400,
    message: "Timestamp for this request was 1000ms ahead of the server's time.",
    when: "The timestamp lies more than a second in the future, or is not in milliseconds.",
  },
  INVALID_SIGNATURE: {
    code: -1022,
    status: 400,
    message: "Signature for this request is not valid.",
    when: "The signature does not fit the query string and body as received, and the key.",
  },
  ILLEGAL_CHARACTERS: {
    code: -1100,
    status: 400,
    message: "Illegal characters found in parameter '%s'; legal range is '%s'.",
    when: "A value is not of the form that is asked for.",
  },
  ILLEGAL_ENCODING: {
    code: -1100,
    status: 400,
    message: "Illegal characters found in a parameter.",
    when: "The query string or body is no valid percent-encoded UTF-8, or has a NUL or control character.",
  },
  TOO_MANY_PARAMETERS: {
    code: -1101,
    status: 400,
    message: "Too many parameters sent for this endpoint.",
    when: "More than 64 parameters.",
  },
  BODY_TOO_LARGE: {
    code: -1101,
    status: 413,
    message: "Too many parameters sent for this endpoint.",
    when: "A body of more than 16 KiB.",
  },
  HEADERS_TOO_LARGE: {
    code: -1101,
    status: 431,
    message: "Too many parameters sent for this endpoint.",
    when: "The request's line and headers have more than 16 KiB, or there are more than 100 headers.",
  },
  DUPLICATE_PARAMETER: {
    code: -1101,
    status: 400,
    message: "Duplicate values for a parameter detected.",
    when: "A parameter was sent twice.",
  },
  MANDATORY_PARAMETER: {
    code: -1102,
    status: 400,
    message: "Mandatory parameter '%s' was not sent, was empty/null, or malformed.",
    when: "A parameter that this request needs is missing.",
  },
  EITHER_PARAMETER: {
    code: -1102,
    status: 400,
    message: "Param '%s' or '%s' must be sent, but both were empty/null!",
    when: "One of two parameters is needed.",
  },
  UNREAD_PARAMETERS: {
    code: -1104,
    status: 400,
    message: "Not all sent parameters were read; read '%s' parameter(s) but was sent '%s'.",
    when: "A parameter is not known here.",
  },
  EMPTY_PARAMETER: {
    code: -1105,
    status: 400,
    message: "Parameter '%s' was empty.",
    when: "A parameter was sent without a value.",
  },
  NOT_REQUIRED: {
    code: -1106,
    status: 400,
    message: "Parameter '%s' sent when not required.",
    when: "The order type takes no such parameter.",
  },
  BAD_PRECISION: {
    code: -1111,
    status: 400,
    message: "Parameter '%s' has too much precision.",
    when: "A price or quantity has more decimals than any of this asset.",
  },
  INVALID_TIME_IN_FORCE: {
    code: -1115,
    status: 400,
    message: "Invalid timeInForce.",
    when: "Not GTC, IOC or FOK.",
  },
  INVALID_ORDER_TYPE: {
    code: -1116,
    status: 400,
    message: "Invalid orderType.",
    when: "No type of `exchangeInfo`.",
  },
  INVALID_SIDE: { code: -1117, status: 400, message: "Invalid side.", when: "Not BUY or SELL." },
  INVALID_INTERVAL: {
    code: -1120,
    status: 400,
    message: "Invalid interval.",
    when: "No known candle interval.",
  },
  INVALID_SYMBOL: { code: -1121, status: 400, message: "Invalid symbol.", when: "No such symbol is listed." },
  INVALID_COMBINATION: {
    code: -1128,
    status: 400,
    message: "Combination of optional parameters invalid.",
    when: "Parameters that exclude each other, or a startTime after the endTime.",
  },
  INVALID_DATA: {
    code: -1130,
    status: 400,
    message: "Data sent for parameter '%s' is not valid.",
    when: "A value is of the right form, but out of range or no member of its set.",
  },
  RECV_WINDOW_TOO_LONG: {
    code: -1131,
    status: 400,
    message: "recvWindow must be less than 60000.",
    when: "recvWindow is more than 60,000 ms.",
  },
  TOO_MANY_BARS: {
    code: -1130,
    status: 400,
    message: "More than %s bars: ask for less, or send countback.",
    when: "The times of a chart's `/udf/history` hold more bars than one answer has.",
  },
  INVALID_CANCEL_RESTRICTIONS: {
    code: -1145,
    status: 400,
    message: "Invalid cancelRestrictions",
    when: "Not ONLY_NEW or ONLY_PARTIALLY_FILLED.",
  },
  DUPLICATE_SYMBOL: {
    code: -1151,
    status: 400,
    message: "Symbol is present multiple times in the list.",
    when: "A symbol stands twice in `symbols`.",
  },
  INSUFFICIENT_BALANCE: {
    code: -2010,
    status: 400,
    message: "Account has insufficient balance for requested action.",
    when: "Less is free than the order needs.",
  },
  DUPLICATE_ORDER: {
    code: -2010,
    status: 400,
    message: "Duplicate order sent.",
    when: "The client order id was used for another order in the last 24 hours, or its order is open.",
  },
  WOULD_MATCH: {
    code: -2010,
    status: 400,
    message: "Order would immediately match and take.",
    when: "A LIMIT_MAKER order would trade at once.",
  },
  WOULD_TRIGGER: {
    code: -2010,
    status: 400,
    message: "Order would trigger immediately.",
    when: "The stop price lies on the wrong side of the last price.",
  },
  ACCOUNT_FROZEN: {
    code: -2010,
    status: 400,
    message: "This action is disabled on this account.",
    when: "The account is frozen: it can cancel and reduce, nothing else.",
  },
  LIST_PRICES: {
    code: -2010,
    status: 400,
    message: "The relationship of the prices for the orders is not correct.",
    when: "Of an order list: the upper order's price is not above the lower one's, or, of an OCO, a limit order's price is on the wrong side of the last price.",
  },
  ICEBERG_EXCEEDS: {
    code: -2010,
    status: 400,
    message: "IcebergQty exceeds QTY.",
    when: "`icebergQty` is more than the quantity.",
  },
  OCO_TYPE: {
    code: -1158,
    status: 400,
    message: "Order type not supported in OCO.",
    when: "An order of a pair is LIMIT or MARKET.",
  },
  OCO_ICEBERG: {
    code: -1160,
    status: 400,
    message: "Parameter '%s' is not supported if `aboveTimeInForce`/`belowTimeInForce` is not GTC.",
    when: "An iceberg of a pair is IOC or FOK.",
  },
  OCO_BUY_LIMIT: {
    code: -1165,
    status: 400,
    message: "A limit order in a buy OCO must be below.",
    when: "The LIMIT_MAKER of a pair that buys is the order above.",
  },
  OCO_SELL_LIMIT: {
    code: -1166,
    status: 400,
    message: "A limit order in a sell OCO must be above.",
    when: "The LIMIT_MAKER of a pair that sells is the order below.",
  },
  OCO_BOTH_LIMIT: {
    code: -1168,
    status: 400,
    message: "At least one OCO order must be contingent.",
    when: "Both orders of a pair are LIMIT_MAKER.",
  },
  OCO_BUY_STOP_LOSS: {
    code: -1196,
    status: 400,
    message: "A stop loss order in a buy OCO must be above.",
    when: "The stop loss of a pair that buys is the order below.",
  },
  OCO_SELL_STOP_LOSS: {
    code: -1197,
    status: 400,
    message: "A stop loss order in a sell OCO must be below.",
    when: "The stop loss of a pair that sells is the order above.",
  },
  OCO_BUY_TAKE_PROFIT: {
    code: -1198,
    status: 400,
    message: "A take profit order in a buy OCO must be below.",
    when: "The take profit order of a pair that buys is the order above.",
  },
  OCO_SELL_TAKE_PROFIT: {
    code: -1199,
    status: 400,
    message: "A take profit order in a sell OCO must be above.",
    when: "The take profit order of a pair that sells is the order below.",
  },
  NO_SUCH_LIST: {
    code: -2018,
    status: 400,
    message: "Order list does not exist.",
    when: "There is no such order list of this account.",
  },
  UNKNOWN_ORDER: {
    code: -2011,
    status: 400,
    message: "Unknown order sent.",
    when: "The order to cancel is not open, or not of this account and symbol.",
  },
  CANCEL_RESTRICTED: {
    code: -2011,
    status: 400,
    message: "Order was not canceled due to cancel restrictions.",
    when: "cancelRestrictions does not fit what was executed.",
  },
  NO_SUCH_ORDER: {
    code: -2013,
    status: 400,
    message: "Order does not exist.",
    when: "No order of this account and symbol has this id.",
  },
  BAD_API_KEY_FORMAT: {
    code: -2014,
    status: 401,
    message: "API-key format invalid.",
    when: "The X-MBX-APIKEY header (or `apiKey`) is missing or has an impossible form.",
  },
  REJECTED_API_KEY: {
    code: -2015,
    status: 401,
    message: "Invalid API-key, IP, or permissions for action.",
    when: "No such key, it is revoked or has expired, it may not be used from this address, or it lacks the scope.",
  },
  CANCEL_REPLACE_PARTIAL: {
    code: -2021,
    status: 409,
    message: "Order cancel-replace partially failed.",
    when: "Either the cancel or the new order failed; `data` tells which.",
  },
  CANCEL_REPLACE_FAILED: {
    code: -2022,
    status: 400,
    message: "Order cancel-replace failed.",
    when: "Both failed, or the new order was not tried; `data` tells why.",
  },
  SUBSCRIPTION_ACTIVE: {
    code: -2035,
    status: 400,
    message: "User Data Stream subscription already active.",
    when: "This session receives the account's events already.",
  },
  SUBSCRIPTION_INACTIVE: {
    code: -2036,
    status: 400,
    message: "User Data Stream subscription not active.",
    when: "There is no such subscription on this connection.",
  },
  AMEND_REJECTED: {
    code: -2038,
    status: 400,
    message: "Order amend (quantity increase) is not supported.",
    when: "The new quantity is not less than now, or not more than what is executed.",
  },
  SESSION_REQUIRED: {
    code: -1002,
    status: 401,
    message: "You are not authorized to execute this request.",
    when: "The method needs a session that is logged on.",
  },
} as const satisfies Record<string, ErrorEntry>;
export type ApiErrorName = keyof typeof ApiErrors;

/** A refusal on its way to a client. Its cost matters (bad input is cheap to send), so it keeps no stack. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly entry: ErrorEntry;
  /** The whole body, as JSON. */
  readonly body: string;

  constructor(entry: ErrorEntry, message: string, dataJson?: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.entry = entry;
    const data = dataJson === undefined ? "" : `,"data":${dataJson}`;
    this.body = `{"code":${entry.code},"msg":${JSON.stringify(message)}${data}}`;
  }
}

/** The refusal of an entry, with its `%s` filled in one after the other. */
export function refusal(name: ApiErrorName, ...fill: readonly (string | number)[]): ApiError {
  const entry = ApiErrors[name];
  let next = 0;
  const message =
    fill.length === 0 ? entry.message : entry.message.replace(/%s/g, () => String(fill[next++] ?? ""));
  return new ApiError(entry, message);
}

/** What a refused command means to its client. */
export function refusalOf(reason: Exclude<Reason, typeof Reason.OK>): ApiError {
  switch (reason) {
    case Reason.MALFORMED_COMMAND:
      return refusal("UNKNOWN_COMPOSITION");
    case Reason.UNKNOWN_ACCOUNT:
      return refusal("REJECTED_API_KEY");
    case Reason.ACCOUNT_FROZEN:
      return refusal("ACCOUNT_FROZEN");
    case Reason.DUPLICATE_CLIENT_ORDER_ID:
      return refusal("DUPLICATE_ORDER");
    case Reason.DEADLINE_PASSED:
      return refusal("OUTSIDE_RECV_WINDOW");
    case Reason.UNKNOWN_MARKET:
      return refusal("INVALID_SYMBOL");
    case Reason.MARKET_CLOSED:
      return refusal("MARKET_CLOSED");
    case Reason.UNKNOWN_ORDER:
      return refusal("UNKNOWN_ORDER");
    case Reason.CANCEL_RESTRICTED:
      return refusal("CANCEL_RESTRICTED");
    case Reason.CAPACITY_REACHED:
      return refusal("OVERLOADED");
    case Reason.PRICE_FILTER:
      return refusal("FILTER_FAILURE", "PRICE_FILTER");
    case Reason.LOT_SIZE:
      return refusal("FILTER_FAILURE", "LOT_SIZE");
    case Reason.MARKET_LOT_SIZE:
      return refusal("FILTER_FAILURE", "MARKET_LOT_SIZE");
    case Reason.NOTIONAL:
      return refusal("FILTER_FAILURE", "NOTIONAL");
    case Reason.PERCENT_PRICE_BY_SIDE:
      return refusal("FILTER_FAILURE", "PERCENT_PRICE_BY_SIDE");
    case Reason.MAX_NUM_ORDERS:
      return refusal("FILTER_FAILURE", "MAX_NUM_ORDERS");
    case Reason.MAX_NUM_ALGO_ORDERS:
      return refusal("FILTER_FAILURE", "MAX_NUM_ALGO_ORDERS");
    case Reason.WOULD_TRIGGER_IMMEDIATELY:
      return refusal("WOULD_TRIGGER");
    case Reason.INSUFFICIENT_BALANCE:
      return refusal("INSUFFICIENT_BALANCE");
    case Reason.QUANTITY_NOT_REDUCED:
      return refusal("AMEND_REJECTED");
    case Reason.LIST_PRICES:
      return refusal("LIST_PRICES");
    case Reason.TRAILING_DELTA:
      return refusal("FILTER_FAILURE", "TRAILING_DELTA");
    case Reason.ICEBERG_PARTS:
      return refusal("FILTER_FAILURE", "ICEBERG_PARTS");
    case Reason.WOULD_MATCH_IMMEDIATELY:
      return refusal("WOULD_MATCH");
    case Reason.CANCEL_REPLACE_CANCEL_FAILED:
    case Reason.CANCEL_REPLACE_NEW_FAILED:
      return refusal("CANCEL_REPLACE_PARTIAL");
    case Reason.CANCEL_REPLACE_BOTH_FAILED:
      return refusal("CANCEL_REPLACE_FAILED");
    // These end orders that were taken, belong to operators' commands or to transfers, or are faults.
    case Reason.REPEAT:
    case Reason.UNKNOWN_ASSET:
    case Reason.CHANNEL_GAP:
    case Reason.SUPPLY_EXCEEDED:
    case Reason.FILL_OR_KILL_UNFILLED:
    case Reason.NO_LIQUIDITY:
    case Reason.IMMEDIATE_REMAINDER:
    case Reason.SELF_TRADE_PREVENTED:
    case Reason.SWEEP_LIMIT:
    case Reason.ORDER_NOT_MOVABLE:
    case Reason.LIST_OTHER_WORKED:
    case Reason.LIST_WORKING_ENDED:
    case Reason.GOOD_TILL_DATE:
    case Reason.QUARANTINED:
      return refusal("UNKNOWN");
  }
}

/** The reference page of all errors, as `docs/reference/errors.md` holds it. */
export function errorsPage(): string {
  const rows = Object.values(ApiErrors)
    .map((entry: ErrorEntry) => entry)
    .sort((a, b) => b.code - a.code)
    .map((entry) => `| ${entry.code} | ${entry.status} | ${entry.message} | ${entry.when} |`);
  return [
    "# Errors",
    "",
    'Every refusal has the body `{"code":…,"msg":…}` and the HTTP status below; WebSocket API answers carry both as',
    "`status` and `error`. `%s` stands for what is filled in. A refused request changes nothing, except that",
    "cancel-replace can be done in part (−2021) and that the outcome after −1007 is unknown.",
    "",
    "| code | status | msg | when |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
