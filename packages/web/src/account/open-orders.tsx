import type { Order } from "@buttonwood/client";
import { Fragment, type ReactNode, useState } from "react";
import { shown, shownAmount, timeOfDay } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { RefusalNote } from "../parts/refusal-note.js";
import { useSignal } from "../signal.js";
import { type Refusal, refusalOf } from "../ticket/refusal-text.js";
import { type AccountFeed, orderKey } from "./account-feed.js";
import { OrderEditRow } from "./order-edit-row.js";
import { type OrderGroup, orderGroups } from "./order-groups.js";
import { priceText, termsText, typeText } from "./order-text.js";

interface Props {
  readonly account: AccountFeed;
  readonly markets: ReadonlyMap<string, Market>;
}

const COLUMNS = 7;

/** Of all markets, newest first; those of a list together. */
export function OpenOrders({ account, markets }: Props) {
  const orders = useSignal(account.openOrders);
  const [refusal, setRefusal] = useState<Refusal>();
  /** What was asked for and is not answered: orders by symbol and id, lists, `*` for all. */
  const [underWay, setUnderWay] = useState<ReadonlySet<string>>(new Set());
  const [edited, setEdited] = useState<string>();
  const run = async (key: string, command: () => Promise<unknown>): Promise<void> => {
    setRefusal(undefined);
    setUnderWay((keys) => new Set(keys).add(key));
    try {
      await command();
    } catch (error) {
      setRefusal(refusalOf(error));
    } finally {
      setUnderWay((keys) => new Set([...keys].filter((each) => each !== key)));
    }
  };
  const { session } = account;
  const isOff = (key: string): boolean => session === undefined || underWay.has(key);

  const row = (order: Order): ReactNode => {
    const { symbol, orderId } = order;
    const key = orderKey(order);
    const market = markets.get(symbol);
    if (edited === key && market !== undefined && session !== undefined) {
      return (
        <OrderEditRow
          key={`edit ${key}`}
          order={order}
          market={market}
          session={session}
          onEnd={(refused) => {
            setEdited(undefined);
            setRefusal(refused);
          }}
        />
      );
    }
    return (
      <tr key={key} data-of-list={order.orderListId !== -1 || undefined}>
        <OrderCells order={order} market={market} />
        <td className="actions">
          <button
            type="button"
            aria-label={`Edit order ${orderId} of ${symbol}`}
            disabled={isOff(key)}
            onClick={() => {
              setRefusal(undefined);
              setEdited(key);
            }}
          >
            Edit
          </button>{" "}
          <button
            type="button"
            aria-label={`Cancel order ${orderId} of ${symbol}`}
            disabled={isOff(key)}
            onClick={() => session && void run(key, () => session.cancelOrder({ symbol, orderId }))}
          >
            Cancel
          </button>
        </td>
      </tr>
    );
  };
  const listRow = ({ orderListId, symbol, kind }: NonNullable<OrderGroup["list"]>): ReactNode => {
    const key = `list ${symbol} ${orderListId}`;
    return (
      <tr className="list-head">
        <th scope="rowgroup" colSpan={COLUMNS}>
          <div>
            <span>
              {kind} {orderListId} <small>{symbol}</small>
            </span>
            <button
              type="button"
              aria-label={`Cancel list ${orderListId} of ${symbol}`}
              disabled={isOff(key)}
              onClick={() => session && void run(key, () => session.cancelOrderList({ symbol, orderListId }))}
            >
              Cancel list
            </button>
          </div>
        </th>
      </tr>
    );
  };
  return (
    <>
      <RefusalNote refusal={refusal} />
      {orders.length === 0 ? (
        <p className="empty">No open orders</p>
      ) : (
        <table className="open-orders">
          <thead>
            <tr>
              <th scope="col" className="wide">
                Time
              </th>
              <th scope="col" className="text">
                Market
              </th>
              <th scope="col" className="text">
                Side
              </th>
              <th scope="col" className="text wide">
                Type
              </th>
              <th scope="col">Price</th>
              <th scope="col">Filled</th>
              <th scope="col">
                <button
                  type="button"
                  disabled={isOff("*")}
                  onClick={() => session && void run("*", () => session.cancelAllOpenOrders())}
                >
                  Cancel all
                </button>
              </th>
            </tr>
          </thead>
          {orderGroups(orders).map(({ list, orders }) => (
            <tbody
              key={list === undefined ? orderKey(orders[0]!) : `list ${list.symbol} ${list.orderListId}`}
            >
              {list !== undefined && listRow(list)}
              {orders.map((order) => (
                <Fragment key={orderKey(order)}>{row(order)}</Fragment>
              ))}
            </tbody>
          ))}
        </table>
      )}
    </>
  );
}

function OrderCells({ order, market }: { readonly order: Order; readonly market: Market | undefined }) {
  const { symbol, side, executedQty, origQty, time, status } = order;
  const quantity = (value: string): string =>
    market === undefined ? shownAmount(value) : shown(value, market.quantityPlaces);
  const terms = termsText(order, market);
  return (
    <>
      <td className="wide">{timeOfDay(time)}</td>
      <td className="text">{symbol}</td>
      <td className="text" data-side={side}>
        {side === "BUY" ? "Buy" : "Sell"}
      </td>
      <td className="text wide">
        {typeText(order)}
        {terms !== "" && <small> {terms}</small>}
        {status === "PENDING_NEW" && <small> waits</small>}
      </td>
      <td>{priceText(order, market)}</td>
      <td className="filled">
        <span className="part">{quantity(executedQty)} /</span> {quantity(origQty)}
      </td>
    </>
  );
}
