/** What an account has and did: balances, open orders, history, fees, limits. */
import { OrderStatus } from "@buttonwood/protocol";
import { Type } from "#typebox";
import type { AccountTradeRecord, OrderRecord, PreventedMatchRecord } from "../../transport/history-port.js";
import { type MarketEntry, ppmText, unitsText } from "../catalog.js";
import {
  Account,
  AccountTrades,
  Commission,
  OrderRateLimits,
  PreventedMatches,
} from "../documents/account-answers.js";
import { Order, Orders } from "../documents/order-answers.js";
import { endpoint, marketOf, Security, toMs } from "../endpoint.js";
import { refusal } from "../errors.js";
import { array, quoted } from "../json.js";
import { listIdOfOrder, orderJson, PREVENTION_NAMES } from "../order-report.js";
import { flag, limit, optional, orderId, symbol, timeMs } from "../parameters.js";
import { checkNamed, lookUpId } from "./orders.js";

export const getOrder = endpoint({
  summary: "One order, open or not.",
  security: Security.READ,
  weight: 4,
  parameters: Type.Object({
    symbol: symbol(),
    orderId: optional(orderId()),
    origClientOrderId: optional(lookUpId()),
  }),
  response: Order,
  handle: async (context, parameters, { account }) => {
    const market = marketOf(context, parameters.symbol);
    checkNamed(parameters, "NO_SUCH_ORDER");
    const named = {
      account,
      market: market.market,
      orderId: parameters.orderId ?? 0,
      clientOrderId: parameters.origClientOrderId ?? "",
    };
    const open = await context.engine.query({ kind: "openOrder", ...named });
    if (open !== undefined) return orderJson(market, open, Math.max(open.createdUs, open.workingUs));
    let atLeast = await context.fence.of(account, market.market);
    let record = await context.history.order({ ...named, atLeast });
    if (record !== undefined && isOpen(record)) {
      // It ended after what history has seen so far: read again as of now.
      atLeast = await context.fence.now(market.market);
      context.fence.heard(account, atLeast);
      record = await context.history.order({ ...named, atLeast });
    }
    if (record === undefined) throw refusal("NO_SUCH_ORDER");
    return orderJson(market, record, record.updatedUs);
  },
});

function isOpen(record: OrderRecord): boolean {
  return (
    record.status === OrderStatus.NEW ||
    record.status === OrderStatus.PARTIALLY_FILLED ||
    record.status === OrderStatus.PENDING_NEW
  );
}

export const openOrders = endpoint({
  summary: "Open orders of one symbol or of all.",
  security: Security.READ,
  weight: (raw) => (raw.has("symbol") ? 6 : 80),
  parameters: Type.Object({ symbol: optional(symbol()) }),
  response: Orders,
  handle: async (context, parameters, { account }) => {
    const market = parameters.symbol === undefined ? -1 : marketOf(context, parameters.symbol).market;
    const orders = await context.engine.query({ kind: "openOrders", account, market });
    return array(
      orders.map((order) =>
        orderJson(context.catalog.markets[order.market]!, order, Math.max(order.createdUs, order.workingUs)),
      ),
    );
  },
});

const span = { startTime: optional(timeMs()), endTime: optional(timeMs()) };

/** The times of a query in µs; the whole last ms belongs to it. Refuses an end before the start. */
export function spanUs(parameters: { startTime?: number | undefined; endTime?: number | undefined }): {
  startUs: number | undefined;
  endUs: number | undefined;
} {
  const { startTime, endTime } = parameters;
  if (startTime !== undefined && endTime !== undefined && startTime > endTime) {
    throw refusal("INVALID_COMBINATION");
  }
  return {
    startUs: startTime === undefined ? undefined : startTime * 1000,
    endUs: endTime === undefined ? undefined : endTime * 1000 + 999,
  };
}

