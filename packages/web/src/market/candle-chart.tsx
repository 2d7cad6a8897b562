import type { KlineInterval } from "@buttonwood/client";
import {
  CandlestickSeries,
  ColorType,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { memo, useEffect, useRef, useState } from "react";
import type { Market } from "../parts/market-of.js";
import { colourOf, onColoursChange } from "../parts/theme.js";
import { type Candle, CandleFeed } from "./candle-feed.js";
import type { ExchangeLink } from "./exchange-link.js";

const INTERVALS: readonly KlineInterval[] = ["1s", "1m", "5m", "15m", "1h", "4h", "1d"];

interface Props {
  readonly link: ExchangeLink;
  readonly market: Market;
}

export const CandleChart = memo(function CandleChart({ link, market }: Props) {
  const [interval, setInterval] = useState<KlineInterval>("1m");
  return (
    <section className="chart" aria-label="Candles">
      <div className="bar">
        <fieldset className="choices">
          <legend className="hidden">Interval</legend>
          {INTERVALS.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === interval}
              onClick={() => setInterval(each)}
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
      <Canvas key={`${market.symbol} ${interval}`} link={link} market={market} interval={interval} />
    </section>
  );
});

function Canvas({ link, market, interval }: Props & { readonly interval: KlineInterval }) {
  const { symbol, pricePlaces, tick } = market;
  const place = useRef<HTMLDivElement>(null);
  const [last, setLast] = useState<Candle>();
  useEffect(() => {
    const drawing = new Drawing(place.current!, pricePlaces, Number(tick));
    const feed = new CandleFeed({
      link,
      symbol,
      interval,
      onAll: (candles) => {
        drawing.setAll(candles);
        setLast(candles.at(-1));
      },
      onSome: (candles) => {
        drawing.update(candles);
        setLast(candles.at(-1));
      },
    });
    return () => {
      feed.close();
      drawing.close();
    };
  }, [link, symbol, interval, pricePlaces, tick]);
  const price = (value: number): string => value.toFixed(pricePlaces);
  const text =
    last === undefined
      ? "no trades yet"
      : `open ${price(last.open)}, high ${price(last.high)}, low ${price(last.low)}, close ${price(last.close)}`;
  return (
    <div className="canvas">
      <div ref={place} role="img" aria-label={`Candles of ${interval}; the last one: ${text}`} />
      {last === undefined && <p className="empty">No trades yet</p>}
    </div>
  );
}

/** The chart library's objects, in this page's colours. */
class Drawing {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #volumes: ISeriesApi<"Histogram">;
  #shown: Candle[] = [];
  readonly #stop: () => void;

  constructor(place: HTMLElement, precision: number, minMove: number) {
    this.#chart = createChart(place, {
      autoSize: true,
      // The page itself shows the notice and the link: the logo would bring a style sheet of its own.
      layout: { attributionLogo: false },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 4, barSpacing: 8 },
      rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.22 } },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      borderVisible: false,
      priceFormat: { type: "price", precision, minMove },
    });
    this.#volumes = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.#colour();
    this.#stop = onColoursChange(() => {
      this.#colour();
      this.setAll(this.#shown);
    });
  }

  setAll(candles: readonly Candle[]): void {
    this.#shown = [...candles];
    this.#candles.setData(this.#shown.map(barOf));
    this.#volumes.setData(this.#shown.map((candle) => this.#columnOf(candle)));
  }

  update(candles: readonly Candle[]): void {
    for (const candle of candles) {
      if (this.#shown.at(-1)?.time === candle.time) this.#shown.pop();
      this.#shown.push(candle);
      this.#candles.update(barOf(candle));
      this.#volumes.update(this.#columnOf(candle));
    }
  }

  close(): void {
    this.#stop();
    this.#chart.remove();
  }

  #colour(): void {
    const [buy, sell, line] = [colourOf("buy"), colourOf("sell"), colourOf("line")];
    this.#chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: colourOf("panel") },
        textColor: colourOf("muted"),
        fontSize: 11,
        fontFamily: getComputedStyle(document.body).fontFamily,
      },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
    });
    this.#candles.applyOptions({ upColor: buy, downColor: sell, wickUpColor: buy, wickDownColor: sell });
  }

  #columnOf({ time, open, close, volume }: Candle) {
    return {
      time: time as UTCTimestamp,
      value: volume,
      color: colourOf(close >= open ? "buy-faint" : "sell-faint"),
    };
  }
}

function barOf({ time, open, high, low, close }: Candle) {
  return { time: time as UTCTimestamp, open, high, low, close };
}
