import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { CapacityResult } from "../capacity-result.js";
import { counted, figure } from "../figures.js";
import {
  connectionsHeadline,
  cpuHeadline,
  failoverHeadline,
  latencyHeadline,
  throughputHeadline,
} from "./headlines.js";
import { htmlTable } from "./html-table.js";
import { escapeHtml, scriptJson } from "./html-text.js";
import { PAGE_STYLE } from "./page-style.js";
import type { PlotSpec } from "./plot-spec.js";
import { connectionsPlot, cpuPlot, failoverPlot, latencyPlot, legendOf, throughputPlot } from "./plots.js";
import type { ReportSection, ReportTable } from "./report-table.js";
import {
  connectionsTable,
  cpuTable,
  everyLoadTable,
  failoverTable,
  latencyTable,
  layoutsTable,
  operationsTable,
  throughputTable,
} from "./result-tables.js";
import type { ScalingCurve } from "./scaling-curve.js";

/** A part of the page: what is seen, the plot of it, and the same figures as a table. */
interface Part {
  readonly id: string;
  /** In the list of contents. */
  readonly short: string;
  readonly title: string;
  readonly about: string;
  readonly plot?: PlotSpec;
  readonly table: ReportTable;
  readonly caption: string;
  /** Its table is narrow enough to stand beside the plot. */
  readonly isNarrow?: boolean;
}

/**
 * A run as one page that needs nothing but itself: scripts, style and data are inside, and its policy lets a browser
 * neither load anything else nor run any other script. `curves` are drawn through the throughput over connections.
 */
export function htmlReport(
  result: CapacityResult,
  analysis: readonly ReportSection[],
  curves: readonly ScalingCurve[] = [],
): string {
  const parts = partsOf(result, curves);
  const sections = analysis.map((section, i) => ({ ...section, id: `analysis-${i + 1}` }));
  const plots = parts.flatMap(({ plot }) => (plot === undefined ? [] : [plot]));
  const style = `${readPackageFile("dist/uPlot.min.css")}${PAGE_STYLE}`;
  const library = `/*! ${readPackageFile("LICENSE").replaceAll("*/", "* /")} */\n${readPackageFile("dist/uPlot.iife.min.js")}`;
  const drawing = readFileSync(new URL("./page/draw-plots.js", import.meta.url), "utf8").replace(
    /^\/\/# sourceMappingURL=.*$/m,
    "",
  );
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(library)} ${hashOf(drawing)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`Capacity on ${result.machine}`)}</title>
<style>${style}</style>
</head>
<body>
${headerOf(result, [...parts, ...sections.map(({ id, title }) => ({ id, short: title }))])}
<main>
${parts.map(partHtml).join("\n")}
${sections.map(sectionHtml).join("\n")}
</main>
<footer><p>Percentiles are of all answers, from the moment an order was sent or, where a rate was offered, was due. CPU is that of every process of a tier while the load lasted, divided by the orders accepted. The figures of the run are embedded in this file as JSON, in the element <code>capacity-data</code>.</p></footer>
<script type="application/json" id="capacity-data">${scriptJson({ result, plots })}</script>
<script>${library}</script>
<script type="module">${drawing}</script>
</body>
</html>
`;
}

function partsOf(result: CapacityResult, curves: readonly ScalingCurve[]): Part[] {
  const best = "Each configuration at the number of connections with which it took most orders.";
  const failovers = result.failovers.map(
    (failover, i): Part => ({
      id: `failover-${i + 1}`,
      short: `Failover: ${failover.killed} of “${failover.layoutName}”`,
      title: failoverHeadline(failover),
      about: "Each second of the run; the dashed line is the moment of the kill.",
      plot: failoverPlot(failover, i + 1),
      table: failoverTable(failover),
      caption: `Orders accepted and requests sent again, by second, in “${failover.layoutName}”`,
      isNarrow: true,
    }),
  );
  return [
    {
      id: "throughput",
      short: "Throughput",
      title: throughputHeadline(result),
      about: best,
      plot: throughputPlot(result),
      table: throughputTable(result),
      caption: "Orders accepted a second, at best",
    },
    {
      id: "latency",
      short: "Latency",
      title: latencyHeadline(result),
      about: `${best} Further left is faster.`,
      plot: latencyPlot(result),
      table: latencyTable(result),
      caption: "Time to the answer in ms, of all orders",
    },
    {
      id: "cpu",
      short: "CPU",
      title: cpuHeadline(result),
      about: `${best} The load generator is not in the bars.`,
      plot: cpuPlot(result),
      table: cpuTable(result),
      caption: "CPU of an accepted order by tier, in µs",
    },
    {
      id: "operations",
      short: "Batches and servers",
      title: "What batches, databases and event loops did",
      about: `${best} Commit times are medians since the engines started; a loop's lateness is that of the role's worst process.`,
      table: operationsTable(result),
      caption: "Batches, commits, database and Redis operations, and event loops",
    },
    {
      id: "connections",
      short: "Connections",
      title: connectionsHeadline(result),
      about:
        curves.length > 0
          ? "Marks were measured; curves are fitted to them."
          : "Marks were measured; dashed lines only join them.",
      plot: connectionsPlot(result, curves),
      table: connectionsTable(result),
      caption: "Orders accepted a second, by connections",
    },
    ...failovers,
    {
      id: "loads",
      short: "Every load",
      title: `${counted(everyLoadTable(result).rows.length, "load")} on ${counted(result.layouts.length, "configuration")}`,
      about: "What was measured, in the order of the run.",
      table: everyLoadTable(result),
      caption: "Every load",
    },
    {
      id: "layouts",
      short: "Configurations",
      title: "What each configuration consists of",
      about:
        "“classic” takes a transaction, a queue push and a unary call for every order, behind the same edge.",
      table: layoutsTable(result),
      caption: "Processes of each configuration",
    },
  ];
}

function headerOf(result: CapacityResult, contents: readonly Pick<Part, "id" | "short">[]): string {
  const facts: readonly (readonly [string, string])[] = [
    ["Machine", escapeHtml(result.machine)],
    ["Cores", figure(result.cores)],
    [
      "Started",
      `<time datetime="${escapeHtml(result.startedAt)}">${escapeHtml(dateText(result.startedAt))}</time>`,
    ],
    ["Each load", `${figure(result.secondsPerPoint)} s after ${figure(result.warmUpSeconds)} s to warm up`],
    ["Seed", escapeHtml(String(result.seed))],
  ];
  return `<header>
