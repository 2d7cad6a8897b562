/**
 * Example requests of the documents, by route and in the order in which they can be played on a freshly started
 * exchange: `examples.test.ts` plays them all. Times, keys and signatures are the player's.
 */
export interface Example {
  /** Short and unique for its route, e.g. `post-only`. */
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const symbol = "BTCUSDT";
const first = (parameters: Example["parameters"] = {}): Example => ({ name: "example", parameters });
const also = (name: string, parameters: Example["parameters"]): Example => ({ name, parameters });

const limitOrder = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01" };

/** The first of a route is what a page fills in. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  "GET /api/v3/ping": [first()],
  "GET /api/v3/time": [first()],
  "GET /api/v3/exchangeInfo": [
    first({ symbol }),
    also("several", { symbols: '["BTCUSDT","ETHUSDT"]' }),
    also("all", {}),
  ],
  "GET /sapi/v1/system/status": [first()],

  "POST /api/v3/order/test": [
    first({ ...limitOrder, price: "59000" }),
    also("fees", { ...limitOrder, price: "59000", computeCommissionRates: "true" }),
  ],
  "POST /api/v3/order": [
    first({ ...limitOrder, price: "59000", newClientOrderId: "example-limit" }),
    also("post-only", {
      symbol,
      side: "SELL",
      type: "LIMIT_MAKER",
      quantity: "0.02",
      price: "61000",
      newClientOrderId: "example-maker",
    }),
    also("market-by-amount", { symbol, side: "BUY", type: "MARKET", quoteOrderQty: "122" }),
    also("market", { symbol, side: "BUY", type: "MARKET", quantity: "0.002", newOrderRespType: "RESULT" }),
    also("stop-loss", {
      symbol,
      side: "SELL",
      type: "STOP_LOSS_LIMIT",
      timeInForce: "GTC",
      quantity: "0.01",
      price: "57900",
      stopPrice: "58000",
      newClientOrderId: "example-stop",
    }),
    also("immediate-or-cancel", {
      ...limitOrder,
      timeInForce: "IOC",
      price: "58500",
      newOrderRespType: "ACK",
    }),
  ],
  "GET /api/v3/order": [
    first({ symbol, origClientOrderId: "example-limit" }),
    also("stop-loss", { symbol, origClientOrderId: "example-stop" }),
  ],
  "GET /api/v3/openOrders": [first({ symbol }), also("all", {})],
  "PUT /api/v3/order/amend/keepPriority": [
    first({ symbol, origClientOrderId: "example-limit", newQty: "0.005" }),
  ],
  "POST /api/v3/order/cancelReplace": [
    first({
      ...limitOrder,
      price: "59100",
      cancelReplaceMode: "STOP_ON_FAILURE",
      cancelOrigClientOrderId: "example-limit",
      newClientOrderId: "example-replaced",
    }),
  ],
  "POST /api/v3/orderList/oco": [
    first({
      symbol,
      side: "SELL",
      quantity: "0.01",
      aboveType: "LIMIT_MAKER",
      abovePrice: "62000",
      belowType: "STOP_LOSS_LIMIT",
      belowStopPrice: "58000",
      belowPrice: "57900",
      belowTimeInForce: "GTC",
      listClientOrderId: "example-oco",
    }),
  ],
  "POST /api/v3/order/oco": [
    first({
      symbol,
      side: "SELL",
      quantity: "0.01",
      price: "62000",
      stopPrice: "58000",
      listClientOrderId: "example-oco-2",
    }),
  ],
  "POST /api/v3/orderList/oto": [
    first({
      symbol,
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "59000",
      workingQuantity: "0.01",
      workingTimeInForce: "GTC",
      pendingType: "LIMIT_MAKER",
      pendingSide: "SELL",
      pendingPrice: "62000",
      pendingQuantity: "0.01",
      listClientOrderId: "example-oto",
    }),
  ],
  "POST /api/v3/orderList/otoco": [
    first({
      symbol,
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "59000",
      workingQuantity: "0.01",
      workingTimeInForce: "GTC",
      pendingSide: "SELL",
      pendingQuantity: "0.01",
      pendingAboveType: "LIMIT_MAKER",
      pendingAbovePrice: "62000",
      pendingBelowType: "STOP_LOSS",
      pendingBelowStopPrice: "58000",
      listClientOrderId: "example-otoco",
    }),
  ],
  "GET /api/v3/orderList": [first({ origClientOrderId: "example-oco" })],
  "GET /api/v3/openOrderList": [first()],
  "DELETE /api/v3/orderList": [first({ symbol, listClientOrderId: "example-oco" })],
  "GET /api/v3/allOrderList": [first({ limit: "10" })],
  "POST /api/v3/countdownCancelAll": [
    first({ countdownTime: "60000" }),
    also("take-away", { countdownTime: "0" }),
  ],
  "DELETE /api/v3/order": [first({ symbol, origClientOrderId: "example-replaced" })],
  "DELETE /api/v3/allOpenOrders": [first({ side: "BUY" })],
  "DELETE /api/v3/openOrders": [first({ symbol })],
  "GET /api/v3/allOrders": [first({ symbol, limit: "10" })],
  "GET /api/v3/myTrades": [first({ symbol, limit: "10" })],
  "GET /api/v3/myPreventedMatches": [
    first({ symbol, orderId: "1", limit: "10" }),
    also("one", { symbol, preventedMatchId: "1" }),
  ],
  "GET /api/v3/account": [first({ omitZeroBalances: "true" }), also("all", {})],
  "GET /api/v3/account/commission": [first({ symbol })],
  "GET /api/v3/account/ledger": [
    first({ limit: "10" }),
    also("one-asset", { asset: "USDT", startTime: "0" }),
  ],
  "GET /api/v3/rateLimit/order": [first()],
  "GET /sapi/v1/asset/tradeFee": [first({ symbol }), also("all", {})],
  "GET /sapi/v1/capital/config/getall": [first()],
  "GET /sapi/v1/account/apiRestrictions": [first()],

  "GET /api/v3/depth": [first({ symbol, limit: "5" })],
  "GET /api/v3/depth/orders": [first({ symbol, limit: "5" })],
  "GET /api/v3/trades": [first({ symbol, limit: "5" })],
  "GET /api/v3/historicalTrades": [first({ symbol, fromId: "0", limit: "5" })],
  "GET /api/v3/aggTrades": [first({ symbol, limit: "5" })],
  "GET /api/v3/klines": [
    first({ symbol, interval: "1m", limit: "5" }),
    also("days-of-tokyo", { symbol, interval: "1d", timeZone: "9", limit: "5" }),
  ],
  "GET /api/v3/uiKlines": [first({ symbol, interval: "1h", limit: "5" })],
  "GET /api/v3/avgPrice": [first({ symbol })],
  "GET /api/v3/ticker/24hr": [
    first({ symbol }),
    also("several-mini", { symbols: '["BTCUSDT","ETHUSDT"]', type: "MINI" }),
    also("all", {}),
  ],
  "GET /api/v3/ticker/tradingDay": [first({ symbol }), also("in-new-york", { symbol, timeZone: "-5:00" })],
  "GET /api/v3/ticker/price": [first({ symbol }), also("all", {})],
  "GET /api/v3/ticker/bookTicker": [first({ symbol }), also("all", {})],
  "GET /api/v3/ticker": [first({ symbol, windowSize: "4h" }), also("mini", { symbol, type: "MINI" })],

  "GET /udf/config": [first()],
  "GET /udf/time": [first()],
  "GET /udf/symbols": [first({ symbol }), also("with-exchange", { symbol: "Buttonwood:btcusdt" })],
  "GET /udf/search": [
    first({ query: "BTC", type: "spot", exchange: "Buttonwood", limit: "10" }),
    also("as-charts-ask", { query: "", type: "", exchange: "", limit: "30" }),
  ],
  "GET /udf/history": [
    first({ symbol, resolution: "1", to: "4102444800", countback: "300" }),
    also("between", { symbol, resolution: "1D", from: "1764460800", to: "1764547200" }),
    also("before-the-first-trade", { symbol, resolution: "60", from: "1000000000", to: "1000003600" }),
  ],
};

/** Examples of WebSocket API methods that have no REST path. */
export const METHOD_EXAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "orders.place": {
    symbol,
    orders: [
      ["BUY", "59000.00", "0.01", "example-row-1"],
      ["BUY", "58900.00", "0.01", "example-row-2"],
    ],
  },
};
