/**
 * Most clients take the API's own parameters and give its own answers back: their drivers only say which of their
 * functions makes which call, and what goes in and comes out is translated here.
 */
import type { Calls, CandleView, FeeView, Level, TickerView, TradeView } from "../calls/calls.js";
import {
  legacyOcoParameters,
  listView,
  ocoParameters,
  otocoParameters,
  otoParameters,
  preventedMatchView,
  reportedListView,
} from "../calls/list-json.js";
import { orderView } from "../calls/world.js";

/** The function of a client that makes a call. */
// biome-ignore lint/suspicious/noExplicitAny: what clients answer is what is under test.
export type RawCall = (parameters: any) => Promise<any>;

/** By the names of {@link Calls}; `orderByClientId` is made by `order`. */
export type RawCalls = Partial<Record<Exclude<keyof Calls, "orderByClientId">, RawCall>>;

type Json = Readonly<Record<string, unknown>>;

function tradeView(trade: Json): TradeView {
  return {
    id: Number(trade.id ?? trade.a),
    price: Number(trade.price ?? trade.p),
    quantity: Number(trade.qty ?? trade.q),
    timeMs: Number(trade.time ?? trade.T),
    isBuyerMaker: (trade.isBuyerMaker ?? trade.m) === true,
  };
}

function tickerView(answer: Json | Json[]): TickerView {
  const ticker = Array.isArray(answer) ? answer[0]! : answer;
  return {
    open: Number(ticker.openPrice),
    high: Number(ticker.highPrice),
    low: Number(ticker.lowPrice),
    last: Number(ticker.lastPrice),
    volume: Number(ticker.volume),
  };
}

const levels = (side: readonly unknown[][]): readonly Level[] =>
  side.map(([price, quantity]) => [Number(price), Number(quantity)]);

const candles = (list: readonly unknown[][]): readonly CandleView[] =>
  list.map((candle) => candle.slice(0, 6).map(Number) as unknown as CandleView);

const trades = (list: readonly Json[]): readonly TradeView[] => list.map(tradeView);

const fee = ({ maker, taker }: Json): FeeView => ({ maker: Number(maker), taker: Number(taker) });

const answered = { newOrderRespType: "RESULT" } as const;

