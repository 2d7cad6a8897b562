/**
 * What a client can be asked to do, in one shape for all of them: a driver turns it into the client's own call and the
 * client's own answer back. A call that a client doesn't have is left out of its driver.
 */

/** A price level as [price, quantity]. */
export type Level = readonly [number, number];

export interface Book {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface TradeView {
  readonly id: number;
  readonly price: number;
  readonly quantity: number;
  readonly timeMs: number;
  readonly isBuyerMaker: boolean;
}

/** [time of opening in ms, open, high, low, close, volume]. */
export type CandleView = readonly [number, number, number, number, number, number];

export interface TickerView {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly last: number;
  readonly volume: number;
}

export interface BestView {
  readonly bid: number;
  readonly bidQuantity: number;
  readonly ask: number;
  readonly askQuantity: number;
}

export interface OrderRequest {
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly type:
    | "LIMIT"
    | "LIMIT_MAKER"
    | "MARKET"
    | "STOP_LOSS"
    | "STOP_LOSS_LIMIT"
    | "TAKE_PROFIT"
    | "TAKE_PROFIT_LIMIT";
  readonly quantity?: number;
  readonly quoteOrderQty?: number;
  readonly price?: number;
  readonly stopPrice?: number;
  readonly icebergQty?: number;
  readonly trailingDelta?: number;
  readonly timeInForce?: "GTC" | "IOC" | "FOK";
  readonly newClientOrderId?: string;
  readonly selfTradePreventionMode?: "NONE" | "EXPIRE_TAKER" | "EXPIRE_MAKER" | "EXPIRE_BOTH" | "DECREMENT";
}

/** An order in the API's own words. */
export interface OrderView {
  readonly id: string;
  readonly clientOrderId: string;
  readonly status: string;
  readonly type: string;
  readonly side: string;
  readonly price: number;
  readonly quantity: number;
  readonly executed: number;
  /** 0: it has none; as of {@link icebergQty} and {@link trailingDelta}. */
  readonly stopPrice: number;
  readonly icebergQty: number;
  /** Basis points. */
  readonly trailingDelta: number;
  /** `-1`: it is of no list. */
  readonly listId: string;
}

export interface OwnTradeView {
  readonly orderId: string;
  readonly price: number;
  readonly quantity: number;
  readonly isMaker: boolean;
  readonly commission: number;
  readonly commissionAsset: string;
}

export interface FeeView {
  readonly maker: number;
  readonly taker: number;
}

/** An order list in the API's own words. */
export interface OrderListView {
  readonly listId: string;
  readonly clientId: string;
  readonly symbol: string;
  readonly contingency: string;
  readonly statusType: string;
  readonly status: string;
  readonly orderIds: readonly string[];
}

/** A list that was just made or canceled, and what became of its orders. */
export interface ReportedListView {
  readonly list: OrderListView;
  readonly reports: readonly OrderView[];
}

/** A trade that self-trade prevention kept from happening. */
export interface PreventedMatchView {
  readonly id: number;
  readonly symbol: string;
  readonly takerOrderId: string;
  readonly makerOrderId: string;
  readonly mode: string;
  readonly price: number;
  /** What each side lost; 0: nothing. */
  readonly takerQuantity: number;
  readonly makerQuantity: number;
}

/** Two exits of one position, of which one ends the other. */
export interface OcoRequest {
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly quantity: number;
  readonly price: number;
  readonly stopPrice: number;
  readonly stopLimitPrice: number;
  readonly listClientOrderId: string;
}

/** An order that is placed when another one is filled; with a stop, two of them that exclude each other. */
export interface OtoRequest {
  readonly symbol: string;
  readonly quantity: number;
  readonly workingPrice: number;
  readonly pendingPrice: number;
  readonly pendingStopPrice: number;
  readonly listClientOrderId: string;
}

export interface Calls {
  ping(): Promise<unknown>;
  /** In ms. */
  time(): Promise<number>;
  rules(symbol: string): Promise<{
    readonly status: string;
    readonly base: string;
    readonly quote: string;
    readonly tick: number;
    readonly step: number;
  }>;
  /** 0 is well. */
  systemStatus(): Promise<number>;

  depth(symbol: string, limit: number): Promise<Book>;
  trades(symbol: string, limit: number): Promise<readonly TradeView[]>;
  historicalTrades(symbol: string, fromId: number, limit: number): Promise<readonly TradeView[]>;
  aggTrades(symbol: string, fromId: number, limit: number): Promise<readonly TradeView[]>;
  klines(symbol: string, interval: "1d", limit: number): Promise<readonly CandleView[]>;
  uiKlines(symbol: string, interval: "1d", limit: number): Promise<readonly CandleView[]>;
  avgPrice(symbol: string): Promise<number>;
  ticker24hr(symbol: string): Promise<TickerView>;
  ticker(symbol: string, windowSize: "2h"): Promise<TickerView>;
  tickerTradingDay(symbol: string): Promise<TickerView>;
  tickerPrice(symbol: string): Promise<number>;
  tickerBook(symbol: string): Promise<BestView>;

