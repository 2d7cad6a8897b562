/** All calls of the exchange, typed. How they travel is the subclass's: by REST, or over a WebSocket API session. */

import { newClientOrderId } from "../client-order-id.js";
import { compareDecimals } from "../decimals.js";
import { OutcomeUnknownError, type RefusedError } from "../errors.js";
import type { ServerClock } from "../server-clock.js";
import type { Account, AccountTrade, Commission, LedgerEntry, PreventedMatch } from "./account-types.js";
import type { Endpoint } from "./endpoints.js";
import * as endpoints from "./endpoints.js";
import type * as lists from "./list-types.js";
import type * as data from "./market-data-types.js";
import { klineOf } from "./market-data-types.js";
import type * as orders from "./order-types.js";
import type { Parameters } from "./parameters.js";
import { type CommandPursuit, type PursuitTimes, pursueCommand, pursueRead } from "./pursue.js";

/** Which symbols: one, some, or (where it is allowed) all. */
type One = { readonly symbol: string };
type Some = { readonly symbols?: readonly string[] };
type Mini = { readonly type: "MINI" };
type Full = { readonly type?: "FULL" };
type Span = {
  /** ms since 1970. */
  readonly startTime?: number;
  readonly endTime?: number;
};
type Limit = {
  /** How many at most; the exchange has a default and a maximum. */
  readonly limit?: number;
};

/**
 * The exchange's calls. Each resolves to the answer, or rejects with a {@link RefusedError} (nothing was changed), a
 * `NetworkError` (nothing was changed), or, commands alone, an {@link OutcomeUnknownError}. Reads and commands are sent
 * again while that is safe and may help.
 */
export abstract class ExchangeApi {
  /** The exchange's clock, as it is known here. */
  readonly clock: ServerClock;
  readonly #times: PursuitTimes;

  constructor(clock: ServerClock, times: PursuitTimes) {
    this.clock = clock;
    this.#times = times;
  }

  /** Makes one attempt. Rejects with OutcomeUnknownError only for commands that may have reached the exchange. */
  protected abstract attempt(endpoint: Endpoint, parameters: Parameters, attemptMs: number): Promise<unknown>;

