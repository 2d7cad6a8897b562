/** The part of Grafana's dashboard model that our dashboards use. */

/** Grafana's names of units. */
export const Unit = {
  PER_SECOND: "ops",
  REQUESTS_PER_SECOND: "reqps",
  SECONDS: "s",
  BYTES: "bytes",
  BYTES_PER_SECOND: "Bps",
  RATIO: "percentunit",
  CORES: "none",
  COUNT: "short",
} as const;
export type Unit = (typeof Unit)[keyof typeof Unit];

export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** Name of the line, with labels in double braces. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What it shows, and what to look for. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** One number with a background that tells whether it is well, instead of lines. */
  readonly stat?: { readonly redFrom: number };
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** Its file's name, and its address in Grafana. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

/** Grafana's grid. */
const COLUMNS = 24;
const LINES = { width: 8, height: 8 };
const STAT = { width: 4, height: 4 };

/** The data source is chosen in the dashboard. */
const DATA_SOURCE = { type: "prometheus", uid: "$source" };

/** A dashboard as Grafana reads it. */
export function dashboardJson({ uid, title, description, rows }: Dashboard): string {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push(panelBase("row", row.title, { x: 0, y: y++, w: COLUMNS, h: 1 }, panels.length));
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      const size = panel.stat === undefined ? LINES : STAT;
      if (x + size.width > COLUMNS) {
        x = 0;
        y += height;
        height = 0;
      }
      panels.push(panelJson(panel, { x, y, w: size.width, h: size.height }, panels.length));
      x += size.width;
      height = Math.max(height, size.height);
    }
    y += height;
  }
  const dashboard = {
    uid,
    title,
    description,
    tags: ["buttonwood"],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: "15s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [{ name: "source", label: "Data source", type: "datasource", query: "prometheus" }],
    },
    panels,
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function panelBase(type: string, title: string, gridPos: Place, index: number): object {
  return { id: index + 1, type, title, gridPos };
}

function panelJson(panel: Panel, gridPos: Place, index: number): object {
  const { title, description, unit, queries, stat } = panel;
  const green = { color: "green", value: null };
  const steps = stat === undefined ? [green] : [green, { color: "red", value: stat.redFrom }];
  return {
    ...panelBase(stat === undefined ? "timeseries" : "stat", title, gridPos, index),
    description,
    datasource: DATA_SOURCE,
    fieldConfig: {
      defaults: { unit, min: 0, thresholds: { mode: "absolute", steps } },
      overrides: [],
    },
    options:
      stat === undefined
        ? { tooltip: { mode: "multi" }, legend: { displayMode: "list", placement: "bottom" } }
        : { colorMode: "background", reduceOptions: { calcs: ["lastNotNull"] } },
    targets: queries.map(({ expr, legend }, query) => ({
      refId: String.fromCharCode(65 + query),
      datasource: DATA_SOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}
