import { lazy, memo, Suspense, useState } from "react";
import type { Market } from "../parts/market-of.js";
import { CHART_INTERVALS, type ChartInterval } from "./chart-interval.js";
import { DepthChart } from "./depth-chart.js";
import type { ExchangeLink } from "./exchange-link.js";
import type { SymbolFeed } from "./symbol-feed.js";

/** The chart library is half of all scripts: the rest of the page doesn't wait for it. */
const CandleChart = lazy(async () => ({ default: (await import("./candle-chart.js")).CandleChart }));

const DEPTH = "Depth";

interface Props {
  readonly link: ExchangeLink;
  readonly feed: SymbolFeed | undefined;
  readonly market: Market;
}

/** Candles of an interval, or the depth of the book. */
export const ChartPanel = memo(function ChartPanel({ link, feed, market }: Props) {
  const [view, setView] = useState<ChartInterval | typeof DEPTH>("1m");
  return (
    <section className="chart" aria-label={view === DEPTH ? "Depth" : "Candles"}>
      <div className="bar">
        <fieldset className="choices">
          <legend className="hidden">Chart</legend>
          {[...CHART_INTERVALS, DEPTH].map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === view}
              onClick={() => setView(each as ChartInterval | typeof DEPTH)}
            >
              {each}
            </button>
          ))}
        </fieldset>
        <span className="attribution">
          UTC · Charts by{" "}
          <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
            TradingView
          </a>{" "}
          Lightweight Charts™, © TradingView, Inc.
        </span>
      </div>
      {view === DEPTH ? (
        <DepthChart feed={feed} market={market} />
      ) : (
        <Suspense fallback={<p className="empty">Loading the chart …</p>}>
          <CandleChart key={`${market.symbol} ${view}`} link={link} market={market} interval={view} />
        </Suspense>
      )}
    </section>
  );
});
