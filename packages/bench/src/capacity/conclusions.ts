/** What an analysis says of a run, as sections and curves of its report. */
import {
  analyseUtilisation,
  checkModel,
  fitScalability,
  recommend,
  type ScalabilityFit,
} from "./analysis/index.js";
import type { CapacityResult, LayoutResult } from "./capacity-result.js";
import { figure, measureText } from "./figures.js";
import type { ReportSection, ScalingCurve } from "./report/index.js";

export interface Conclusions {
  readonly sections: readonly ReportSection[];
  readonly curves: readonly ScalingCurve[];
}

/** Points of a drawn curve: dense enough to look smooth. */
const CURVE_POINTS = 40;

export function conclusionsOf(result: CapacityResult): Conclusions {
  const { layouts } = result;
  const fits = layouts.map((layout) => ({ layout, fit: fitScalability(closedPoints(layout)) }));
  return {
    sections: [recommendation(result), limits(result), scalability(fits), modelCheck(layouts)],
    curves: fits.flatMap(({ layout, fit }) => (fit.kind === "fit" ? [curveOf(layout, fit)] : [])),
  };
}

function closedPoints({ points }: LayoutResult) {
  return points
    .filter(({ ratePerSecond, load }) => ratePerSecond === undefined && load.ordersPerSecond > 0)
    .map(({ connections, load }) => ({ n: connections, ordersPerSecond: load.ordersPerSecond }));
}

function recommendation({ layouts, cores }: CapacityResult): ReportSection {
  const best = recommend(layouts, cores);
  return best === undefined
    ? { title: "No layout can be recommended", paragraphs: ["No load of any layout was taken without loss."] }
    : { title: `Recommended on this machine: ${best.layoutName}`, paragraphs: [best.reason] };
}

/** What limits each layout, and what one more of something would add at most. */
function limits({ layouts, cores }: CapacityResult): ReportSection {
  const rows = layouts.flatMap((layout) => {
    const use = analyseUtilisation(layout, cores);
    if (use === undefined) return [];
    const { best, limits: found, bounds, demands } = use;
    const total = demands.reduce((sum, { cpuUsPerOrder }) => sum + cpuUsPerOrder, 0);
    return [
      [
        layout.name,
        figure(best.load.ordersPerSecond),
        found.map(({ explanation }) => explanation).join(" "),
        figure(total),
        demands[0] === undefined ? "–" : `${demands[0].tier}: ${figure(demands[0].cpuUsPerOrder)}`,
        bounds === undefined ? "–" : figure(bounds.boundPerSecond),
        bounds === undefined ? "–" : figure(bounds.machineBoundWithoutGeneratorPerSecond),
        bounds === undefined ? "–" : figure(bounds.oneMoreCore.risesBy),
      ],
    ];
  });
  const right = { align: "right" as const };
  return {
    title: "What limits each layout, and what would raise it",
    paragraphs: [
      "Bounds follow from the CPU that an order took at the layout's best load (utilisation law: Denning and Buzen " +
        "1978; Lazowska et al. 1984, chapter 5). They are what no layout of these processes exceeds, not a promise.",
    ],
    rows: {
      columns: [
        { title: "layout" },
        { title: "orders/s", ...right },
        { title: "limit" },
        { title: "CPU µs an order", ...right },
        { title: "most of it", ...right },
        { title: "bound/s", ...right },
        { title: "bound/s with the load from elsewhere", ...right },
        { title: "one more core adds at most", ...right },
      ],
      rows,
    },
  };
}

interface Fitted {
  readonly layout: LayoutResult;
  readonly fit: ReturnType<typeof fitScalability>;
}

function scalability(fits: readonly Fitted[]): ReportSection {
  const right = { align: "right" as const };
  return {
    title: "Throughput over connections, by the universal scalability law",
    paragraphs: [
      "X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), with 95 % intervals (Gunther, 2007). σ is what orders wait for each " +
        "other, κ what processes pay to agree. A fit is refused where the points do not allow one.",
    ],
    rows: {
      columns: [
        { title: "layout" },
        ...["λ, orders/s", "σ", "κ", "r²", "peak at connections"].map((title) => ({ title, ...right })),
      ],
      rows: fits.map(({ layout, fit }) =>
        fit.kind === "refused"
          ? [layout.name, `refused: ${fit.message}`, "–", "–", "–", "–"]
          : [
              layout.name,
              ...[fit.lambda, fit.sigma, fit.kappa].map(
                ({ value, low, high }) =>
                  `${measureText(value)} (${measureText(low)} to ${measureText(high)})`,
              ),
              fit.r2.toFixed(3),
              fit.peakEstablished && fit.peakN !== undefined
                ? figure(fit.peakN)
                : "not shown by these points",
            ],
      ),
    },
  };
}

function modelCheck(layouts: readonly LayoutResult[]): ReportSection {
  const { rows, meanErrorPercent, maxErrorPercent } = checkModel(layouts);
  const right = { align: "right" as const };
  return {
    title:
      meanErrorPercent === undefined
        ? "The model could not be checked"
        : `The model misses a load that it was not shown by ${meanErrorPercent.toFixed(1)} % on average`,
    paragraphs: [
      meanErrorPercent === undefined
        ? "Leaving one load of a layout out must leave four: measure at five numbers of connections or more."
        : `Each load was left out in turn and predicted from the others; the largest error of one that lay between others was ${maxErrorPercent!.toFixed(1)} %.`,
    ],
    rows: {
      columns: [
        { title: "layout" },
        ...["connections", "predicted/s", "measured/s", "error %"].map((title) => ({ title, ...right })),
      ],
      rows: rows.map((row) =>
        row.kind === "predicted"
          ? [
              row.layout,
              figure(row.n),
              figure(row.predicted),
              figure(row.measured),
              row.errorPercent.toFixed(1),
            ]
          : [row.layout, figure(row.n), "refused", figure(row.measured), "–"],
      ),
    },
  };
}

function curveOf({ name, points }: LayoutResult, fit: ScalabilityFit): ScalingCurve {
  const most = Math.max(...points.map(({ connections }) => connections));
  return {
    layoutName: name,
    points: Array.from({ length: CURVE_POINTS }, (_, index): readonly [number, number] => {
      const n = 1 + (index * (most - 1)) / (CURVE_POINTS - 1);
      return [n, fit.predict(n)];
    }),
  };
}
