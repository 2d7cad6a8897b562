/**
 * Runs in the page: draws every plot that is embedded in it, and draws again when its width, the colour scheme or the
 * paper changes. It is inlined as it was compiled, so it imports nothing but types.
 */
import type UPlot from "uplot";
import type { BarsPlot, LinesPlot, MarksPlot, PlotColor, PlotSpec, TimelinePlot } from "../plot-spec.js";

declare const uPlot: typeof UPlot;

const FONT_FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const FONT = `12px ${FONT_FAMILY}`;
const ROW_HEIGHT_PX_MIN = 34;
const LABEL_LINE_PX = 15;
/** Of a flat axis: its figures, and its title below. */
const FIGURES_HEIGHT_PX = 24;
const TITLE_HEIGHT_PX = 18;
const FOOT_HEIGHT_PX = FIGURES_HEIGHT_PX + TITLE_HEIGHT_PX + 8;
const GRAPH_HEIGHT_PX = 320;
/** Labels of rows wrap at commas where they would take more of the width. */
const LABEL_SHARE_MAX = 0.4;
/** Fits A4 and Letter: what is drawn before printing is not laid out again for the paper. */
const PAPER_WIDTH_PX = 660;
const LABEL_GAP_PX = 10;
const LOG_SPLIT_PX_MIN = 48;

type Palette = (name: PlotColor | "text" | "muted" | "line" | "edge" | "back") => string;

/** Colours as the style sheet has them now. */
function paletteNow(): Palette {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

const grouped = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 6 });

function textWidthPx(text: string): number {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) return text.length * 7;
  context.font = FONT;
  return context.measureText(text).width;
}

/** Canvas pixels of a CSS pixel. */
const ratio = (): number => uPlot.pxRatio;

function valueAxis(color: Palette, title: string): UPlot.Axis {
  return {
    stroke: color("muted"),
    font: FONT,
    label: title,
    labelFont: FONT,
    labelSize: TITLE_HEIGHT_PX,
    labelGap: 2,
    size: FIGURES_HEIGHT_PX,
    gap: 4,
    // Between two figures of an axis that lies flat.
    space: 72,
    grid: { stroke: color("line"), width: 1 },
    ticks: { show: false },
    values: (_plot, splits) => splits.map((split) => (split === null ? "" : grouped(split))),
  };
}

/** An axis beside a graph, as wide as its longest figure. */
function uprightAxis(color: Palette, title: string, most: number): UPlot.Axis {
  const size = Math.ceil(textWidthPx(grouped(Math.ceil(most)))) + 16;
  return { ...valueAxis(color, title), size, space: 36 };
}

/** What is common to all plots: no interaction, since every figure stands in a table. */
const STILL = { legend: { show: false }, cursor: { show: false }, padding: [8, 20, 0, 4] } as const;

/** Names of rows, from top to bottom, left of the plot; and the height of a row that has room for them. */
function rowAxis(
  color: Palette,
  labels: readonly string[],
  widthPx: number,
): { axis: UPlot.Axis; axisPx: number; rowPx: number } {
  const widest = (texts: readonly string[]): number => Math.ceil(Math.max(0, ...texts.map(textWidthPx)));
  const roomPx = widthPx * LABEL_SHARE_MAX;
  const shown =
    widest(labels) + LABEL_GAP_PX > roomPx ? labels.map((label) => label.replaceAll(", ", ",\n")) : labels;
  const lines = shown.map((label) => label.split("\n"));
  const axisPx = Math.min(widest(lines.flat()) + LABEL_GAP_PX, roomPx);
  const linesMax = Math.max(...lines.map(({ length }) => length));
  return {
    axisPx,
    rowPx: Math.max(ROW_HEIGHT_PX_MIN, (linesMax + 1) * LABEL_LINE_PX),
    axis: {
      side: 3,
      stroke: color("text"),
      font: FONT,
      size: axisPx,
      gap: 6,
      grid: { show: false },
      ticks: { show: false },
      splits: labels.map((_, i) => i),
      values: () => shown.map((label) => cut(label, axisPx - LABEL_GAP_PX)),
    },
  };
}

