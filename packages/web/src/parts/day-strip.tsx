import { isZero } from "@buttonwood/client";
import { useEffect } from "react";
import { shown, shownVolume } from "../format.js";
import type { DayView, SymbolFeed, TapeTrade } from "../market/symbol-feed.js";
import { Signal, useSignal } from "../signal.js";
import type { Market } from "./market-of.js";

const NO_TRADES = new Signal<readonly TapeTrade[]>([]);
const UNKNOWN = new Signal<DayView | undefined>(undefined);

/** The last 24 hours. */
export function DayStrip({
  feed,
  market,
}: {
  readonly feed: SymbolFeed | undefined;
  readonly market: Market;
}) {
  const day = useSignal(feed?.day ?? UNKNOWN);
  const isTraded = day !== undefined && day.count > 0;
  const price = (value: string): string => shown(value, market.pricePlaces);
  const direction = !isTraded || isZero(day.change) ? undefined : day.change.startsWith("-") ? "down" : "up";
  // The ticker comes once a second; trades at once.
  const lastPrice = useSignal(feed?.trades ?? NO_TRADES)[0]?.price ?? day?.last;
  const last = lastPrice === undefined ? "–" : price(lastPrice);
  useEffect(() => {
    document.title = `${last} ${market.symbol} · Buttonwood`;
  }, [last, market.symbol]);
  const sign = direction === "up" ? "+" : "";
  return (
    <dl className="day">
      <div className="last">
        <dt>Last price</dt>
        <dd data-direction={direction}>{last}</dd>
      </div>
      <div>
        <dt>24 h change</dt>
        <dd data-direction={direction}>
          {isTraded ? `${sign}${price(day.change)} (${sign}${Number(day.changePercent).toFixed(2)} %)` : "–"}
        </dd>
      </div>
      <div>
        <dt>24 h high</dt>
        <dd>{isTraded ? price(day.high) : "–"}</dd>
      </div>
      <div>
        <dt>24 h low</dt>
        <dd>{isTraded ? price(day.low) : "–"}</dd>
      </div>
      <div>
        <dt>Volume {market.base}</dt>
        <dd>{isTraded ? shownVolume(day.volume) : "–"}</dd>
      </div>
      <div>
        <dt>Volume {market.quote}</dt>
        <dd>{isTraded ? shownVolume(day.quoteVolume) : "–"}</dd>
      </div>
    </dl>
  );
}
