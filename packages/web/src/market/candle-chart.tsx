import {
  CandlestickSeries,
  ColorType,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef, useState } from "react";
import { shown } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { colourOf, onColoursChange } from "../parts/theme.js";
import { onNextFrame } from "../signal.js";
import { type Candle, CandleFeed } from "./candle-feed.js";
import type { ChartInterval } from "./chart-interval.js";
import type { ExchangeLink } from "./exchange-link.js";

/** Candles that are kept: beyond, the older half is let go, and read again when it is looked for. */
const SHOWN_MAX = 20_000;
/** How many candles before the first shown one are fetched ahead of the reader. */
const AHEAD = 30;

interface Props {
  readonly link: ExchangeLink;
  readonly market: Market;
  readonly interval: ChartInterval;
}

export function CandleChart({ link, market, interval }: Props) {
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
      onOlder: (candles, before) => drawing.prepend(candles, before),
      onSome: (candles) => {
        drawing.update(candles);
        setLast(candles.at(-1));
      },
    });
    drawing.onNearStart((firstTime) => void feed.readOlder(firstTime));
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
  #columnColours = { up: "", down: "" };
  readonly #stop: () => void;
  #isClosed = false;

  constructor(place: HTMLElement, precision: number, minMove: number) {
    this.#chart = createChart(place, {
      autoSize: true,
      // The page itself shows the notice and the link: the logo would bring a style sheet of its own.
      layout: { attributionLogo: false },
      // As everywhere else on the page.
      localization: { priceFormatter: (price: number) => shown(price.toFixed(precision), precision) },
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

  /** Candles before the first shown one, if that is still the one before which they were read. */
  prepend(candles: readonly Candle[], before: number): void {
    // What is looked at stays where it is: the chart counts from the newest candle.
    if (this.#shown[0]?.time === before) this.setAll([...candles, ...this.#shown]);
  }

  /** Calls a listener with the oldest candle's time, in s, whenever the reader comes near it. */
  onNearStart(listener: (firstTime: number) => void): void {
    const scale = this.#chart.timeScale();
    const look = (): void => {
      const [first] = this.#shown;
      if (first === undefined || this.#isClosed) return;
      const range = scale.getVisibleLogicalRange();
      if (range !== null && range.from < AHEAD) listener(first.time);
    };
    // While candles are being set the range is not yet the one that will be seen.
    scale.subscribeVisibleLogicalRangeChange(() => onNextFrame(look));
  }

  update(candles: readonly Candle[]): void {
    if (this.#shown.length > SHOWN_MAX) this.setAll(this.#shown.slice(-SHOWN_MAX / 2));
    for (const candle of candles) {
      if (this.#shown.at(-1)?.time === candle.time) this.#shown.pop();
      this.#shown.push(candle);
      this.#candles.update(barOf(candle));
      this.#volumes.update(this.#columnOf(candle));
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#chart.remove();
  }

  #colour(): void {
    const [buy, sell, line] = [colourOf("buy"), colourOf("sell"), colourOf("line")];
    this.#columnColours = { up: colourOf("buy-faint"), down: colourOf("sell-faint") };
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
      color: close >= open ? this.#columnColours.up : this.#columnColours.down,
    };
  }
}

function barOf({ time, open, high, low, close }: Candle) {
  return { time: time as UTCTimestamp, open, high, low, close };
}
