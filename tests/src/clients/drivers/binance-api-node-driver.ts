/** npm `binance-api-node`: lists become objects on their way, and each stream has a connection of its own. */
import binanceApiNode from "binance-api-node";
import type { Exchange } from "../../support/exchange.js";
import { type Driver, type Listen, MARKETS, type StreamEvent } from "../calls/calls.js";
import { callsOf } from "./raw-calls.js";

const market = MARKETS.AAPL;

// biome-ignore lint/suspicious/noExplicitAny: its types say less than it takes.
type Loose = any;

/** What it makes of a list, as the list again. */
const values = (entry: object): unknown[] => Object.values(entry);

export async function binanceApiNodeDriver(exchange: Exchange): Promise<Driver> {
  const { apiKey, secretKey } = exchange.keys.alice;
  // As CommonJS module it has its function under `default`.
  const make = ((binanceApiNode as Loose).default ?? binanceApiNode) as (options: object) => Loose;
  const client = make({
    apiKey,
    apiSecret: secretKey,
    httpBase: exchange.url,
    wsBase: `${exchange.webSocketUrl}/ws`,
    wsApi: `${exchange.webSocketUrl}/ws-api/v3`,
  });

  /** Opens a stream without its cleaning of the fields' names. */
  const stream =
    (open: (symbol: string, onEvent: (event: Loose) => void) => () => void): Listen =>
    async (symbol, onEvent) => {
      const close = open(symbol, (event) => {
        if (Array.isArray(event)) for (const one of event) onEvent(one);
        else onEvent(event);
      });
      return async () => close();
    };

  return {
    name: "binance-api-node",
    market,
    rest: callsOf({
      ping: () => client.ping(),
      time: async () => ({ serverTime: await client.time() }),
      rules: (p) => client.exchangeInfo(p),
      depth: async (p) => {
        const { bids, asks } = await client.book(p);
        return { bids: bids.map(values), asks: asks.map(values) };
      },
      trades: (p) => client.trades(p),
      historicalTrades: (p) => client.tradesHistory(p),
      aggTrades: async (p) =>
        (await client.aggTrades(p)).map(({ aggId, price, quantity, timestamp, isBuyerMaker }: Loose) => ({
          id: aggId,
          price,
          qty: quantity,
          time: timestamp,
          isBuyerMaker,
        })),
      klines: async (p) => (await client.candles(p)).map(values),
      avgPrice: (p) => client.avgPrice(p),
      ticker24hr: (p) => client.dailyStats(p),
      tickerPrice: async (p) => ({ price: (await client.prices(p))[p.symbol] }),
      tickerBook: async ({ symbol }) => (await client.allBookTickers())[symbol],
      placeOrder: (p) => client.order(p),
      testOrder: (p) => client.orderTest(p),
      order: (p) => client.getOrder(p),
      cancelOrder: (p) => client.cancelOrder(p),
      cancelOpenOrders: (p) => client.cancelOpenOrders(p),
      cancelReplace: (p) => client.updateOrder(p),
      openOrders: (p) => client.openOrders(p),
      allOrders: (p) => client.allOrders(p),
      myTrades: (p) => client.myTrades(p),
      account: () => client.accountInfo(),
      tradeFee: (p) => client.tradeFee(p),
      coins: () => client.capitalConfigs(),
      apiRestrictions: () => client.apiRestrictions(),
      placeOcoLegacy: (p) => client.orderOco(p),
      orderList: (p) => client.getOrderOco(p),
      cancelOrderList: (p) => client.cancelOrderOco(p),
      allOrderLists: (p) => client.allOrdersOCO(p),
    }),
    api: {},
    streams: {
      trade: stream((symbol, on) => client.ws.trades(symbol, on, false)),
      aggTrade: stream((symbol, on) => client.ws.aggTrades(symbol, on, false)),
      kline: stream((symbol, on) => client.ws.candles(symbol, "1m", on, false)),
      miniTicker: stream((symbol, on) => client.ws.miniTicker(symbol, on, false)),
      ticker: stream((symbol, on) => client.ws.ticker(symbol, on, false)),
      bookTicker: stream((symbol, on) => client.ws.bookTicker(symbol, on, false)),
      avgPrice: stream((symbol, on) => client.ws.customSubStream(`${symbol.toLowerCase()}@avgPrice`, on)),
      depth: stream((symbol, on) => client.ws.depth(symbol, on, false)),
      depth100ms: stream((symbol, on) => client.ws.depth(`${symbol}@100ms`, on, false)),
      depth5: stream((symbol, on) => client.ws.partialDepth({ symbol, level: 5 }, on, false)),
      // In this version its allTickers() asks for the small ones; its allMiniTickers() can't be closed.
      allMiniTickers: stream((_symbol, on) => client.ws.allTickers(on, false)),
      allTickers: stream((_symbol, on) => client.ws.allTickersDeprecated(on, false)),
    },
    userEvents: async (onEvent) => {
      const close = await client.ws.user(
        ({ type, ...event }: Loose) => onEvent({ e: type, ...event } as StreamEvent),
        false,
      );
      return async () => close();
    },
    close: async () => undefined,
  };
}
