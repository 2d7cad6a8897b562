/** npm `@binance/spot`: generated, with promises of answers in answers, over https and wss alone. */
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { Spot } from "@binance/spot";
import type { Exchange } from "../../support/exchange.js";
import { type Driver, type Listen, MARKETS } from "../calls/calls.js";
import { callsOf, type RawCall } from "./raw-calls.js";

const market = MARKETS.GOOG;

/** Where the exchange listens over TLS, and the file of the certificate that it shows. */
export interface Secured {
  readonly url: string;
  readonly certificateFile: string;
}

// biome-ignore lint/suspicious/noExplicitAny: what it answers is what is under test.
type Loose = any;

export async function binanceSpotDriver(exchange: Exchange, tls: Secured): Promise<Driver> {
  const { apiKey, secretKey } = exchange.keys.alice;
  const ca = readFileSync(tls.certificateFile);
  const agent = new Agent({ ca, keepAlive: true });
  const wsURL = tls.url.replace("https", "wss");
  const client = new Spot({
    configurationRestAPI: { apiKey, apiSecret: secretKey, basePath: tls.url, httpsAgent: agent, retries: 0 },
    configurationWebsocketAPI: { apiKey, apiSecret: secretKey, wsURL: `${wsURL}/ws-api/v3`, agent },
    configurationWebsocketStreams: { wsURL, agent },
  });
  const rest = client.restAPI;
  const api = await client.websocketAPI.connect();
  const streams = await client.websocketStreams.connect();

  /** Its REST answers are read only when they are asked for. */
  const read =
    (call: RawCall): RawCall =>
    async (parameters) =>
      (await call(parameters)).data();
  const result =
    (call: RawCall): RawCall =>
    async (parameters) =>
      (await call(parameters)).data;

  const stream =
    (open: (symbol: string) => Loose): Listen =>
    async (symbol, onEvent) => {
      const handler = open(symbol.toLowerCase());
      handler.on("message", (event: Loose) => {
        if (Array.isArray(event)) for (const one of event) onEvent(one);
        else onEvent(event);
      });
      return async () => handler.unsubscribe();
    };

  return {
    name: "@binance/spot",
    market,
    rest: callsOf({
      ping: read(() => rest.ping()),
      time: read(() => rest.time()),
      rules: read((p) => rest.exchangeInfo(p)),
      depth: read((p) => rest.depth(p)),
      trades: read((p) => rest.getTrades(p)),
      historicalTrades: read((p) => rest.historicalTrades(p)),
      aggTrades: read((p) => rest.aggTrades(p)),
      klines: read((p) => rest.klines(p)),
      uiKlines: read((p) => rest.uiKlines(p)),
      avgPrice: read((p) => rest.avgPrice(p)),
      ticker24hr: read((p) => rest.ticker24hr(p)),
      ticker: read((p) => rest.ticker(p)),
      tickerTradingDay: read((p) => rest.tickerTradingDay(p)),
      tickerPrice: read((p) => rest.tickerPrice(p)),
      tickerBook: read((p) => rest.tickerBookTicker(p)),
      placeOrder: read((p) => rest.newOrder(p)),
      testOrder: read((p) => rest.orderTest(p)),
      order: read((p) => rest.getOrder(p)),
      cancelOrder: read((p) => rest.deleteOrder(p)),
      cancelOpenOrders: read((p) => rest.deleteOpenOrders(p)),
      cancelReplace: read((p) => rest.orderCancelReplace(p)),
      amendOrder: read((p) => rest.orderAmendKeepPriority(p)),
      openOrders: read((p) => rest.getOpenOrders(p)),
      allOrders: read((p) => rest.allOrders(p)),
      myTrades: read((p) => rest.myTrades(p)),
      account: read(() => rest.getAccount()),
      commission: read((p) => rest.accountCommission(p)),
      orderRateLimits: read(() => rest.rateLimitOrder()),
      placeOco: read((p) => rest.orderListOco(p)),
      placeOcoLegacy: read((p) => rest.orderOco(p)),
      placeOto: read((p) => rest.orderListOto(p)),
      placeOtoco: read((p) => rest.orderListOtoco(p)),
      orderList: read((p) => rest.getOrderList(p)),
      cancelOrderList: read((p) => rest.deleteOrderList(p)),
      openOrderLists: read(() => rest.openOrderList()),
      allOrderLists: read((p) => rest.allOrderList(p)),
      preventedMatches: read((p) => rest.myPreventedMatches(p)),
    }),
    api: callsOf({
      ping: result(() => api.ping()),
      time: result(() => api.time()),
      rules: result((p) => api.exchangeInfo(p)),
      depth: result((p) => api.depth(p)),
      trades: result((p) => api.tradesRecent(p)),
      historicalTrades: result((p) => api.tradesHistorical(p)),
      aggTrades: result((p) => api.tradesAggregate(p)),
      klines: result((p) => api.klines(p)),
      uiKlines: result((p) => api.uiKlines(p)),
      avgPrice: result((p) => api.avgPrice(p)),
      ticker24hr: result((p) => api.ticker24hr(p)),
      ticker: result((p) => api.ticker(p)),
      tickerTradingDay: result((p) => api.tickerTradingDay(p)),
      tickerPrice: result((p) => api.tickerPrice(p)),
      tickerBook: result((p) => api.tickerBook(p)),
      placeOrder: result((p) => api.orderPlace(p)),
      testOrder: result((p) => api.orderTest(p)),
      order: result((p) => api.orderStatus(p)),
      cancelOrder: result((p) => api.orderCancel(p)),
      cancelOpenOrders: result((p) => api.openOrdersCancelAll(p)),
      cancelReplace: result((p) => api.orderCancelReplace(p)),
      amendOrder: result((p) => api.orderAmendKeepPriority(p)),
      openOrders: result((p) => api.openOrdersStatus(p)),
      allOrders: result((p) => api.allOrders(p)),
      myTrades: result((p) => api.myTrades(p)),
      account: result(() => api.accountStatus()),
      commission: result((p) => api.accountCommission(p)),
      orderRateLimits: result(() => api.accountRateLimitsOrders()),
      placeOco: result((p) => api.orderListPlaceOco(p)),
      placeOcoLegacy: result((p) => api.orderListPlace(p)),
      placeOto: result((p) => api.orderListPlaceOto(p)),
      placeOtoco: result((p) => api.orderListPlaceOtoco(p)),
      orderList: result((p) => api.orderListStatus(p)),
      cancelOrderList: result((p) => api.orderListCancel(p)),
      openOrderLists: result(() => api.openOrderListsStatus()),
      allOrderLists: result((p) => api.allOrderLists(p)),
      preventedMatches: result((p) => api.myPreventedMatches(p)),
      sessionLogon: async () => first(await api.sessionLogon()),
      sessionStatus: async () => first(await api.sessionStatus()),
      sessionLogout: async () => first(await api.sessionLogout()),
    }),
    streams: {
      trade: stream((symbol) => streams.trade({ symbol })),
      aggTrade: stream((symbol) => streams.aggTrade({ symbol })),
      kline: stream((symbol) => streams.kline({ symbol, interval: "1m" as Loose })),
      miniTicker: stream((symbol) => streams.miniTicker({ symbol })),
      ticker: stream((symbol) => streams.ticker({ symbol })),
      bookTicker: stream((symbol) => streams.bookTicker({ symbol })),
      avgPrice: stream((symbol) => streams.avgPrice({ symbol })),
      depth: stream((symbol) => streams.diffBookDepth({ symbol })),
      depth100ms: stream((symbol) => streams.diffBookDepth({ symbol, updateSpeed: "100ms" as Loose })),
      depth5: stream((symbol) => streams.partialBookDepth({ symbol, levels: "5" as Loose })),
      allMiniTickers: stream(() => streams.allMiniTicker()),
    },
    userEvents: async (onEvent) => {
      const { response, stream: events } = (await api.userDataStreamSubscribeSignature()) as Loose;
      const subscriptionId = response.data.subscriptionId;
      events.on("message", onEvent);
      return async () => {
        await api.userDataStreamUnsubscribe({ subscriptionId });
      };
    },
    close: async () => {
      await api.disconnect();
      await streams.disconnect();
      agent.destroy();
    },
  };
}

/** What one connection answered: a session belongs to each of them. */
function first(answers: Loose): Loose {
  return (Array.isArray(answers) ? answers[0] : answers).data;
}
