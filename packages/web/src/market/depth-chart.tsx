import { useEffect, useRef, useState } from "react";
import { shown } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { colourOf, onColoursChange } from "../parts/theme.js";
import { type DepthPoint, depthAt, depthCurve, midOf } from "./depth-curve.js";
import type { SymbolFeed } from "./symbol-feed.js";

interface Props {
  readonly feed: SymbolFeed | undefined;
  readonly market: Market;
}

/** Often enough for the eye; the ladder beside it follows every frame. */
const DRAW_MS = 250;
/** How far from the middle is shown, as fractions of it. */
const RANGES = ["0.005", "0.02", "0.1"] as const;
/** Steps of the reading mark to each side. */
const STEPS = 50;

interface Depth {
  readonly mid: number;
  readonly bids: readonly DepthPoint[];
  readonly asks: readonly DepthPoint[];
}

/** How much can be had up to each price, drawn and, at a mark that can be moved, in figures. */
export function DepthChart({ feed, market }: Props) {
  const [range, setRange] = useState<(typeof RANGES)[number]>("0.02");
  const [mark, setMark] = useState(STEPS / 2);
  const depth = useDepth(feed, Number(range));
  const canvas = useRef<HTMLCanvasElement>(null);
  const markPrice = depth === undefined ? undefined : depth.mid * (1 + (Number(range) * mark) / STEPS);
  useEffect(() => {
    const draw = (): void => drawDepth(canvas.current!, depth, Number(range), markPrice, market.pricePlaces);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(canvas.current!);
    const stop = onColoursChange(draw);
    return () => {
      observer.disconnect();
      stop();
    };
  }, [depth, range, markPrice, market.pricePlaces]);
  const reading = readingOf(depth, markPrice, market);
  return (
    <div className="depth">
      <div className="depth-bar">
        <fieldset className="choices">
          <legend className="hidden">Distance from the middle</legend>
          {RANGES.map((each) => (
            <button key={each} type="button" aria-pressed={each === range} onClick={() => setRange(each)}>
              ±{Number(each) * 100} %
            </button>
          ))}
        </fieldset>
        {/* No live region: it changes all the time. The mark tells it to who asks. */}
        <span>{reading}</span>
      </div>
      <div className="canvas">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Depth of the book; ${reading}`}
          onPointerMove={({ clientX, currentTarget }) => {
            const { left, width } = currentTarget.getBoundingClientRect();
            setMark(Math.round((((clientX - left) / width) * 2 - 1) * STEPS));
          }}
        />
        {depth === undefined && <p className="empty">The book has not both sides now</p>}
      </div>
      <label className="field depth-mark">
        <span className="hidden">Price at which the depth is read</span>
        <input
          type="range"
          min={-STEPS}
          max={STEPS}
          value={mark}
          aria-valuetext={reading}
          onChange={(event) => setMark(Number(event.target.value))}
        />
      </label>
      <DepthTable depth={depth} market={market} />
    </div>
  );
}

/** The same in figures. */
function DepthTable({ depth, market }: { readonly depth: Depth | undefined; readonly market: Market }) {
  const rows = [0.001, 0.005, 0.02].map((distance) => {
    if (depth === undefined) return { distance, bid: undefined, ask: undefined };
    const { mid, bids, asks } = depth;
    return {
      distance,
      bid: depthAt(bids, mid * (1 - distance), true),
      ask: depthAt(asks, mid * (1 + distance), false),
    };
  });
  const text = (point: DepthPoint | undefined): string => (point === undefined ? "–" : compact(point.base));
  return (
    <table className="depth-table">
      <thead>
        <tr>
          <th scope="col">Up to</th>
          <th scope="col">Bids {market.base}</th>
          <th scope="col">Asks {market.base}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ distance, bid, ask }) => (
          <tr key={distance}>
            <th scope="row">{(distance * 100).toFixed(1)} % away</th>
            <td>{text(bid)}</td>
            <td>{text(ask)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });

function compact(value: number): string {
  return COMPACT.format(value);
}

function readingOf(depth: Depth | undefined, price: number | undefined, market: Market): string {
  if (depth === undefined || price === undefined) return "–";
  const isBid = price < depth.mid;
  const point = depthAt(isBid ? depth.bids : depth.asks, price, isBid);
  const what = isBid ? "bids" : "asks";
  const at = shown(price.toFixed(market.pricePlaces), market.pricePlaces);
  if (point === undefined) return `${at}: no ${what} up to here`;
  return `${at}: ${what} ${compact(point.base)} ${market.base}, ${compact(point.quote)} ${market.quote}`;
}

/** The book's depth, a few times a second. */
function useDepth(feed: SymbolFeed | undefined, range: number): Depth | undefined {
  const [depth, setDepth] = useState<Depth>();
  useEffect(() => {
    if (feed === undefined) return;
    let drawn: unknown;
    const read = (): void => {
      const book = feed.book.value;
      if (book === drawn) return;
      drawn = book;
      const mid = midOf(book.bids, book.asks);
      if (mid === undefined) {
        setDepth(undefined);
        return;
      }
      // The table's farthest row is wanted also where less is drawn.
      const distance = Math.max(range, 0.02);
      const [bids, asks] = [depthCurve(book.bids, mid, distance), depthCurve(book.asks, mid, distance)];
      setDepth({ mid, bids, asks });
    };
    read();
    const timer = setInterval(read, DRAW_MS);
    return () => clearInterval(timer);
  }, [feed, range]);
  return depth;
}

function drawDepth(
  canvas: HTMLCanvasElement,
  depth: Depth | undefined,
  range: number,
  markPrice: number | undefined,
  pricePlaces: number,
): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  context.clearRect(0, 0, width, height);
  if (depth === undefined || width === 0) return;
  const { mid, bids, asks } = depth;
  const isShown = ({ price }: DepthPoint): boolean => Math.abs(price - mid) <= range * mid;
  const [shownBids, shownAsks] = [bids.filter(isShown), asks.filter(isShown)];
  const baseMax = Math.max(shownBids.at(-1)?.base ?? 0, shownAsks.at(-1)?.base ?? 0);
  if (baseMax === 0) return;
  const bottom = height - 18;
  const x = (price: number): number => width / 2 + ((price - mid) / (range * mid)) * (width / 2);
  const y = (base: number): number => bottom - (base / baseMax) * (bottom - 16);
  for (const [points, name, edge] of [
    [shownBids, "buy", 0],
    [shownAsks, "sell", width],
  ] as const) {
    const [best] = points;
    if (best === undefined) continue;
    context.beginPath();
    context.moveTo(x(best.price), bottom);
    let last = bottom;
    for (const { price, base } of points) {
      context.lineTo(x(price), last);
      last = y(base);
      context.lineTo(x(price), last);
    }
    context.lineTo(edge, last);
    context.strokeStyle = colourOf(name);
    context.lineWidth = 1.5;
    context.stroke();
    context.lineTo(edge, bottom);
    context.closePath();
    context.fillStyle = colourOf(`${name}-faint`);
    context.globalAlpha = 0.6;
    context.fill();
    context.globalAlpha = 1;
  }
  context.fillStyle = colourOf("muted");
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "top";
  for (const [price, align] of [
    [mid * (1 - range), "left"],
    [mid, "center"],
    [mid * (1 + range), "right"],
  ] as const) {
    context.textAlign = align;
    const at = align === "left" ? 6 : align === "right" ? width - 6 : width / 2;
    context.fillText(shown(price.toFixed(pricePlaces), pricePlaces), at, bottom + 4);
  }
  context.textAlign = "left";
  context.fillText(compact(baseMax), 6, 3);
  if (markPrice === undefined) return;
  context.strokeStyle = colourOf("muted");
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(x(markPrice), 0);
  context.lineTo(x(markPrice), bottom);
  context.stroke();
  context.setLineDash([]);
}