/** How each call is made by a raw one. */
const BUILD: { readonly [K in keyof Calls]: (raw: RawCall) => Calls[K] } = {
  ping: (raw) => () => raw({}),
  time: (raw) => async () => Number((await raw({})).serverTime),
  rules: (raw) => async (symbol) => {
    const { symbols } = await raw({ symbol });
    const [market] = symbols;
    const filter = (type: string): Json =>
      market.filters.find(({ filterType }: { filterType: string }) => filterType === type);
    return {
      status: market.status,
      base: market.baseAsset,
      quote: market.quoteAsset,
      tick: Number(filter("PRICE_FILTER").tickSize),
      step: Number(filter("LOT_SIZE").stepSize),
    };
  },
  systemStatus: (raw) => async () => (await raw({})).status,

  depth: (raw) => async (symbol, limit) => {
    const { bids, asks } = await raw({ symbol, limit });
    return { bids: levels(bids), asks: levels(asks) };
  },
  trades: (raw) => async (symbol, limit) => trades(await raw({ symbol, limit })),
  historicalTrades: (raw) => async (symbol, fromId, limit) => trades(await raw({ symbol, fromId, limit })),
  aggTrades: (raw) => async (symbol, fromId, limit) => trades(await raw({ symbol, fromId, limit })),
  klines: (raw) => async (symbol, interval, limit) => candles(await raw({ symbol, interval, limit })),
  uiKlines: (raw) => async (symbol, interval, limit) => candles(await raw({ symbol, interval, limit })),
  avgPrice: (raw) => async (symbol) => Number((await raw({ symbol })).price),
  ticker24hr: (raw) => async (symbol) => tickerView(await raw({ symbol })),
  ticker: (raw) => async (symbol, windowSize) => tickerView(await raw({ symbol, windowSize })),
  tickerTradingDay: (raw) => async (symbol) => tickerView(await raw({ symbol })),
  tickerPrice: (raw) => async (symbol) => Number((await raw({ symbol })).price),
  tickerBook: (raw) => async (symbol) => {
    const best = await raw({ symbol });
    return {
      bid: Number(best.bidPrice),
      bidQuantity: Number(best.bidQty),
      ask: Number(best.askPrice),
      askQuantity: Number(best.askQty),
    };
  },

  placeOrder: (raw) => async (order) => orderView(await raw({ ...order, ...answered })),
  testOrder: (raw) => (order) => raw({ ...order }),
  order: (raw) => async (symbol, id) => orderView(await raw({ symbol, orderId: Number(id) })),
  orderByClientId: (raw) => async (symbol, id) => orderView(await raw({ symbol, origClientOrderId: id })),
  cancelOrder: (raw) => async (symbol, id) => orderView(await raw({ symbol, orderId: Number(id) })),
  cancelOpenOrders: (raw) => (symbol) => raw({ symbol }),
  cancelReplace: (raw) => async (id, order) => {
    const mode = { cancelReplaceMode: "STOP_ON_FAILURE", cancelOrderId: Number(id) };
    return orderView((await raw({ ...order, ...mode, ...answered })).newOrderResponse);
  },
  amendOrder: (raw) => (symbol, id, newQty) => raw({ symbol, orderId: Number(id), newQty }),
  openOrders: (raw) => async (symbol) => (await raw({ symbol })).map(orderView),
  allOrders: (raw) => async (symbol) => (await raw({ symbol })).map(orderView),
  myTrades: (raw) => async (symbol) =>
    (await raw({ symbol })).map((trade: Json) => ({
      orderId: String(trade.orderId),
      price: Number(trade.price),
      quantity: Number(trade.qty),
      isMaker: trade.isMaker,
      commission: Number(trade.commission),
      commissionAsset: trade.commissionAsset,
    })),
  account: (raw) => async () => {
    const { balances } = await raw({});
    return new Map(
      balances.map((entry: Json) => [
        entry.asset,
        { free: Number(entry.free), locked: Number(entry.locked) },
      ]),
    );
  },
  commission: (raw) => async (symbol) => fee((await raw({ symbol })).standardCommission),
  orderRateLimits: (raw) => async () =>
    (await raw({})).map(({ interval, count }: Json) => ({ interval, count: Number(count) })),
  tradeFee: (raw) => async (symbol) => {
    const [{ makerCommission, takerCommission }] = await raw({ symbol });
    return fee({ maker: makerCommission, taker: takerCommission });
  },
  coins: (raw) => async () => new Map((await raw({})).map(({ coin, free }: Json) => [coin, Number(free)])),
  apiRestrictions: (raw) => async () => {
    const { enableReading, enableSpotAndMarginTrading } = await raw({});
    return { canRead: enableReading, canTrade: enableSpotAndMarginTrading };
  },

  placeOco: (raw) => async (oco) => reportedListView(await raw({ ...ocoParameters(oco), ...answered })),
  placeOcoLegacy: (raw) => async (oco) =>
    reportedListView(await raw({ ...legacyOcoParameters(oco), ...answered })),
  placeOto: (raw) => async (oto) => reportedListView(await raw({ ...otoParameters(oto), ...answered })),
  placeOtoco: (raw) => async (oto) => reportedListView(await raw({ ...otocoParameters(oto), ...answered })),
  orderList: (raw) => async (_symbol, listId) => listView(await raw({ orderListId: Number(listId) })),
  cancelOrderList: (raw) => async (symbol, listId) =>
    reportedListView(await raw({ symbol, orderListId: Number(listId) })),
  openOrderLists: (raw) => async () => (await raw({})).map(listView),
  allOrderLists: (raw) => async () => (await raw({})).map(listView),
  preventedMatches: (raw) => async (symbol, orderId) =>
    (await raw({ symbol, orderId: Number(orderId) })).map(preventedMatchView),

  sessionLogon: (raw) => async () => hasSession(await raw({})),
  sessionStatus: (raw) => async () => hasSession(await raw({})),
  sessionLogout: (raw) => async () => hasSession(await raw({})),
};

function hasSession({ apiKey }: Json): boolean {
  return typeof apiKey === "string";
}

/** The calls that a client's own functions make. */
export function callsOf(raws: RawCalls): Partial<Calls> {
  const made: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(raws)) made[name] = BUILD[name as keyof Calls](raw);
  if (raws.order !== undefined) made.orderByClientId = BUILD.orderByClientId(raws.order);
  return made as Partial<Calls>;
}