/** Text that fits, each of its lines ended with an ellipsis where it must be cut. */
function cut(text: string, widthPx: number): string {
  const lines = text.split("\n").map((line) => {
    let characters = [...line];
    if (textWidthPx(line) <= widthPx + 1) return line;
    while (characters.length > 1 && textWidthPx(`${characters.join("")}…`) > widthPx) {
      characters = characters.slice(0, -1);
    }
    return `${characters.join("")}…`;
  });
  return lines.join("\n");
}

/** Rows lie along x, which stands upright from top to bottom; values lie along y, which lies flat. */
function rowScales(count: number, y: UPlot.Scale): UPlot.Scales {
  return {
    x: { time: false, ori: 1, dir: -1, range: [-0.5, count - 0.5] },
    y: { ori: 0, dir: 1, ...y },
  };
}

function barsOptions(spec: BarsPlot, color: Palette, widthPx: number): [UPlot.Options, UPlot.AlignedData] {
  const { labels, parts, totals } = spec;
  // The outermost part is drawn first, the others over it.
  const sums = parts.map((_, last) =>
    labels.map((_, row) => parts.slice(0, last + 1).reduce((sum, { values }) => sum + (values[row] ?? 0), 0)),
  );
  const most = Math.max(0, ...(sums.at(-1) ?? []));
  const roomPx = Math.max(0, ...totals.map(textWidthPx)) + 12;
  const { axis, axisPx, rowPx } = rowAxis(color, labels, widthPx);
  const plotPx = Math.max(80, widthPx - axisPx - 16);
  const bars = uPlot.paths.bars?.({ size: [0.62, 22] });
  const options: UPlot.Options = {
    ...STILL,
    padding: [...STILL.padding],
    width: widthPx,
    height: labels.length * rowPx + FOOT_HEIGHT_PX,
    scales: rowScales(labels.length, {
      range: () => [0, most > 0 ? (most * plotPx) / Math.max(40, plotPx - roomPx) : 1],
    }),
    axes: [axis, { ...valueAxis(color, spec.axis), side: 2 }],
    series: [
      {},
      ...parts.toReversed().map(
        (part): UPlot.Series => ({
          fill: color(part.color),
          stroke: color("edge"),
          width: 1,
          ...(bars === undefined ? {} : { paths: bars }),
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      draw: [
        (plot) => {
          drawRows(plot, labels, (context, row) => {
            const value = sums.at(-1)?.[row] ?? 0;
            context.fillStyle = color("text");
            context.textAlign = "left";
            context.textBaseline = "middle";
            context.fillText(
              totals[row] ?? "",
              plot.valToPos(value, "y", true) + 6 * ratio(),
              plot.valToPos(row, "x", true),
            );
          });
        },
      ],
    },
  };
  return [options, [labels.map((_, row) => row), ...sums.toReversed()] as UPlot.AlignedData];
}

function drawRows(
  plot: UPlot,
  labels: readonly string[],
  draw: (context: CanvasRenderingContext2D, row: number) => void,
): void {
  const context = plot.ctx;
  context.save();
  context.font = `${12 * ratio()}px ${FONT_FAMILY}`;
  for (let row = 0; row < labels.length; row++) draw(context, row);
  context.restore();
}

/** A shape of the size of a legend's, at canvas pixels. */
function drawShape(
  context: CanvasRenderingContext2D,
  shape: string,
  atX: number,
  atY: number,
  fill: string,
  stroke: string,
): void {
  context.save();
  context.translate(atX, atY);
  context.scale(ratio(), ratio());
  context.fillStyle = fill;
  context.strokeStyle = stroke;
  context.lineWidth = 1;
  const path = new Path2D(shape);
  context.fill(path);
  context.stroke(path);
  context.restore();
}

/** Whole decades would waste room, so the range ends at 1, 2 or 5 of one. */
function logRange(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [1, 10];
  const steps = [1, 2, 5, 10];
  const around = (value: number, up: boolean): number => {
    const decade = 10 ** Math.floor(Math.log10(value));
    const fitting = steps.map((step) => step * decade);
    const found = up
      ? fitting.find((step) => step >= value)
      : fitting.toReversed().find((step) => step <= value);
    return found ?? value;
  };
  const low = around(Math.min(...positive), false);
  const high = around(Math.max(...positive), true);
  return high > low ? [low, high] : [low, low * 10];
}

/** 1, 2 and 5 of each decade within a range; where that is too many for the width, decades only. */
function logSplits(low: number, high: number, widthPx: number): number[] {
  const decades = Math.log10(high / low);
  const steps = widthPx / (decades * 3) < LOG_SPLIT_PX_MIN ? [1] : [1, 2, 5];
  const splits: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    for (const step of steps) {
      // A division, where 10 to a negative power is no exact number.
      const split = exponent < 0 ? step / 10 ** -exponent : step * 10 ** exponent;
      if (split >= low * 0.999 && split <= high * 1.001) splits.push(split);
    }
  }
  return splits;
}

function marksOptions(spec: MarksPlot, color: Palette, widthPx: number): [UPlot.Options, UPlot.AlignedData] {
  const { labels, marks } = spec;
  const range = logRange(marks.flatMap(({ values }) => values));
  const { axis, axisPx, rowPx } = rowAxis(color, labels, widthPx);
  const splits = logSplits(range[0], range[1], widthPx - axisPx);
  const options: UPlot.Options = {
    ...STILL,
    padding: [...STILL.padding],
    width: widthPx,
    height: labels.length * rowPx + FOOT_HEIGHT_PX,
    scales: rowScales(labels.length, { distr: 3, range: () => range }),
    axes: [
      axis,
      { ...valueAxis(color, spec.axis), side: 2, splits: () => splits, filter: (_plot, all) => all },
    ],
    series: [{}, ...marks.map((): UPlot.Series => ({ paths: () => null, points: { show: false } }))],
    hooks: {
      draw: [
        (plot) => {
          drawRows(plot, labels, (context, row) => {
            const at = (value: number): number => plot.valToPos(value, "y", true);
            const shown = marks.filter(({ values }) => (values[row] ?? 0) > 0);
            const y = plot.valToPos(row, "x", true);
            const positions = shown.map(({ values }) => at(values[row] ?? 0));
            context.strokeStyle = color("muted");
            context.lineWidth = ratio();
            context.beginPath();
            context.moveTo(Math.min(...positions), y);
            context.lineTo(Math.max(...positions), y);
            context.stroke();
            for (const { values, shape, color: name } of shown.toReversed()) {
              drawShape(context, shape, at(values[row] ?? 0), y, color(name), color("edge"));
            }
          });
        },
      ],
    },
  };
  const values = marks.map((mark) => mark.values.map((value) => (value > 0 ? value : null)));
  return [options, [labels.map((_, row) => row), ...values] as UPlot.AlignedData];
}

function linesOptions(spec: LinesPlot, color: Palette, widthPx: number): [UPlot.Options, UPlot.AlignedData] {
  const lines = spec.lines.filter(({ measured, curve }) => measured.length + curve.length > 0);
  const points = lines.flatMap(({ measured, curve }) => [...measured, ...curve]).filter(([n]) => n > 0);
  const ns = [...new Set(points.map(([n]) => n))].sort((a, b) => a - b);
  const most = Math.max(0, ...points.map(([, x]) => x));
  const low = ns[0] ?? 1;
  const high = Math.max(ns.at(-1) ?? 2, low * 2);
  const measuredNs = [...new Set(lines.flatMap(({ measured }) => measured.map(([n]) => n)))].sort(
    (a, b) => a - b,
  );
  const drawn = lines.map(({ measured, curve }) => new Map(curve.length > 0 ? curve : measured));
  const options: UPlot.Options = {
    ...STILL,
    padding: [...STILL.padding],
    width: widthPx,
    height: GRAPH_HEIGHT_PX,
    scales: {
      x: { time: false, distr: 3, log: 2, range: () => [low * 0.9, high * 1.1] },
      y: { range: () => [0, most > 0 ? most * 1.08 : 1] },
    },
    axes: [
      {
        ...valueAxis(color, spec.xAxis),
        splits: () => (measuredNs.length > 0 ? measuredNs : [low, high]),
        filter: (_plot, all) => all,
      },
      uprightAxis(color, spec.axis, most),
    ],
    series: [
      {},
      ...lines.map(
        ({ color: name, curve }): UPlot.Series => ({
          stroke: color(name),
          width: curve.length > 0 ? 2 : 1,
          ...(curve.length > 0 ? {} : { dash: [4, 4] }),
          spanGaps: true,
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      draw: [
        (plot) => {
          for (const { measured, shape, color: name } of lines) {
            for (const [n, x] of measured) {
              const atX = plot.valToPos(n, "x", true);
              drawShape(plot.ctx, shape, atX, plot.valToPos(x, "y", true), color(name), color("edge"));
            }
          }
        },
      ],
    },
  };
  return [options, [ns, ...drawn.map((values) => ns.map((n) => values.get(n) ?? null))] as UPlot.AlignedData];
}

function timelineOptions(
  spec: TimelinePlot,
  color: Palette,
  widthPx: number,
): [UPlot.Options, UPlot.AlignedData] {
  const { seconds, accepted, retried } = spec;
  const first = seconds[0] ?? 0;
  const end = (seconds.at(-1) ?? 0) + 1;
  const most = Math.max(0, ...accepted, ...retried);
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const steps = stepped === undefined ? {} : { paths: stepped };
  const options: UPlot.Options = {
    ...STILL,
    // Above the plot stands what the mark means.
    padding: [26, 20, 0, 4],
    width: widthPx,
    height: GRAPH_HEIGHT_PX,
    scales: {
      x: { time: false, range: () => [first, end] },
      y: { range: () => [0, most > 0 ? most * 1.05 : 1] },
    },
    axes: [valueAxis(color, spec.xAxis), uprightAxis(color, spec.axis, most)],
    series: [
      {},
      { stroke: color("blue"), width: 2, fill: `${color("blue")}2e`, ...steps, points: { show: false } },
      {
        stroke: color("vermillion"),
        width: 2,
        fill: `${color("vermillion")}73`,
        ...steps,
        points: { show: false },
      },
    ],
    hooks: {
      draw: [
        (plot) => {
          const context = plot.ctx;
          const x = plot.valToPos(spec.markedSecond, "x", true);
          const { top, height, left, width } = plot.bbox;
          context.save();
          context.strokeStyle = color("text");
          context.lineWidth = 1.5 * ratio();
          context.setLineDash([5 * ratio(), 4 * ratio()]);
          context.beginPath();
          context.moveTo(x, top - 6 * ratio());
          context.lineTo(x, top + height);
          context.stroke();
          context.font = `600 ${12 * ratio()}px ${FONT_FAMILY}`;
          context.fillStyle = color("text");
          context.textBaseline = "bottom";
          context.textAlign = x > left + width * 0.75 ? "right" : x < left + width * 0.25 ? "left" : "center";
          context.fillText(spec.markedText, x, top - 8 * ratio());
          context.restore();
        },
      ],
    },
  };
  // The last second is drawn to its end.
  const closed = (values: readonly number[]): number[] => [...values, ...values.slice(-1)];
  const xs = seconds.length > 0 ? [...seconds, end] : [];
  return [options, [xs, closed(accepted), closed(retried)] as UPlot.AlignedData];
}

function optionsOf(spec: PlotSpec, color: Palette, widthPx: number): [UPlot.Options, UPlot.AlignedData] {
  switch (spec.kind) {
    case "bars":
      return barsOptions(spec, color, widthPx);
    case "marks":
      return marksOptions(spec, color, widthPx);
    case "lines":
      return linesOptions(spec, color, widthPx);
    case "timeline":
      return timelineOptions(spec, color, widthPx);
  }
}

const embedded = document.getElementById("capacity-data")?.textContent ?? "{}";
const { plots } = JSON.parse(embedded) as { readonly plots: readonly PlotSpec[] };
const drawn = new Map<string, UPlot>();

function drawAll(): void {
  const color = paletteNow();
  const isPaper = document.documentElement.dataset.paper !== undefined;
  for (const spec of plots) {
    const place = document.getElementById(spec.id);
    if (place === null || place.clientWidth === 0) continue;
    drawn.get(spec.id)?.destroy();
    const width = isPaper ? Math.min(place.clientWidth, PAPER_WIDTH_PX) : place.clientWidth;
    const [options, data] = optionsOf(spec, color, width);
    drawn.set(spec.id, new uPlot(options, data, place));
  }
}

let widthPx = document.body.clientWidth;
drawAll();
new ResizeObserver(() => {
  if (document.body.clientWidth === widthPx) return;
  widthPx = document.body.clientWidth;
  drawAll();
}).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

// Paper is white, whatever the screen is.
addEventListener("beforeprint", () => {
  document.documentElement.dataset.paper = "";
  drawAll();
});
addEventListener("afterprint", () => {
  delete document.documentElement.dataset.paper;
  drawAll();
});
