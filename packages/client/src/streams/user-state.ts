/** What is known of an account: it tells what is news from what was told already, by numbers and not by time. */
import type { AccountTrade, Balance } from "../api/account-types.js";
import type { Order, OrderStatus } from "../api/order-types.js";
import { compareDecimals } from "../decimals.js";
import type { AccountPosition, ExecutionReport } from "../session/user-events.js";
import type { UserFill } from "./user-types.js";

const OPEN_STATUSES: ReadonlySet<OrderStatus> = /* @__PURE__ */ new Set([
  "NEW",
  "PARTIALLY_FILLED",
  "PENDING_NEW",
]);

export function isOpen({ status }: Pick<Order, "status">): boolean {
  return OPEN_STATUSES.has(status);
}

export function orderKey(symbol: string, orderId: number): string {
  return `${symbol} ${orderId}`;
}

/** Up to where a symbol's orders and trades were told. Their ids rise as the engine makes them. */
interface Mark {
  orderId: number;
  tradeId: number;
  /** Orders whose fill in trade `tradeId` was told: an account can be on both sides of a trade. */
  readonly tradeOrders: Set<number>;
}

export class UserState {
  /** Open orders, by symbol and order id. */
  readonly orders = new Map<string, Order>();
  /** By asset. */
  readonly balances = new Map<string, Balance>();
  readonly #marks = new Map<string, Mark>();

  mark(symbol: string): Mark {
    let mark = this.#marks.get(symbol);
    if (mark === undefined) {
      mark = { orderId: 0, tradeId: -1, tradeOrders: new Set() };
      this.#marks.set(symbol, mark);
    }
    return mark;
  }

  get symbols(): readonly string[] {
    return [...this.#marks.keys()];
  }

  /** Takes how an order is; false when that is not news. */
  takeOrder(order: Order): boolean {
    const key = orderKey(order.symbol, order.orderId);
    const mark = this.mark(order.symbol);
    const known = this.orders.get(key);
    if (known === undefined) {
      // Its end was told already.
      if (order.orderId <= mark.orderId) return false;
      mark.orderId = order.orderId;
    } else if (!isAhead(order, known)) return false;
    if (isOpen(order)) this.orders.set(key, order);
    else this.orders.delete(key);
    return true;
  }

  /** Takes a fill; false when it was told already. */
  takeFill({ symbol, tradeId, orderId }: UserFill): boolean {
    const mark = this.mark(symbol);
    if (tradeId < mark.tradeId || (tradeId === mark.tradeId && mark.tradeOrders.has(orderId))) return false;
    if (tradeId > mark.tradeId) mark.tradeOrders.clear();
    mark.tradeId = tradeId;
    mark.tradeOrders.add(orderId);
    return true;
  }

  /** Takes balances and returns those that are different than before. */
  takeBalances(balances: readonly Balance[]): readonly Balance[] {
    const changed = balances.filter((balance) => {
      const { free = "0", locked = "0" } = this.balances.get(balance.asset) ?? {};
      return compareDecimals(free, balance.free) !== 0 || compareDecimals(locked, balance.locked) !== 0;
    });
    for (const balance of balances) this.balances.set(balance.asset, balance);
    return changed;
  }
}

/** Whether an order's state comes after a known one: all of an order's quantities go one way, and it begins once. */
function isAhead(order: Order, known: Order): boolean {
  if (!isOpen(order)) return true;
  const [isPending, wasPending] = [order, known].map(({ status }) => status === "PENDING_NEW");
  if (isPending !== wasPending) return !isPending;
  return (
    compareDecimals(order.executedQty, known.executedQty) > 0 ||
    compareDecimals(order.origQty, known.origQty) < 0 ||
    compareDecimals(order.preventedQuantity ?? "0", known.preventedQuantity ?? "0") > 0 ||
    (order.isWorking && !known.isWorking)
  );
}

/** An order as `openOrders` would show it, from a report. */
export function orderOfReport(report: ExecutionReport): Order {
  return {
    symbol: report.s,
    orderId: report.i,
    orderListId: report.g,
    clientOrderId: report.C === "" ? report.c : report.C,
    price: report.p,
    origQty: report.q,
    executedQty: report.z,
    origQuoteOrderQty: report.Q,
    cummulativeQuoteQty: report.Z,
    status: report.X,
    timeInForce: report.f,
    type: report.o,
    side: report.S,
    stopPrice: report.P,
    icebergQty: report.F,
    ...(report.d === undefined ? {} : { trailingDelta: report.d }),
    ...(report.gtd === undefined ? {} : { goodTillDate: report.gtd }),
    time: report.O,
    updateTime: report.T,
    isWorking: report.W !== undefined,
    workingTime: report.W ?? -1,
    ...(report.A === undefined ? {} : { preventedQuantity: report.A }),
    selfTradePreventionMode: report.V,
  };
}

/** The fill that a report of a trade tells of. */
export function fillOfReport(report: ExecutionReport): UserFill {
  return {
    symbol: report.s,
    tradeId: report.t,
    orderId: report.i,
    side: report.S,
    price: report.L,
    qty: report.l,
    quoteQty: report.Y,
    commission: report.n,
    commissionAsset: report.N,
    isMaker: report.m,
    time: report.T,
  };
}

/** A fill as the account's stream tells it, from a row of `myTrades`. */
export function fillOfTrade(trade: AccountTrade): UserFill {
  const { symbol, id, orderId, price, qty, quoteQty, commission, commissionAsset, isBuyer, isMaker, time } =
    trade;
  const side = isBuyer ? "BUY" : "SELL";
  return {
    symbol,
    tradeId: id,
    orderId,
    side,
    price,
    qty,
    quoteQty,
    commission,
    commissionAsset,
    isMaker,
    time,
  };
}

export function balancesOf({ B }: AccountPosition): readonly Balance[] {
  return B.map(({ a, f, l }) => ({ asset: a, free: f, locked: l }));
}