  placeOrder(order: OrderRequest): Promise<OrderView>;
  testOrder(order: OrderRequest): Promise<unknown>;
  order(symbol: string, id: string): Promise<OrderView>;
  orderByClientId(symbol: string, clientOrderId: string): Promise<OrderView>;
  cancelOrder(symbol: string, id: string): Promise<OrderView>;
  cancelOpenOrders(symbol: string): Promise<unknown>;
  /** Ends one order and places another; answers the other. */
  cancelReplace(id: string, order: OrderRequest): Promise<OrderView>;
  amendOrder(symbol: string, id: string, quantity: number): Promise<unknown>;
  openOrders(symbol: string): Promise<readonly OrderView[]>;
  allOrders(symbol: string): Promise<readonly OrderView[]>;
  myTrades(symbol: string): Promise<readonly OwnTradeView[]>;
  account(): Promise<ReadonlyMap<string, { readonly free: number; readonly locked: number }>>;
  commission(symbol: string): Promise<FeeView>;
  orderRateLimits(): Promise<readonly { readonly interval: string; readonly count: number }[]>;
  tradeFee(symbol: string): Promise<FeeView>;
  /** Free amounts of all assets that are listed. */
  coins(): Promise<ReadonlyMap<string, number>>;
  apiRestrictions(): Promise<{ readonly canRead: boolean; readonly canTrade: boolean }>;

  placeOco(oco: OcoRequest): Promise<ReportedListView>;
  placeOcoLegacy(oco: OcoRequest): Promise<ReportedListView>;
  placeOto(oto: OtoRequest): Promise<ReportedListView>;
  placeOtoco(oto: OtoRequest): Promise<ReportedListView>;
  orderList(symbol: string, listId: string): Promise<OrderListView>;
  cancelOrderList(symbol: string, listId: string): Promise<ReportedListView>;
  openOrderLists(): Promise<readonly OrderListView[]>;
  allOrderLists(): Promise<readonly OrderListView[]>;
  /** Of one order. */
  preventedMatches(symbol: string, orderId: string): Promise<readonly PreventedMatchView[]>;

  /** Whether the connection has a session. */
  sessionLogon(): Promise<boolean>;
  sessionStatus(): Promise<boolean>;
  sessionLogout(): Promise<boolean>;
}

/** An event of a stream, in the API's own fields. */
export type StreamEvent = Readonly<Record<string, unknown>>;
/** Listens until the returned function is called. */
export type Listen = (symbol: string, onEvent: (event: StreamEvent) => void) => Promise<() => Promise<void>>;

/** Public streams by name; those of all markets ignore the symbol. */
export interface Streams {
  trade: Listen;
  aggTrade: Listen;
  kline: Listen;
  miniTicker: Listen;
  ticker: Listen;
  bookTicker: Listen;
  avgPrice: Listen;
  /** Diffs, once a second and every 100 ms. */
  depth: Listen;
  depth100ms: Listen;
  /** The best 5 of each side. */
  depth5: Listen;
  allMiniTickers: Listen;
  allTickers: Listen;
}

/** An account's own events. */
export type ListenUser = (onEvent: (event: StreamEvent) => void) => Promise<() => Promise<void>>;

export interface Driver {
  /** As on npm. */
  readonly name: string;
  readonly rest: Partial<Calls>;
  readonly streams: Partial<Streams>;
  readonly api: Partial<Calls>;
  readonly userEvents?: ListenUser;
  /** User events that the client takes and does not pass on as such. */
  readonly untold?: readonly string[];
  /** Which market is its own, so that the clients don't trade with each other. */
  readonly market: Market;
  close(): Promise<void>;
}

export interface Market {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** A quantity that is worth an order. */
  readonly unit: number;
}

export const MARKETS = {
  BTC: { symbol: "BTCUSDT", base: "BTC", quote: "USDT", unit: 0.01 },
  ETH: { symbol: "ETHUSDT", base: "ETH", quote: "USDT", unit: 0.1 },
  AAPL: { symbol: "AAPLUSD", base: "AAPL", quote: "USD", unit: 1 },
  GOOG: { symbol: "GOOGUSD", base: "GOOG", quote: "USD", unit: 1 },
} as const satisfies Record<string, Market>;