<h1>${escapeHtml(`Capacity of ${counted(result.layouts.length, "configuration")} on ${counted(result.cores, "core")}`)}</h1>
<dl>${facts.map(([name, html]) => `<div><dt>${name}</dt><dd>${html}</dd></div>`).join("")}</dl>
<nav aria-label="Contents"><ul>${contents
    .map(({ id, short }) => `<li><a href="#${id}">${escapeHtml(short)}</a></li>`)
    .join("")}</ul></nav>
<noscript><p>The plots need JavaScript; every figure also stands in a table.</p></noscript>
</header>`;
}

function partHtml({ id, title, about, plot, table, caption, isNarrow = false }: Part): string {
  const figureHtml = plot === undefined ? "" : plotHtml(plot, title);
  return `<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${escapeHtml(title)}</h2>
<p class="about">${escapeHtml(about)}</p>
<div class="pair${isNarrow ? " narrow" : ""}">${figureHtml}
${htmlTable(table, { caption, scroll: plot !== undefined })}</div>
</section>`;
}

function plotHtml(plot: PlotSpec, title: string): string {
  const legend = legendOf(plot).map(
    ({ name, color, shape }) =>
      `<li><svg class="${color}" viewBox="-7 -7 14 14" aria-hidden="true"><path d="${shape}"/></svg>${escapeHtml(name)}</li>`,
  );
  return `<figure><ul class="legend">${legend.join("")}</ul>
<div class="plot" id="${plot.id}" role="img" aria-label="${escapeHtml(`Plot: ${title}. The table that follows holds its figures.`)}"></div></figure>`;
}

function sectionHtml({ id, title, paragraphs, rows }: ReportSection & { readonly id: string }): string {
  const table = rows === undefined ? "" : htmlTable(rows, { caption: title });
  return `<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${escapeHtml(title)}</h2>
${paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join("\n")}
${table}</section>`;
}

/** E.g. `14 March 2026, 09:26 UTC`; the text itself when it is no date. */
function dateText(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = date.toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

function readPackageFile(name: string): string {
  const main = createRequire(import.meta.url).resolve("uplot");
  // A browser hashes what its parser has read, which turns CR LF into LF.
  return readFileSync(join(dirname(main), "..", name), "utf8").replaceAll("\r\n", "\n");
}

/** Names a style or script for the page's policy. */
function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
