/** Which path and which WebSocket API method leads to which endpoint. */
import type { Endpoint } from "./endpoint.js";
import * as account from "./endpoints/account.js";
import * as countdown from "./endpoints/countdown.js";
import * as funds from "./endpoints/funds.js";
import * as general from "./endpoints/general.js";
import * as ledger from "./endpoints/ledger.js";
import * as data from "./endpoints/market-data.js";
import * as batch from "./endpoints/order-batch.js";
import * as lists from "./endpoints/order-lists.js";
import * as orders from "./endpoints/orders.js";
import * as udf from "./endpoints/udf.js";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly endpoint: Endpoint;
}

function route(method: Route["method"], path: string, endpoint: Endpoint): Route {
  return { method, path, endpoint };
}

export const ROUTES: readonly Route[] = [
  route("GET", "/api/v3/ping", general.ping),
  route("GET", "/api/v3/time", general.time),
  route("GET", "/api/v3/exchangeInfo", general.exchangeInfo),
  route("GET", "/sapi/v1/system/status", funds.systemStatus),

  route("GET", "/api/v3/depth", data.depth),
  route("GET", "/api/v3/depth/orders", data.depthOrders),
  route("GET", "/api/v3/trades", data.trades),
  route("GET", "/api/v3/historicalTrades", data.historicalTrades),
  route("GET", "/api/v3/aggTrades", data.aggregateTrades),
  route("GET", "/api/v3/klines", data.klines),
  route("GET", "/api/v3/uiKlines", data.klines),
  route("GET", "/api/v3/avgPrice", data.averagePrice),
  route("GET", "/api/v3/ticker/24hr", data.ticker24hr),
  route("GET", "/api/v3/ticker/tradingDay", data.tickerTradingDay),
  route("GET", "/api/v3/ticker/price", data.tickerPrice),
  route("GET", "/api/v3/ticker/bookTicker", data.tickerBook),
  route("GET", "/api/v3/ticker", data.ticker),

  route("POST", "/api/v3/order", orders.placeOrder),
  route("POST", "/api/v3/order/test", orders.testOrder),
  route("GET", "/api/v3/order", account.getOrder),
  route("DELETE", "/api/v3/order", orders.cancelOrder),
  route("DELETE", "/api/v3/openOrders", orders.cancelOpenOrders),
  route("POST", "/api/v3/order/cancelReplace", orders.cancelReplace),
  route("PUT", "/api/v3/order/amend/keepPriority", orders.amendOrder),
  route("DELETE", "/api/v3/allOpenOrders", orders.cancelAllOpenOrders),
  route("POST", "/api/v3/countdownCancelAll", countdown.setCountdown),
  route("POST", "/api/v3/orderList/oco", lists.placeOco),
  route("POST", "/api/v3/order/oco", lists.placeLegacyOco),
  route("POST", "/api/v3/orderList/oto", lists.placeOto),
  route("POST", "/api/v3/orderList/otoco", lists.placeOtoco),
  route("DELETE", "/api/v3/orderList", lists.cancelList),
  route("GET", "/api/v3/orderList", lists.getList),
  route("GET", "/api/v3/openOrderList", lists.openLists),
  route("GET", "/api/v3/allOrderList", lists.allLists),
  route("GET", "/api/v3/openOrders", account.openOrders),
  route("GET", "/api/v3/allOrders", account.allOrders),
  route("GET", "/api/v3/myTrades", account.myTrades),
  route("GET", "/api/v3/myPreventedMatches", account.myPreventedMatches),
  route("GET", "/api/v3/account", account.account),
  route("GET", "/api/v3/account/commission", account.commission),
  route("GET", "/api/v3/account/ledger", ledger.ledger),
  route("GET", "/api/v3/rateLimit/order", account.orderRateLimits),

  route("GET", "/sapi/v1/asset/tradeFee", funds.tradeFee),
  route("GET", "/sapi/v1/capital/config/getall", funds.allCoins),
  route("GET", "/sapi/v1/account/apiRestrictions", funds.apiRestrictions),

  route("GET", "/udf/config", udf.config),
  route("GET", "/udf/time", udf.time),
  route("GET", "/udf/symbols", udf.symbols),
  route("GET", "/udf/search", udf.search),
  route("GET", "/udf/history", udf.history),
];

/** WebSocket API methods that take a REST endpoint's parameters and give its answer. */
export const METHODS: ReadonlyMap<string, Endpoint> = new Map([
  ["ping", general.ping],
  ["time", general.time],
  ["exchangeInfo", general.exchangeInfo],
  ["depth", data.depth],
  ["depth.orders", data.depthOrders],
  ["trades.recent", data.trades],
  ["trades.historical", data.historicalTrades],
  ["trades.aggregate", data.aggregateTrades],
  ["klines", data.klines],
  ["uiKlines", data.klines],
  ["avgPrice", data.averagePrice],
  ["ticker.24hr", data.ticker24hr],
  ["ticker.tradingDay", data.tickerTradingDay],
  ["ticker", data.ticker],
  ["ticker.price", data.tickerPrice],
  ["ticker.book", data.tickerBook],
  ["order.place", orders.placeOrder],
  ["orders.place", batch.placeOrders],
  ["order.test", orders.testOrder],
  ["order.status", account.getOrder],
  ["order.cancel", orders.cancelOrder],
  ["order.cancelReplace", orders.cancelReplace],
  ["order.amend.keepPriority", orders.amendOrder],
  ["orderList.place", lists.placeLegacyOco],
  ["orderList.place.oco", lists.placeOco],
  ["orderList.place.oto", lists.placeOto],
  ["orderList.place.otoco", lists.placeOtoco],
  ["orderList.cancel", lists.cancelList],
  ["orderList.status", lists.getList],
  ["openOrderLists.status", lists.openLists],
  ["allOrderLists", lists.allLists],
  ["allOpenOrders.cancelAll", orders.cancelAllOpenOrders],
  ["countdown.cancelAll", countdown.setCountdown],
  ["openOrders.status", account.openOrders],
  ["openOrders.cancelAll", orders.cancelOpenOrders],
  ["allOrders", account.allOrders],
  ["myTrades", account.myTrades],
  ["myPreventedMatches", account.myPreventedMatches],
  ["account.status", account.account],
  ["account.commission", account.commission],
  ["account.ledger", ledger.ledger],
  ["account.rateLimits.orders", account.orderRateLimits],
]);
