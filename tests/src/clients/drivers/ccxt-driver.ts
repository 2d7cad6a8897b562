/** npm `ccxt`: REST by its unified calls where it has one, streams and the WebSocket API by ccxt pro. */
import type { Exchange } from "../../support/exchange.js";
import {
  type Calls,
  type Driver,
  type Listen,
  MARKETS,
  type OrderRequest,
  type StreamEvent,
} from "../calls/calls.js";
import { orderView } from "../calls/world.js";
import { type CcxtClient, ccxtClient } from "../ccxt-client.js";
import { callsOf } from "./raw-calls.js";

const market = MARKETS.BTC;
const pair = `${market.base}/${market.quote}`;

// biome-ignore lint/suspicious/noExplicitAny: ccxt's own structures are as loose.
type Loose = any;

/** An order in ccxt's words: type, side, amount, price, parameters. */
function asked(
  order: OrderRequest,
): [string, string, string, number | undefined, number | undefined, object] {
  const { side, type, quantity, quoteOrderQty, price, stopPrice, icebergQty, trailingDelta } = order;
  const { timeInForce, newClientOrderId, selfTradePreventionMode } = order;
  const isLimit = type.includes("LIMIT");
  const more = {
    ...(timeInForce === undefined ? {} : { timeInForce }),
    ...(newClientOrderId === undefined ? {} : { clientOrderId: newClientOrderId }),
    ...(selfTradePreventionMode === undefined ? {} : { selfTradePreventionMode }),
    ...(quoteOrderQty === undefined ? {} : { cost: quoteOrderQty }),
    ...(icebergQty === undefined ? {} : { icebergAmount: icebergQty }),
    ...(trailingDelta === undefined ? {} : trailing(type, trailingDelta)),
    ...(type === "LIMIT_MAKER" ? { postOnly: true } : {}),
    ...(type.startsWith("STOP_LOSS") && stopPrice !== undefined ? { stopLossPrice: stopPrice } : {}),
    ...(type.startsWith("TAKE_PROFIT") ? { takeProfitPrice: stopPrice } : {}),
  };
  // With a cost ccxt asks for an amount too, and doesn't use it.
  const amount = quantity ?? 1;
  return [pair, isLimit ? "limit" : "market", side.toLowerCase(), amount, price, more];
}

/** In percent, not in basis points, and with the kind of stop beside it. */
const trailing = (type: OrderRequest["type"], trailingDelta: number) => ({
  trailingPercent: trailingDelta / 100,
  stopLossOrTakeProfit: type.startsWith("STOP_LOSS") ? "stopLoss" : "takeProfit",
});

const infos = (orders: readonly Loose[]) => orders.map(({ info }) => orderView(info));

const tradeView = ({ id, price, amount, timestamp, side }: Loose) => ({
  id: Number(id),
  price,
  quantity: amount,
  timeMs: timestamp,
  isBuyerMaker: side === "sell",
});

const ownTrade = ({ order, price, amount, takerOrMaker, fee }: Loose) => ({
  orderId: String(order),
  price,
  quantity: amount,
  isMaker: takerOrMaker === "maker",
  commission: fee.cost,
  commissionAsset: fee.currency,
});

const tickerView = ({ open, high, low, last, baseVolume }: Loose) => ({
  open,
  high,
  low,
  last,
  volume: baseVolume,
});

const holdings = ({ free, used }: Loose) =>
  new Map(Object.keys(free).map((asset) => [asset, { free: free[asset], locked: used[asset] }]));