export const allOrders = endpoint({
  summary: "Orders of a symbol, open or not, oldest first.",
  security: Security.READ,
  weight: 20,
  parameters: Type.Object({
    symbol: symbol(),
    orderId: optional(orderId()),
    ...span,
    limit: limit(500, 1000),
  }),
  response: Orders,
  handle: async (context, parameters, { account }) => {
    const market = marketOf(context, parameters.symbol);
    const times = spanUs(parameters);
    const orders = await context.history.orders({
      account,
      market: market.market,
      // From a start time on, the oldest come first; without one, the newest count.
      fromOrderId: parameters.orderId ?? (times.startUs === undefined ? undefined : 0),
      ...times,
      limit: parameters.limit,
      atLeast: await context.fence.of(account, market.market),
    });
    return array(orders.map((order) => orderJson(market, order, order.updatedUs)));
  },
});

export const myTrades = endpoint({
  summary: "The account's trades of a symbol, oldest first.",
  security: Security.READ,
  weight: (raw) => (raw.has("orderId") ? 5 : 20),
  parameters: Type.Object({
    symbol: symbol(),
    orderId: optional(orderId()),
    fromId: optional(orderId()),
    ...span,
    limit: limit(500, 1000),
  }),
  response: AccountTrades,
  handle: async (context, parameters, { account }) => {
    const market = marketOf(context, parameters.symbol);
    const times = spanUs(parameters);
    if (parameters.fromId !== undefined && (times.startUs !== undefined || times.endUs !== undefined)) {
      throw refusal("INVALID_COMBINATION");
    }
    const trades = await context.history.accountTrades({
      account,
      market: market.market,
      orderId: parameters.orderId,
      fromTradeId: parameters.fromId ?? (times.startUs === undefined ? undefined : 0),
      ...times,
      limit: parameters.limit,
      atLeast: await context.fence.of(account, market.market),
    });
    return array(trades.map((trade) => accountTradeJson(market, trade)));
  },
});

function accountTradeJson(market: MarketEntry, trade: AccountTradeRecord): string {
  const feeAsset = trade.feeAsset === market.base.asset ? market.base : market.quote;
  return (
    `{"symbol":${market.symbolJson},"id":${trade.tradeId},"orderId":${trade.orderId},` +
    `"orderListId":${trade.isOfList ? listIdOfOrder(trade.orderId, market.market) : -1},` +
    `"price":"${market.priceText(trade.priceTicks)}","qty":"${market.quantityText(trade.lots)}",` +
    `"quoteQty":"${market.quoteText(trade.quote)}","commission":"${unitsText(trade.fee, feeAsset.decimals)}",` +
    `"commissionAsset":${quoted(feeAsset.name)},"time":${toMs(trade.timeUs)},"isBuyer":${trade.side === 0},` +
    `"isMaker":${trade.isMaker},"isBestMatch":true}`
  );
}

export const myPreventedMatches = endpoint({
  summary: "What self-trade prevention did to the account's orders, oldest first.",
  security: Security.READ,
  weight: (raw) => (raw.has("orderId") ? 20 : 2),
  parameters: Type.Object({
    symbol: symbol(),
    preventedMatchId: optional(orderId()),
    orderId: optional(orderId()),
    fromPreventedMatchId: optional(orderId()),
    limit: limit(500, 1000),
  }),
  response: PreventedMatches,
  handle: async (context, parameters, { account }) => {
    const market = marketOf(context, parameters.symbol);
    const { preventedMatchId, orderId, fromPreventedMatchId } = parameters;
    if (preventedMatchId === undefined && orderId === undefined) {
      throw refusal("EITHER_PARAMETER", "preventedMatchId", "orderId");
    }
    if (preventedMatchId !== undefined && (orderId ?? fromPreventedMatchId) !== undefined) {
      throw refusal("INVALID_COMBINATION");
    }
    const matches = await context.history.preventedMatches({
      account,
      market: market.market,
      preventedMatchId,
      orderId,
      fromPreventedMatchId,
      limit: parameters.limit,
      atLeast: await context.fence.of(account, market.market),
    });
    return array(matches.map((match) => preventedMatchJson(market, match)));
  },
});