  /** Any call by its endpoint, for what has no method here. */
  async call<T>(endpoint: Endpoint, parameters: Parameters = {}): Promise<T> {
    const attempt = (): Promise<T> => this.attempt(endpoint, parameters, this.#times.attemptMs) as Promise<T>;
    const pursuit = { clock: this.clock, times: this.#times };
    return endpoint.isCommand ? pursueCommand(pursuit, { attempt }) : pursueRead(pursuit, attempt);
  }

  /** Sends copies of a command until its outcome is known, in the client's times. */
  protected pursue<T>(command: CommandPursuit<T>): Promise<T> {
    return pursueCommand({ clock: this.clock, times: this.#times }, command);
  }

  #command<T>(
    endpoint: Endpoint,
    parameters: Parameters,
    known: Omit<CommandPursuit<T>, "attempt">,
  ): Promise<T> {
    const attempt = (): Promise<T> => this.attempt(endpoint, parameters, this.#times.attemptMs) as Promise<T>;
    return this.pursue({ ...known, attempt });
  }

  async ping(): Promise<void> {
    await this.call(endpoints.PING);
  }

  /** The exchange's time, in ms since 1970. */
  async time(): Promise<number> {
    const { serverTime } = await this.call<{ readonly serverTime: number }>(endpoints.TIME);
    return serverTime;
  }

  exchangeInfo(
    parameters: { readonly symbol?: string; readonly symbols?: readonly string[] } = {},
  ): Promise<data.ExchangeInfo> {
    return this.call(endpoints.EXCHANGE_INFO, parameters);
  }

  /** The best levels of a book; `limit` 1 to 5,000, 100 by default. */
  depth(parameters: One & Limit): Promise<data.Depth> {
    return this.call(endpoints.DEPTH, parameters);
  }

  /** Every resting order, the first to trade first; `limit` of each side, 1 to 50,000, 100 by default. */
  depthOrders(parameters: One & Limit): Promise<data.DepthOrders> {
    return this.call(endpoints.DEPTH_ORDERS, parameters);
  }

  /** The last trades, oldest first. */
  trades(parameters: One & Limit): Promise<readonly data.Trade[]> {
    return this.call(endpoints.TRADES, parameters);
  }

  /** Trades from an id on, oldest first. */
  historicalTrades(parameters: One & Limit & { readonly fromId?: number }): Promise<readonly data.Trade[]> {
    return this.call(endpoints.HISTORICAL_TRADES, parameters);
  }

  aggTrades(
    parameters: One & Limit & Span & { readonly fromId?: number },
  ): Promise<readonly data.AggregateTrade[]> {
    return this.call(endpoints.AGGREGATE_TRADES, parameters);
  }

  async klines(
    parameters: One & Limit & Span & { readonly interval: data.KlineInterval; readonly timeZone?: string },
  ): Promise<readonly data.Kline[]> {
    const rows = await this.call<readonly data.KlineRow[]>(endpoints.KLINES, parameters);
    return rows.map(klineOf);
  }

  avgPrice(parameters: One): Promise<data.AveragePrice> {
    return this.call(endpoints.AVERAGE_PRICE, parameters);
  }

  ticker24hr(parameters: One & Full): Promise<data.DayTicker>;
  ticker24hr(parameters: One & Mini): Promise<data.MiniTicker>;
  ticker24hr(parameters?: Some & Full): Promise<readonly data.DayTicker[]>;
  ticker24hr(parameters: Some & Mini): Promise<readonly data.MiniTicker[]>;
  ticker24hr(parameters: Parameters = {}): Promise<unknown> {
    return this.call(endpoints.TICKER_24HR, parameters);
  }

  /** Over a window that rolls: `windowSize` 1m–59m, 1h–23h, 1d–7d. */
  ticker(parameters: One & Full & { readonly windowSize?: string }): Promise<data.WindowTicker>;
  ticker(
    parameters: { readonly symbols: readonly string[]; readonly windowSize?: string } & Full,
  ): Promise<readonly data.WindowTicker[]>;
  ticker(parameters: Parameters): Promise<unknown> {
    return this.call(endpoints.TICKER, parameters);
  }

  /** Since midnight. */
  tickerTradingDay(parameters: One & Full & { readonly timeZone?: string }): Promise<data.WindowTicker>;
  tickerTradingDay(
    parameters: { readonly symbols: readonly string[]; readonly timeZone?: string } & Full,
  ): Promise<readonly data.WindowTicker[]>;
  tickerTradingDay(parameters: Parameters): Promise<unknown> {
    return this.call(endpoints.TICKER_TRADING_DAY, parameters);
  }

  tickerPrice(parameters: One): Promise<data.PriceTicker>;
  tickerPrice(parameters?: Some): Promise<readonly data.PriceTicker[]>;
  tickerPrice(parameters: Parameters = {}): Promise<unknown> {
    return this.call(endpoints.TICKER_PRICE, parameters);
  }

  tickerBook(parameters: One): Promise<data.BookTicker>;
  tickerBook(parameters?: Some): Promise<readonly data.BookTicker[]>;
  tickerBook(parameters: Parameters = {}): Promise<unknown> {
    return this.call(endpoints.TICKER_BOOK, parameters);
  }

  /**
   * Places an order, exactly once: it always carries a client order id, and is sent again under it until its outcome
   * is known. Rejects with {@link OutcomeUnknownError} (with the id) when even that does not tell within the time.
   */
  placeOrder(order: orders.NewOrder): Promise<orders.PlacedOrder> {
    const { symbol, newClientOrderId: clientOrderId = newClientOrderId() } = order;
    const parameters = { ...order, newClientOrderId: clientOrderId, newOrderRespType: "FULL" };
    return this.#command(endpoints.PLACE_ORDER, parameters, { symbol, clientOrderId });
  }

  /** Checks an order's parameters without placing it. */
  async testOrder(order: orders.NewOrder): Promise<void> {
    await this.call(endpoints.TEST_ORDER, { ...order });
  }

  /** Cancels an order. When an answer was lost and the order is canceled, that is the result. */
  cancelOrder(order: orders.CancelOrder): Promise<orders.CanceledOrder> {
    return this.#command<orders.CanceledOrder>(
      endpoints.CANCEL_ORDER,
      { ...order },
      {
        symbol: order.symbol,
        clientOrderId: order.origClientOrderId,
        afterDoubt: async (refused) => {
          const asked = await this.#afterRefusal(refused, "UNKNOWN_ORDER", order);
          if (asked?.status !== "CANCELED") return undefined;
          const { clientOrderId, updateTime, ...core } = asked;
          return {
            ...core,
            origClientOrderId: clientOrderId,
            clientOrderId: order.newClientOrderId ?? clientOrderId,
            transactTime: updateTime,
          };
        },
      },
    );
  }

  /**
   * Cancels all open orders of a symbol, or those of one side, and resolves to them; orders of a list are told with
   * their list. When an answer was lost, those that the lost copy canceled are not among them. Rejects with −2011 when
   * none is open.
   */
  cancelOpenOrders(parameters: One & { readonly side?: data.Side }): Promise<orders.CanceledOrders> {
    return this.#cancelAll(endpoints.CANCEL_OPEN_ORDERS, parameters);
  }

  /** As {@link cancelOpenOrders}, of all symbols. */
  cancelAllOpenOrders(parameters: { readonly side?: data.Side } = {}): Promise<orders.CanceledOrders> {
    return this.#cancelAll(endpoints.CANCEL_ALL_OPEN_ORDERS, parameters);
  }

  #cancelAll(
    endpoint: Endpoint,
    parameters: { readonly symbol?: string; readonly side?: data.Side },
  ): Promise<orders.CanceledOrders> {
    return this.#command<orders.CanceledOrders>(endpoint, parameters, {
      symbol: parameters.symbol,
      afterDoubt: async (refused) => (refused.reason === "UNKNOWN_ORDER" ? [] : undefined),
    });
  }

