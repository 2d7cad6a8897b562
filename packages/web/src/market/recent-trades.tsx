import { memo } from "react";
import { shown, timeOfDay } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { Signal, useSignal } from "../signal.js";
import type { SymbolFeed, TapeTrade } from "./symbol-feed.js";

const NONE = new Signal<readonly TapeTrade[]>([]);

interface Props {
  readonly feed: SymbolFeed | undefined;
  readonly market: Market;
}

export const RecentTrades = memo(function RecentTrades({ feed, market }: Props) {
  const trades = useSignal(feed?.trades ?? NONE);
  return (
    <section className="tape" aria-label="Recent trades">
      <div className="bar">
        <h2>Recent trades</h2>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus. */}
      <section className="scroll" tabIndex={0} aria-label="List of recent trades">
        <table>
          <thead>
            <tr>
              <th scope="col">Price {market.quote}</th>
              <th scope="col">Size {market.base}</th>
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {trades.map((trade) => (
              <TradeRow key={trade.id} trade={trade} market={market} />
            ))}
          </tbody>
        </table>
        {trades.length === 0 && <p className="empty">No trades yet</p>}
      </section>
    </section>
  );
});

const TradeRow = memo(function TradeRow({
  trade,
  market,
}: {
  readonly trade: TapeTrade;
  readonly market: Market;
}) {
  // The taker's side, who made it happen.
  const side = trade.isBuyerMaker ? "SELL" : "BUY";
  return (
    <tr>
      <td data-side={side}>
        <span aria-hidden="true">{side === "BUY" ? "▲" : "▼"} </span>
        {shown(trade.price, market.pricePlaces)}
        <span className="hidden"> {side === "BUY" ? "bought" : "sold"}</span>
      </td>
      <td>{shown(trade.quantity, market.quantityPlaces)}</td>
      <td>{timeOfDay(trade.time)}</td>
    </tr>
  );
});
