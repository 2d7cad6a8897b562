import { fillOfTrade, type UserFill } from "@buttonwood/client";
import { momentText, shown, shownAmount } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { useSignal } from "../signal.js";
import { type AccountFeed, fillKey } from "./account-feed.js";
import { HistoryFrame, Scope, useScope } from "./history-frame.js";
import { useHistory } from "./use-history.js";

interface Props {
  readonly account: AccountFeed;
  readonly market: Market;
  readonly markets: ReadonlyMap<string, Market>;
}

/** What the account has traded, newest first. */
export function OwnTrades({ account, market, markets }: Props) {
  const scope = useScope(market, markets);
  const history = useHistory<UserFill>(account, scope.symbols, (session) => ({
    read: async (symbol, endTime, limit) => {
      const trades = await session.myTrades({ symbol, limit, ...(endTime === undefined ? {} : { endTime }) });
      return trades.map(fillOfTrade);
    },
    timeOf: ({ time }) => time,
    keyOf: fillKey,
  }));
  const arrived = useSignal(account.fills).filter(({ symbol }) => scope.symbols.includes(symbol));
  const known = new Map([...history.rows, ...arrived].map((fill) => [fillKey(fill), fill]));
  const fills = [...known.values()].sort((a, b) => b.time - a.time || b.tradeId - a.tradeId);
  const nowMs = Date.now();
  return (
    <HistoryFrame
      scope={scope}
      market={market}
      history={history}
      isEmpty={fills.length === 0}
      emptyText="No trades of yours yet"
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
            <th scope="col">Price</th>
            <th scope="col">Size</th>
            <th scope="col" className="wide">
              Total
            </th>
            <th scope="col">Fee</th>
            <th scope="col" className="wide">
              Role
            </th>
            <th scope="col" className="wide">
              Order
            </th>
          </tr>
        </thead>
        <tbody>
          {fills.map((fill) => {
            const traded = markets.get(fill.symbol) ?? market;
            return (
              <tr key={fillKey(fill)}>
                <td>{momentText(fill.time, nowMs)}</td>
                {scope.scope === Scope.ALL && <td className="text">{fill.symbol}</td>}
                <td className="text" data-side={fill.side}>
                  {fill.side === "BUY" ? "Buy" : "Sell"}
                </td>
                <td>{shown(fill.price, traded.pricePlaces)}</td>
                <td>{shown(fill.qty, traded.quantityPlaces)}</td>
                <td className="wide">
                  {shownAmount(fill.quoteQty)} {traded.quote}
                </td>
                <td>
                  {shownAmount(fill.commission)} {fill.commissionAsset}
                </td>
                <td className="wide">{fill.isMaker ? "maker" : "taker"}</td>
                <td className="wide">{fill.orderId}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </HistoryFrame>
  );
}
