import type { Order, OrderStatus } from "@buttonwood/client";
import { momentText, shown, shownAmount } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { useSignal } from "../signal.js";
import { type AccountFeed, orderKey } from "./account-feed.js";
import { HistoryFrame, Scope, useScope } from "./history-frame.js";
import { priceText, termsText, typeText } from "./order-text.js";
import { useHistory } from "./use-history.js";

const STATUSES: Readonly<Record<OrderStatus, string>> = {
  NEW: "open",
  PENDING_NEW: "waits for its list",
  PARTIALLY_FILLED: "partly filled",
  FILLED: "filled",
  CANCELED: "canceled",
  REJECTED: "rejected",
  EXPIRED: "expired",
  EXPIRED_IN_MATCH: "expired, self-trade",
};

interface Props {
  readonly account: AccountFeed;
  readonly market: Market;
  readonly markets: ReadonlyMap<string, Market>;
}

/** All orders, open and ended, newest first. */
export function OrderHistory({ account, market, markets }: Props) {
  const scope = useScope(market, markets);
  const history = useHistory<Order>(account, scope.symbols, (session) => ({
    read: (symbol, endTime, limit) =>
      session.allOrders({ symbol, limit, ...(endTime === undefined ? {} : { endTime }) }),
    timeOf: ({ time }) => time,
    keyOf: ({ orderId }) => String(orderId),
  }));
  const changed = useSignal(account.changedOrders).filter(({ symbol }) => scope.symbols.includes(symbol));
  const orders = withChanges(history.rows, changed);
  const nowMs = Date.now();
  return (
    <HistoryFrame
      scope={scope}
      market={market}
      history={history}
      isEmpty={orders.length === 0}
      emptyText="No orders of yours yet"
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {scope.scope === Scope.ALL && (
              <th scope="col" className="text">
                Market
              </th>
            )}
            <th scope="col" className="text">
              Side
            </th>
            <th scope="col" className="text wide">
              Type
            </th>
            <th scope="col">Price</th>
            <th scope="col" className="wide">
              Average
            </th>
            <th scope="col">Filled</th>
            <th scope="col" className="text">
              State
            </th>
            <th scope="col" className="wide">
              Order
            </th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <tr key={orderKey(order)}>
              <td>{momentText(order.time, nowMs)}</td>
              {scope.scope === Scope.ALL && <td className="text">{order.symbol}</td>}
              <OrderCells order={order} market={markets.get(order.symbol)} />
            </tr>
          ))}
        </tbody>
      </table>
    </HistoryFrame>
  );
}

function OrderCells({ order, market }: { readonly order: Order; readonly market: Market | undefined }) {
  const { side, executedQty, cummulativeQuoteQty, origQty, status, orderId } = order;
  const quantity = (value: string): string =>
    market === undefined ? shownAmount(value) : shown(value, market.quantityPlaces);
  const places = market?.pricePlaces ?? 2;
  const average = Number(cummulativeQuoteQty) / Number(executedQty);
  return (
    <>
      <td className="text" data-side={side}>
        {side === "BUY" ? "Buy" : "Sell"}
      </td>
      <td className="text wide">
        {typeText(order)} <small>{termsText(order, market)}</small>
      </td>
      <td>{priceText(order, market)}</td>
      <td className="wide">{average > 0 ? shown(average.toFixed(places), places) : "–"}</td>
      <td className="filled">
        <span className="part">{quantity(executedQty)} /</span> {quantity(origQty)}
      </td>
      <td className="text">{STATUSES[status]}</td>
      <td className="wide">{orderId}</td>
    </>
  );
}

/** Both, each order once as it is since it changed last, newest first. */
export function withChanges(read: readonly Order[], changed: readonly Order[]): readonly Order[] {
  const orders = new Map(read.map((order) => [orderKey(order), order]));
  for (const order of changed) {
    const known = orders.get(orderKey(order));
    // What was read after a change is as new or newer.
    if (known === undefined || order.updateTime > known.updateTime) orders.set(orderKey(order), order);
  }
  return [...orders.values()].sort((a, b) => b.time - a.time || b.orderId - a.orderId);
}
