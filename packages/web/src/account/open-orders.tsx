import { compareDecimals, type Order } from "@buttonwood/client";
import { useState } from "react";
import { shown, shownAmount, timeOfDay } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { RefusalNote } from "../parts/refusal-note.js";
import { useSignal } from "../signal.js";
import { type Refusal, refusalOf } from "../ticket/refusal-text.js";
import type { AccountFeed } from "./account-feed.js";

interface Props {
  readonly account: AccountFeed;
  readonly markets: ReadonlyMap<string, Market>;
}

/** Of all markets, newest first. */
export function OpenOrders({ account, markets }: Props) {
  const orders = useSignal(account.openOrders);
  const [refusal, setRefusal] = useState<Refusal>();
  /** Orders, by symbol and id, whose cancel is under way; `*`: all. */
  const [underWay, setUnderWay] = useState<ReadonlySet<string>>(new Set());
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
  return (
    <>
      <RefusalNote refusal={refusal} />
      {orders.length === 0 ? (
        <p className="empty">No open orders</p>
      ) : (
        <table>
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
                  disabled={session === undefined || underWay.has("*")}
                  onClick={() => session && void run("*", () => session.cancelAllOpenOrders())}
                >
                  Cancel all
                </button>
              </th>
            </tr>
          </thead>
          <tbody>
            {orders.map((order) => {
              const { symbol, orderId } = order;
              const key = `${symbol} ${orderId}`;
              return (
                <tr key={key}>
                  <OrderCells order={order} market={markets.get(symbol)} />
                  <td>
                    <button
                      type="button"
                      aria-label={`Cancel order ${orderId} of ${symbol}`}
                      disabled={session === undefined || underWay.has(key)}
                      onClick={() => session && void run(key, () => session.cancelOrder({ symbol, orderId }))}
                    >
                      Cancel
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </>
  );
}

function OrderCells({ order, market }: { readonly order: Order; readonly market: Market | undefined }) {
  const { symbol, side, type, price, stopPrice, executedQty, origQty, time, timeInForce } = order;
  const priceText = (value: string): string =>
    market === undefined ? shownAmount(value) : shown(value, market.pricePlaces);
  const quantityText = (value: string): string =>
    market === undefined ? shownAmount(value) : shown(value, market.quantityPlaces);
  const isStop = compareDecimals(stopPrice, "0") > 0;
  return (
    <>
      <td className="wide">{timeOfDay(time)}</td>
      <td className="text">{symbol}</td>
      <td className="text" data-side={side}>
        {side === "BUY" ? "Buy" : "Sell"}
      </td>
      <td className="text wide">
        {type.toLowerCase().replaceAll("_", " ")} {timeInForce}
      </td>
      <td>
        {priceText(price)}
        {isStop && <small> at {priceText(stopPrice)}</small>}
      </td>
      <td className="filled">
        {quantityText(executedQty)} / {quantityText(origQty)}
      </td>
    </>
  );
}
