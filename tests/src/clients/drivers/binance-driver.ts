/** npm `binance`: REST in queries, streams over one connection, numeric ids at the WebSocket API. */
import { DefaultLogger, MainClient, WebsocketAPIClient, WebsocketClient } from "binance";
import type { Exchange } from "../../support/exchange.js";
import { type Driver, type Listen, MARKETS, type StreamEvent } from "../calls/calls.js";
import { callsOf, type RawCall } from "./raw-calls.js";

const market = MARKETS.ETH;
const silent = { ...DefaultLogger, trace: () => {}, info: () => {}, error: () => {} };
const STREAMS = "main";
const API = "mainWSAPI";

export async function binanceDriver(exchange: Exchange): Promise<Driver> {
  const { apiKey, secretKey } = exchange.keys.alice;
  const keys = { api_key: apiKey, api_secret: secretKey };
  const rest = new MainClient({ ...keys, baseUrl: exchange.url, disableTimeSync: true });
  const options = { ...keys, wsUrl: exchange.webSocketUrl, reconnectTimeout: 100 };
  const sockets = new WebsocketClient(options, silent);
  const api = new WebsocketAPIClient(
    { ...options, attachEventListeners: false, muteLatencyWarning: true },
    silent,
  );
  for (const client of [sockets, api.getWSClient()]) client.on("exception", () => {});

  /** Its answers stand in an envelope; those that are signed want the time from their caller. */
  const result =
    (call: RawCall): RawCall =>
    async (parameters) =>
      (await call(parameters)).result;
  const signed = (call: RawCall): RawCall =>
    result((parameters) => call({ ...parameters, timestamp: Date.now() }));

  const stream =
    (topicOf: (symbol: string) => string): Listen =>
    async (symbol, onEvent) => {
      const topic = topicOf(symbol.toLowerCase());
      const take = (message: unknown): void => {
        const event = message as StreamEvent & { data?: unknown };
        if (Array.isArray(message)) for (const one of message) onEvent(one);
        else if (Array.isArray(event.data)) for (const one of event.data) onEvent(one);
        else if (event.streamName === topic) onEvent(event);
      };
      sockets.on("message", take);
      await sockets.subscribe(topic, STREAMS);
      return async () => {
        sockets.off("message", take);
        await sockets.unsubscribe(topic, STREAMS);
      };
    };

  return {
    name: "binance",
    market,
    rest: callsOf({
      ping: () => rest.testConnectivity(),
      // getServerTime() itself asks another host than the one it was given.
      time: () => rest.get("api/v3/time"),
      rules: (p) => rest.getExchangeInfo(p),
      systemStatus: () => rest.getSystemStatus(),
      depth: (p) => rest.getOrderBook(p),
      trades: (p) => rest.getRecentTrades(p),
      historicalTrades: (p) => rest.getHistoricalTrades(p),
      aggTrades: (p) => rest.getAggregateTrades(p),
      klines: (p) => rest.getKlines(p),
      uiKlines: (p) => rest.getUIKlines(p),
      avgPrice: (p) => rest.getAvgPrice(p),
      ticker24hr: (p) => rest.get24hrChangeStatistics(p),
      ticker: (p) => rest.getRollingWindowTicker(p),
      tickerTradingDay: (p) => rest.getTradingDayTicker(p),
      tickerPrice: (p) => rest.getSymbolPriceTicker(p),
      tickerBook: (p) => rest.getSymbolOrderBookTicker(p),
      placeOrder: (p) => rest.submitNewOrder(p),
      testOrder: (p) => rest.testNewOrder(p),
      order: (p) => rest.getOrder(p),
      cancelOrder: (p) => rest.cancelOrder(p),
      cancelOpenOrders: (p) => rest.cancelAllSymbolOrders(p),
      cancelReplace: (p) => rest.replaceOrder(p),
      // Its amendOrderKeepPriority() is that of futures.
      openOrders: (p) => rest.getOpenOrders(p),
      allOrders: (p) => rest.getAllOrders(p),
      myTrades: (p) => rest.getAccountTradeList(p),
      account: () => rest.getAccountInformation(),
      commission: (p) => rest.getCommissionRates(p),
      orderRateLimits: () => rest.getOrderRateLimit(),
      tradeFee: (p) => rest.getTradeFee(p),
      coins: () => rest.getBalances(),
      apiRestrictions: () => rest.getApiKeyPermissions(),
      placeOco: (p) => rest.submitNewOrderList(p),
      placeOcoLegacy: (p) => rest.submitNewOCO(p),
      placeOto: (p) => rest.submitNewOrderListOTO(p),
      placeOtoco: (p) => rest.submitNewOrderListOTOCO(p),
      orderList: (p) => rest.getOCO(p),
      cancelOrderList: (p) => rest.cancelOCO(p),
      openOrderLists: () => rest.getAllOpenOCO(),
      allOrderLists: (p) => rest.getAllOCO(p),
      preventedMatches: (p) => rest.getPreventedMatches(p),
    }),
    streams: {
      trade: stream((name) => `${name}@trade`),
      aggTrade: stream((name) => `${name}@aggTrade`),
      kline: stream((name) => `${name}@kline_1m`),
      miniTicker: stream((name) => `${name}@miniTicker`),
      ticker: stream((name) => `${name}@ticker`),
      bookTicker: stream((name) => `${name}@bookTicker`),
      avgPrice: stream((name) => `${name}@avgPrice`),
      depth: stream((name) => `${name}@depth`),
      depth100ms: stream((name) => `${name}@depth@100ms`),
      depth5: stream((name) => `${name}@depth5`),
      allMiniTickers: stream(() => "!miniTicker@arr"),
      allTickers: stream(() => "!ticker@arr"),
    },
    api: callsOf({
      ping: () => api.testSpotConnectivity(),
      time: result(() => api.getSpotServerTime()),
      rules: result((p) => api.getSpotExchangeInfo(p)),
      depth: result((p) => api.getSpotOrderBook(p)),
      trades: result((p) => api.getSpotRecentTrades(p)),
      historicalTrades: result((p) => api.getSpotHistoricalTrades(p)),
      aggTrades: result((p) => api.getSpotAggregateTrades(p)),
      klines: result((p) => api.getSpotKlines(p)),
      uiKlines: result((p) => api.getSpotUIKlines(p)),
      avgPrice: result((p) => api.getSpotAveragePrice(p)),
      ticker24hr: result((p) => api.getSpot24hrTicker(p)),
      ticker: result((p) => api.getSpotTicker(p)),
      tickerTradingDay: result((p) => api.getSpotTradingDayTicker(p)),
      tickerPrice: result((p) => api.getSpotSymbolPriceTicker(p)),
      tickerBook: result((p) => api.getSpotSymbolOrderBookTicker(p)),
      placeOrder: signed((p) => api.submitNewSpotOrder(p)),
      testOrder: signed((p) => api.testSpotOrder(p)),
      order: signed((p) => api.getSpotOrderStatus(p)),
      cancelOrder: signed((p) => api.cancelSpotOrder(p)),
      cancelOpenOrders: signed((p) => api.cancelAllSpotOpenOrders(p)),
      cancelReplace: signed((p) => api.cancelReplaceSpotOrder(p)),
      amendOrder: signed((p) => api.amendSpotOrderKeepPriority(p)),
      openOrders: signed((p) => api.getSpotOpenOrders(p)),
      allOrders: signed((p) => api.getSpotAllOrders(p)),
      myTrades: signed((p) => api.getSpotMyTrades(p)),
      account: signed((p) => api.getSpotAccountInformation(p)),
      commission: signed((p) => api.getSpotAccountCommission(p)),
      orderRateLimits: signed((p) => api.getSpotOrderRateLimits(p)),
      placeOco: signed((p) => api.placeSpotOCOOrderList(p)),
      placeOcoLegacy: signed((p) => api.placeSpotOrderList(p)),
      placeOto: signed((p) => api.placeSpotOTOOrderList(p)),
      placeOtoco: signed((p) => api.placeSpotOTOCOOrderList(p)),
      orderList: signed((p) => api.getSpotOrderListStatus(p)),
      cancelOrderList: signed((p) => api.cancelSpotOrderList(p)),
      openOrderLists: signed((p) => api.getSpotOpenOrderLists(p)),
      allOrderLists: signed((p) => api.getSpotAllOrderLists(p)),
      preventedMatches: signed((p) => api.getSpotPreventedMatches(p)),
    }),
    userEvents: async (onEvent) => {
      const take = (message: unknown): void => {
        const { event, ...flat } = message as { event?: StreamEvent };
        onEvent(event ?? flat);
      };
      api.getWSClient().on("message", take);
      await api.subscribeUserDataStream(API);
      return async () => {
        api.getWSClient().off("message", take);
        await api.unsubscribeUserDataStream(API);
      };
    },
    close: async () => {
      sockets.closeAll(true);
      api.getWSClient().closeAll(true);
    },
  };
}
