/** The exchange's calls: their REST paths, and their names in the WebSocket API. */

/** What a call asks of its caller: nothing, or a signature. */
export type Security = "NONE" | "SIGNED";

export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** In the WebSocket API; undefined when it has no such method. */
  readonly wsMethod: string | undefined;
  readonly security: Security;
  /** Whether it changes anything: only then can an outcome be unknown. */
  readonly isCommand: boolean;
}

function read(path: string, wsMethod?: string): Endpoint {
  return { method: "GET", path, wsMethod, security: "NONE", isCommand: false };
}

function own(path: string, wsMethod?: string): Endpoint {
  return { method: "GET", path, wsMethod, security: "SIGNED", isCommand: false };
}

function command(method: Endpoint["method"], path: string, wsMethod: string): Endpoint {
  return { method, path, wsMethod, security: "SIGNED", isCommand: true };
}

export const PING = /* @__PURE__ */ read("/api/v3/ping", "ping");
export const TIME = /* @__PURE__ */ read("/api/v3/time", "time");
export const EXCHANGE_INFO = /* @__PURE__ */ read("/api/v3/exchangeInfo", "exchangeInfo");
export const DEPTH = /* @__PURE__ */ read("/api/v3/depth", "depth");
export const DEPTH_ORDERS = /* @__PURE__ */ read("/api/v3/depth/orders", "depth.orders");
export const TRADES = /* @__PURE__ */ read("/api/v3/trades", "trades.recent");
export const HISTORICAL_TRADES = /* @__PURE__ */ read("/api/v3/historicalTrades", "trades.historical");
export const AGGREGATE_TRADES = /* @__PURE__ */ read("/api/v3/aggTrades", "trades.aggregate");
export const KLINES = /* @__PURE__ */ read("/api/v3/klines", "klines");
export const UI_KLINES = /* @__PURE__ */ read("/api/v3/uiKlines", "uiKlines");
export const AVERAGE_PRICE = /* @__PURE__ */ read("/api/v3/avgPrice", "avgPrice");
export const TICKER_24HR = /* @__PURE__ */ read("/api/v3/ticker/24hr", "ticker.24hr");
export const TICKER_TRADING_DAY = /* @__PURE__ */ read("/api/v3/ticker/tradingDay", "ticker.tradingDay");
export const TICKER = /* @__PURE__ */ read("/api/v3/ticker", "ticker");
export const TICKER_PRICE = /* @__PURE__ */ read("/api/v3/ticker/price", "ticker.price");
export const TICKER_BOOK = /* @__PURE__ */ read("/api/v3/ticker/bookTicker", "ticker.book");

export const PLACE_ORDER = /* @__PURE__ */ command("POST", "/api/v3/order", "order.place");
export const TEST_ORDER: Endpoint = {
  method: "POST",
  path: "/api/v3/order/test",
  wsMethod: "order.test",
  security: "SIGNED",
  isCommand: false,
};
export const CANCEL_ORDER = /* @__PURE__ */ command("DELETE", "/api/v3/order", "order.cancel");
export const CANCEL_OPEN_ORDERS = /* @__PURE__ */ command(
  "DELETE",
  "/api/v3/openOrders",
  "openOrders.cancelAll",
);
export const CANCEL_REPLACE = /* @__PURE__ */ command(
  "POST",
  "/api/v3/order/cancelReplace",
  "order.cancelReplace",
);
export const AMEND_ORDER = /* @__PURE__ */ command(
  "PUT",
  "/api/v3/order/amend/keepPriority",
  "order.amend.keepPriority",
);

export const CANCEL_ALL_OPEN_ORDERS = /* @__PURE__ */ command(
  "DELETE",
  "/api/v3/allOpenOrders",
  "allOpenOrders.cancelAll",
);
export const SET_COUNTDOWN = /* @__PURE__ */ command(
  "POST",
  "/api/v3/countdownCancelAll",
  "countdown.cancelAll",
);
export const PLACE_OCO = /* @__PURE__ */ command("POST", "/api/v3/orderList/oco", "orderList.place.oco");
export const PLACE_OTO = /* @__PURE__ */ command("POST", "/api/v3/orderList/oto", "orderList.place.oto");
export const PLACE_OTOCO = /* @__PURE__ */ command(
  "POST",
  "/api/v3/orderList/otoco",
  "orderList.place.otoco",
);
export const CANCEL_ORDER_LIST = /* @__PURE__ */ command("DELETE", "/api/v3/orderList", "orderList.cancel");

export const GET_ORDER_LIST = /* @__PURE__ */ own("/api/v3/orderList", "orderList.status");
export const OPEN_ORDER_LISTS = /* @__PURE__ */ own("/api/v3/openOrderList", "openOrderLists.status");
export const ALL_ORDER_LISTS = /* @__PURE__ */ own("/api/v3/allOrderList", "allOrderLists");
export const MY_PREVENTED_MATCHES = /* @__PURE__ */ own("/api/v3/myPreventedMatches", "myPreventedMatches");
export const GET_ORDER = /* @__PURE__ */ own("/api/v3/order", "order.status");
export const OPEN_ORDERS = /* @__PURE__ */ own("/api/v3/openOrders", "openOrders.status");
export const ALL_ORDERS = /* @__PURE__ */ own("/api/v3/allOrders", "allOrders");
export const MY_TRADES = /* @__PURE__ */ own("/api/v3/myTrades", "myTrades");
export const ACCOUNT = /* @__PURE__ */ own("/api/v3/account", "account.status");
export const COMMISSION = /* @__PURE__ */ own("/api/v3/account/commission", "account.commission");
export const LEDGER = /* @__PURE__ */ own("/api/v3/account/ledger", "account.ledger");
export const ORDER_RATE_LIMITS = /* @__PURE__ */ own("/api/v3/rateLimit/order", "account.rateLimits.orders");

export const SYSTEM_STATUS = /* @__PURE__ */ read("/sapi/v1/system/status");
export const TRADE_FEE = /* @__PURE__ */ own("/sapi/v1/asset/tradeFee");
export const ALL_COINS = /* @__PURE__ */ own("/sapi/v1/capital/config/getall");
export const API_RESTRICTIONS = /* @__PURE__ */ own("/sapi/v1/account/apiRestrictions");