/** Accounts belong to no trade group, which is written −1. What an order did not lose is not written. */
function preventedMatchJson(market: MarketEntry, match: PreventedMatchRecord): string {
  const quantity = (name: string, lots: number): string =>
    lots === 0 ? "" : `,"${name}":"${market.quantityText(lots)}"`;
  return (
    `{"symbol":${market.symbolJson},"preventedMatchId":${match.id},"takerOrderId":${match.takerOrderId},` +
    `"makerSymbol":${market.symbolJson},"makerOrderId":${match.makerOrderId},"tradeGroupId":-1,` +
    `"selfTradePreventionMode":"${PREVENTION_NAMES[match.selfTradePrevention]}",` +
    `"price":"${market.priceText(match.priceTicks)}"${quantity("takerPreventedQuantity", match.takerLots)}` +
    `${quantity("makerPreventedQuantity", match.makerLots)},"transactTime":${toMs(match.timeUs)}}`
  );
}

export const account = endpoint({
  summary: "Balances, fees and permissions of the account.",
  security: Security.READ,
  weight: 20,
  parameters: Type.Object({ omitZeroBalances: optional(flag()) }),
  response: Account,
  handle: async (context, parameters, caller) => {
    const held = await context.engine.query({ kind: "balances", account: caller.account });
    const byAsset = new Map(held.map((balance) => [balance.asset, balance]));
    const balances: string[] = [];
    for (const { asset, name, decimals } of context.catalog.assets) {
      const { free = 0, locked = 0 } = byAsset.get(asset) ?? {};
      if (parameters.omitZeroBalances === true && free === 0 && locked === 0) continue;
      balances.push(
        `{"asset":${quoted(name)},"free":"${unitsText(free, decimals)}","locked":"${unitsText(locked, decimals)}"}`,
      );
    }
    // Fees are set per market; these are the highest of any, as an account of many markets must expect them.
    let maker = 0;
    let taker = 0;
    for (const market of context.catalog.markets) {
      maker = Math.max(maker, market.makerFeePpm);
      taker = Math.max(taker, market.takerFeePpm);
    }
    const active = context.catalog.accounts.get(caller.account)?.frozen !== true;
    const none = ppmText(0);
    return (
      // The four numbers are in units of 0.01 %.
      `{"makerCommission":${Math.round(maker / 100)},"takerCommission":${Math.round(taker / 100)},` +
      `"buyerCommission":0,"sellerCommission":0,"commissionRates":{"maker":"${ppmText(maker)}",` +
      `"taker":"${ppmText(taker)}","buyer":"${none}","seller":"${none}"},"canTrade":${active},` +
      `"canWithdraw":${active},"canDeposit":true,"brokered":false,"requireSelfTradePrevention":false,` +
      `"preventSor":true,"updateTime":${toMs(context.clock.nowUs())},"accountType":"SPOT",` +
      `"balances":${array(balances)},"permissions":["SPOT"],"uid":${caller.account}}`
    );
  },
});

export const commission = endpoint({
  summary: "The fees of one market.",
  security: Security.READ,
  weight: 20,
  parameters: Type.Object({ symbol: symbol() }),
  response: Commission,
  handle: (context, parameters) => {
    const market = marketOf(context, parameters.symbol);
    const none = ppmText(0);
    const nothing = `{"maker":"${none}","taker":"${none}","buyer":"${none}","seller":"${none}"}`;
    return (
      `{"symbol":${market.symbolJson},"standardCommission":{"maker":"${ppmText(market.makerFeePpm)}",` +
      `"taker":"${ppmText(market.takerFeePpm)}","buyer":"${none}","seller":"${none}"},` +
      `"specialCommission":${nothing},"taxCommission":${nothing},"discount":{"enabledForAccount":false,` +
      `"enabledForSymbol":false,"discountAsset":"","discount":"${none}"}}`
    );
  },
});

export const orderRateLimits = endpoint({
  summary: "Orders that were counted, and their limits.",
  security: Security.READ,
  weight: 40,
  parameters: Type.Object({}),
  response: OrderRateLimits,
  handle: (context, _parameters, caller) => context.limiter.ordersJson(caller.account),
});