function restOf(client: Loose): Partial<Calls> {
  return {
    ...callsOf({
      ping: () => client.publicGetPing(),
      systemStatus: async () => {
        const { status } = await client.fetchStatus();
        return { status: status === "ok" ? 0 : 1 };
      },
      uiKlines: (p) => client.publicGetUiKlines(p),
      avgPrice: (p) => client.publicGetAvgPrice(p),
      ticker: (p) => client.publicGetTicker(p),
      tickerTradingDay: (p) => client.publicGetTickerTradingDay(p),
      commission: (p) => client.privateGetAccountCommission(p),
      orderRateLimits: () => client.privateGetRateLimitOrder(),
      coins: () => client.sapiGetCapitalConfigGetall(),
      apiRestrictions: () => client.sapiGetAccountApiRestrictions(),
      placeOco: (p) => client.privatePostOrderListOco(p),
      placeOcoLegacy: (p) => client.privatePostOrderOco(p),
      placeOto: (p) => client.privatePostOrderListOto(p),
      placeOtoco: (p) => client.privatePostOrderListOtoco(p),
      orderList: (p) => client.privateGetOrderList(p),
      cancelOrderList: (p) => client.privateDeleteOrderList(p),
      openOrderLists: () => client.privateGetOpenOrderList(),
      allOrderLists: () => client.privateGetAllOrderList(),
      preventedMatches: (p) => client.privateGetMyPreventedMatches(p),
    }),
    time: () => client.fetchTime(),
    rules: async () => {
      await client.loadMarkets(true);
      const { active, base, quote, precision } = client.market(pair);
      return {
        status: active ? "TRADING" : "HALT",
        base,
        quote,
        tick: precision.price,
        step: precision.amount,
      };
    },
    depth: async (_symbol, limit) => {
      const { bids, asks } = await client.fetchOrderBook(pair, limit);
      return { bids, asks };
    },
    trades: async (_symbol, limit) => {
      const how = { fetchTradesMethod: "publicGetTrades" };
      return (await client.fetchTrades(pair, undefined, limit, how)).map(tradeView);
    },
    historicalTrades: async (_symbol, fromId, limit) => {
      const how = { fetchTradesMethod: "publicGetHistoricalTrades", fromId };
      return (await client.fetchTrades(pair, undefined, limit, how)).map(tradeView);
    },
    aggTrades: async (_symbol, fromId, limit) =>
      (await client.fetchTrades(pair, undefined, limit, { fromId })).map(tradeView),
    klines: (_symbol, interval, limit) => client.fetchOHLCV(pair, interval, undefined, limit),
    ticker24hr: async () => tickerView(await client.fetchTicker(pair)),
    tickerPrice: async () => (await client.fetchLastPrices([pair]))[pair].price,
    tickerBook: async () => {
      const { bid, bidVolume, ask, askVolume } = (await client.fetchBidsAsks([pair]))[pair];
      return { bid, bidQuantity: bidVolume, ask, askQuantity: askVolume };
    },
    placeOrder: async (order) => orderView((await client.createOrder(...asked(order))).info),
    testOrder: (order) => {
      const [symbol, type, side, amount, price, more] = asked(order);
      return client.createOrder(symbol, type, side, amount, price, { ...more, test: true });
    },
    order: async (_symbol, id) => orderView((await client.fetchOrder(id, pair)).info),
    orderByClientId: async (_symbol, clientOrderId) =>
      orderView((await client.fetchOrder("", pair, { clientOrderId })).info),
    cancelOrder: async (_symbol, id) => orderView((await client.cancelOrder(id, pair)).info),
    cancelOpenOrders: () => client.cancelAllOrders(pair),
    cancelReplace: async (id, order) => {
      const placed = await client.editOrder(id, ...asked(order));
      return orderView(placed.info.newOrderResponse ?? placed.info);
    },
    openOrders: async () => infos(await client.fetchOpenOrders(pair)),
    allOrders: async () => infos(await client.fetchOrders(pair)),
    myTrades: async () => (await client.fetchMyTrades(pair)).map(ownTrade),
    account: async () => holdings(await client.fetchBalance()),
    tradeFee: async () => {
      const { maker, taker } = await client.fetchTradingFee(pair);
      return { maker, taker };
    },
  };
}

