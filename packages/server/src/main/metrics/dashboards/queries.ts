import type { Query } from "./panel.js";

/** Grafana's own interval: at least four scrapes. */
const INTERVAL = "[$__rate_interval]";

/** How fast a counter grows a second, summed over all labels but some. */
export function rate(counter: string, by: readonly string[] = ["instance"]): string {
  return `sum by (${by.join(", ")}) (rate(${counter}${INTERVAL}))`;
}

/** How fast a counter grows a second, as a line for each value of some labels. */
export function rateOf(counter: string, legend = "{{instance}}", by?: readonly string[]): Query {
  return { expr: rate(counter, by), legend };
}

export interface PercentileOptions {
  /** Labels to select by, in braces. */
  readonly selector?: string;
  readonly by?: readonly string[];
  readonly percents?: readonly number[];
}

/** Percentiles of a histogram. */
export function percentiles(histogram: string, options: PercentileOptions = {}): Query[] {
  const { selector = "", by = ["instance"], percents = [50, 90, 99] } = options;
  const series = `${histogram}_bucket${selector}${INTERVAL}`;
  return percents.map((percent) => ({
    expr: `histogram_quantile(${percent / 100}, sum by (${["le", ...by].join(", ")}) (rate(${series})))`,
    legend: `p${percent} ${by.map((label) => `{{${label}}}`).join(" ")}`,
  }));
}
