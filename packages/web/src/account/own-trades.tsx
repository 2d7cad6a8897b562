import { useEffect } from "react";
import { shown, shownAmount, timeOfDay } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { useSignal } from "../signal.js";
import { type AccountFeed, fillKey } from "./account-feed.js";

interface Props {
  readonly account: AccountFeed;
  readonly market: Market;
}

/** Of the shown market, newest first. */
export function OwnTrades({ account, market }: Props) {
  const fills = useSignal(account.fills).filter(({ symbol }) => symbol === market.symbol);
  const state = useSignal(account.state);
  useEffect(() => {
    if (state.kind === "live") void account.readFills(market.symbol);
  }, [account, market.symbol, state]);
  if (fills.length === 0) return <p className="empty">No trades of yours in {market.symbol} yet</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col" className="text">
            Side
          </th>
          <th scope="col">Price {market.quote}</th>
          <th scope="col">Size {market.base}</th>
          <th scope="col" className="wide">
            Total {market.quote}
          </th>
          <th scope="col">Fee</th>
          <th scope="col" className="wide">
            Role
          </th>
        </tr>
      </thead>
      <tbody>
        {fills.map((fill) => (
          <tr key={fillKey(fill)}>
            <td>{timeOfDay(fill.time)}</td>
            <td className="text" data-side={fill.side}>
              {fill.side === "BUY" ? "Buy" : "Sell"}
            </td>
            <td>{shown(fill.price, market.pricePlaces)}</td>
            <td>{shown(fill.qty, market.quantityPlaces)}</td>
            <td className="wide">{shownAmount(fill.quoteQty)}</td>
            <td>
              {shownAmount(fill.commission)} {fill.commissionAsset}
            </td>
            <td className="wide">{fill.isMaker ? "maker" : "taker"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