/** Its createOrderWs() sends what it is given beside what it makes of it, so it must be given the API's own names. */
function apiOf(client: Loose): Partial<Calls> {
  return {
    historicalTrades: async (_symbol, fromId, limit) =>
      (await client.fetchTradesWs(pair, undefined, limit, { fromId })).map(tradeView),
    klines: (_symbol, interval, limit) => client.fetchOHLCVWs(pair, interval, undefined, limit),
    placeOrder: async ({ symbol: _, side, type, quantity, price, ...more }) =>
      orderView(
        (await client.createOrderWs(pair, type, side.toLowerCase(), quantity ?? 1, price, more)).info,
      ),
    testOrder: ({ symbol: _, side, type, quantity, price, ...more }) =>
      client.createOrderWs(pair, type, side.toLowerCase(), quantity, price, { ...more, test: true }),
    order: async (_symbol, id) => orderView((await client.fetchOrderWs(id, pair)).info),
    orderByClientId: async (_symbol, origClientOrderId) =>
      orderView((await client.fetchOrderWs("", pair, { origClientOrderId })).info),
    cancelOrder: async (_symbol, id) => orderView((await client.cancelOrderWs(id, pair)).info),
    cancelOpenOrders: () => client.cancelAllOrdersWs(pair),
    cancelReplace: async (id, order) => {
      const placed = await client.editOrderWs(id, ...asked(order));
      return orderView(placed.info.newOrderResponse ?? placed.info);
    },
    openOrders: async () => infos(await client.fetchOpenOrdersWs(pair)),
    allOrders: async () => infos(await client.fetchOrdersWs(pair)),
    myTrades: async () => (await client.fetchMyTradesWs(pair)).map(ownTrade),
    // For spot markets it makes nothing of the answer, and passes it on.
    ...callsOf({ account: async () => (await client.fetchBalanceWs()).info }),
  };
}

/** Watches until it is told to stop; every answer becomes events. */
function watching(watch: () => Promise<readonly StreamEvent[]>, stop: () => Promise<unknown>): Listen {
  return async (_symbol, onEvent) => {
    let isOpen = true;
    const loop = (async () => {
      while (isOpen) for (const event of await watch()) onEvent(event);
    })();
    // To stop is an error to those who watch.
    loop.catch((error) => {
      if (isOpen) throw error;
    });
    return async () => {
      isOpen = false;
      await stop();
    };
  };
}

const rawOf = (list: readonly Loose[]): readonly StreamEvent[] => list.map(({ info }) => info);

export async function ccxtDriver(exchange: Exchange): Promise<Driver> {
  const typed: CcxtClient = await ccxtClient(exchange, exchange.keys.alice);
  const client = typed as Loose;
  await client.loadMarkets();
  const trades = (name: string): Listen =>
    watching(
      async () => rawOf(await client.watchTrades(pair, undefined, undefined, { name })),
      () => client.unWatchTrades(pair, { name }),
    );
  const tickers = (symbols: readonly string[] | undefined, name: string): Listen =>
    watching(
      async () => rawOf(Object.values(await client.watchTickers(symbols, { name }))),
      () => client.unWatchTickers(symbols, { name }),
    );
  return {
    name: "ccxt",
    market,
    rest: restOf(client),
    api: apiOf(client),
    streams: {
      trade: trades("trade"),
      aggTrade: trades("aggTrade"),
      kline: watching(
        async () => {
          const [, , , , c, v] = (await client.watchOHLCV(pair, "1m")).at(-1);
          return [{ k: { i: "1m", c, v } }];
        },
        () => client.unWatchOHLCV(pair, "1m"),
      ),
      miniTicker: tickers([pair], "miniTicker"),
      ticker: tickers([pair], "ticker"),
      allMiniTickers: tickers(undefined, "miniTicker"),
      allTickers: tickers(undefined, "ticker"),
      bookTicker: watching(
        async () => rawOf(Object.values(await client.watchBidsAsks([pair]))),
        () => client.unWatchBidsAsks([pair]),
      ),
      depth100ms: watching(
        async () => [{ b: (await client.watchOrderBook(pair)).bids }],
        () => client.unWatchOrderBook(pair),
      ),
    },
    userEvents: async (onEvent) => {
      const orders = watching(
        async () => rawOf(await client.watchOrders(pair)),
        async () => undefined,
      );
      const balances = watching(
        async () => [(await client.watchBalance()).info],
        async () => undefined,
      );
      const stops = [await orders("", onEvent), await balances("", onEvent)];
      return async () => {
        for (const stop of stops) await stop();
      };
    },
    // Both events about balances come as one balance, and of lists it tells the orders alone.
    untold: ["balanceUpdate", "listStatus"],
    close: () => client.close(),
  };
}