  /**
   * Cancels all open orders of the account after `countdownTime` ms (at most a day) unless it is set again before; 0
   * takes it away.
   */
  setCountdown(parameters: { readonly countdownTime: number }): Promise<lists.Countdown> {
    return this.call(endpoints.SET_COUNTDOWN, parameters);
  }

  /** Places two orders of which one cancels the other, exactly once, as {@link placeOrder} does. */
  placeOco(list: lists.NewOco): Promise<lists.PlacedOrderList> {
    return this.#placeList(endpoints.PLACE_OCO, list, ["above", "below"]);
  }

  /** Places an order, and one that begins when the first is filled, exactly once. */
  placeOto(list: lists.NewOto): Promise<lists.PlacedOrderList> {
    return this.#placeList(endpoints.PLACE_OTO, list, ["working", "pending"]);
  }

  /** Places an order, and an OCO that begins when the first is filled, exactly once. */
  placeOtoco(list: lists.NewOtoco): Promise<lists.PlacedOrderList> {
    return this.#placeList(endpoints.PLACE_OTOCO, list, ["working", "pendingAbove", "pendingBelow"]);
  }

  #placeList(
    endpoint: Endpoint,
    list: lists.NewOco | lists.NewOto | lists.NewOtoco,
    places: readonly string[],
  ): Promise<lists.PlacedOrderList> {
    const { symbol, listClientOrderId = newClientOrderId() } = list;
    // All copies name the orders alike: by other names it would be another list.
    const names = places.map((place) => [`${place}ClientOrderId`, newClientOrderId()]);
    const given = Object.entries(list).filter(([, value]) => value !== undefined);
    const parameters: Parameters = {
      ...Object.fromEntries(names),
      ...Object.fromEntries(given),
      listClientOrderId,
      newOrderRespType: "FULL",
    };
    return this.#command(endpoint, parameters, { symbol, clientOrderId: listClientOrderId });
  }

  /** Cancels all open orders of a list. When an answer was lost, ask for the list. */
  cancelOrderList(list: lists.CancelOrderList): Promise<lists.CanceledOrderList> {
    const { symbol, listClientOrderId: clientOrderId } = list;
    return this.#command<lists.CanceledOrderList>(
      endpoints.CANCEL_ORDER_LIST,
      { ...list },
      {
        symbol,
        clientOrderId,
        afterDoubt: (refused) => {
          throw new OutcomeUnknownError("an earlier copy may have canceled: ask for the list", {
            symbol,
            clientOrderId,
            cause: refused,
          });
        },
      },
    );
  }

  /** A list as it stands. Rejects with −2018 when there is none. */
  orderList(list: lists.NamedOrderList): Promise<lists.OrderList> {
    return this.call(endpoints.GET_ORDER_LIST, { ...list });
  }

  openOrderLists(): Promise<readonly lists.OrderList[]> {
    return this.call(endpoints.OPEN_ORDER_LISTS);
  }

  /** Ended ones too; from an id or a time on, or the newest. */
  allOrderLists(
    parameters: Limit & Span & { readonly fromId?: number } = {},
  ): Promise<readonly lists.OrderList[]> {
    return this.call(endpoints.ALL_ORDER_LISTS, parameters);
  }

  /**
   * Cancels one order and places another. The new order is placed at most once. Rejects with −2021 or −2022 and both
   * halves as the error's `data` when one or both fail.
   */
  cancelReplace(order: orders.CancelReplace): Promise<orders.CancelReplaceResult> {
    const { symbol, newClientOrderId: clientOrderId = newClientOrderId() } = order;
    const parameters = { ...order, newClientOrderId: clientOrderId, newOrderRespType: "FULL" };
    return this.#command(endpoints.CANCEL_REPLACE, parameters, {
      symbol,
      clientOrderId,
      afterDoubt: (refused) => {
        // A copy that canceled and then could not place is remembered by nobody: the refusal tells of its own copy.
        throw new OutcomeUnknownError("an earlier copy may have canceled: ask for both orders", {
          symbol,
          clientOrderId,
          cause: refused,
        });
      },
    });
  }

  /** Makes an order smaller; it keeps its place in the book. */
  amendOrder(order: orders.AmendOrder): Promise<orders.AmendResult> {
    return this.#command<orders.AmendResult>(
      endpoints.AMEND_ORDER,
      { ...order },
      {
        symbol: order.symbol,
        clientOrderId: order.origClientOrderId,
        afterDoubt: async (refused) => {
          const asked = await this.#afterRefusal(refused, "AMEND_REJECTED", order);
          if (asked === undefined || compareDecimals(asked.origQty, order.newQty) !== 0) return undefined;
          return amendedByLostCopy(asked);
        },
      },
    );
  }

  /** The order as it stands, when a refusal is the one that a second copy of what is done already gets. */
  async #afterRefusal(
    refused: RefusedError,
    kind: "UNKNOWN_ORDER" | "AMEND_REJECTED",
    named: orders.NamedOrder,
  ): Promise<orders.Order | undefined> {
    if (refused.reason !== kind && refused.codeName !== kind) return undefined;
    const { symbol, orderId, origClientOrderId } = named;
    return this.call(endpoints.GET_ORDER, { symbol, orderId, origClientOrderId });
  }

  /** An order as it stands. Rejects with −2013 when there is none. */
  getOrder(order: orders.NamedOrder): Promise<orders.Order> {
    return this.call(endpoints.GET_ORDER, { ...order });
  }

  /** Open orders of a symbol, or of all. */
  openOrders(parameters: { readonly symbol?: string } = {}): Promise<readonly orders.Order[]> {
    return this.call(endpoints.OPEN_ORDERS, parameters);
  }

  /** Orders of a symbol, ended ones too; from an id or a time on, or the newest. */
  allOrders(
    parameters: One & Limit & Span & { readonly orderId?: number },
  ): Promise<readonly orders.Order[]> {
    return this.call(endpoints.ALL_ORDERS, parameters);
  }

  /** What the account traded; of one order, from a trade id or a time on, or the newest. */
  myTrades(
    parameters: One & Limit & Span & { readonly orderId?: number; readonly fromId?: number },
  ): Promise<readonly AccountTrade[]> {
    return this.call(endpoints.MY_TRADES, parameters);
  }

  /** What self-trade prevention kept from matching: one match, those of an order, or those of a symbol from an id on. */
  myPreventedMatches(
    parameters: One &
      Limit &
      (
        | { readonly preventedMatchId: number }
        | { readonly orderId: number; readonly fromPreventedMatchId?: number }
      ),
  ): Promise<readonly PreventedMatch[]> {
    return this.call(endpoints.MY_PREVENTED_MATCHES, parameters);
  }

  account(parameters: { readonly omitZeroBalances?: boolean } = {}): Promise<Account> {
    return this.call(endpoints.ACCOUNT, parameters);
  }

  commission(parameters: One): Promise<Commission> {
    return this.call(endpoints.COMMISSION, parameters);
  }

  /**
   * What changed the account's balances, oldest first: from an id or a time on, or the newest, or those just before an
   * id. The amounts of an asset add up to what the account has of it.
   */
  ledger(
    parameters: Limit & { readonly asset?: string } & (
        | Span
        | { readonly fromId: string }
        | { readonly beforeId: string }
      ) = {},
  ): Promise<readonly LedgerEntry[]> {
    return this.call(endpoints.LEDGER, parameters);
  }

  /** How many orders the account may send, and has sent. */
  orderRateLimits(): Promise<readonly data.RateLimit[]> {
    return this.call(endpoints.ORDER_RATE_LIMITS);
  }
}

function amendedByLostCopy(order: orders.Order): orders.AmendResult {
  const { symbol, orderId, orderListId, clientOrderId, price, status, timeInForce, type, side } = order;
  return {
    transactTime: order.updateTime,
    executionId: -1,
    amendedOrder: {
      symbol,
      orderId,
      orderListId,
      origClientOrderId: clientOrderId,
      clientOrderId,
      price,
      qty: order.origQty,
      executedQty: order.executedQty,
      preventedQty: order.preventedQuantity ?? "0",
      quoteOrderQty: order.origQuoteOrderQty,
      cumulativeQuoteQty: order.cummulativeQuoteQty,
      status,
      timeInForce,
      type,
      side,
      workingTime: order.workingTime,
      selfTradePreventionMode: order.selfTradePreventionMode,
    },
  };
}
