/** What the page draws: plain data, embedded into it as JSON. */

/** Colours of the Okabe-Ito palette, and two greys for what is only there to compare with. */
export type PlotColor =
  | "blue"
  | "vermillion"
  | "green"
  | "purple"
  | "orange"
  | "sky"
  | "yellow"
  | "grey"
  | "pale";

interface PlotBase {
  /** Of the element it is drawn into. */
  readonly id: string;
  /** Title of the axis of values, with its unit. */
  readonly axis: string;
}

/** One lying bar for each label, in parts that are stacked. */
export interface BarsPlot extends PlotBase {
  readonly kind: "bars";
  readonly labels: readonly string[];
  readonly parts: readonly {
    readonly name: string;
    readonly color: PlotColor;
    /** One for each label. */
    readonly values: readonly number[];
  }[];
  /** Written at the end of each bar. */
  readonly totals: readonly string[];
}

/** A row of marks for each label, along a logarithmic axis. */
export interface MarksPlot extends PlotBase {
  readonly kind: "marks";
  readonly labels: readonly string[];
  readonly marks: readonly {
    readonly name: string;
    readonly color: PlotColor;
    /** An SVG path around 0, 0. */
    readonly shape: string;
    readonly values: readonly number[];
  }[];
}

/** Lines over a number on a logarithmic axis. */
export interface LinesPlot extends PlotBase {
  readonly kind: "lines";
  readonly xAxis: string;
  readonly lines: readonly {
    readonly name: string;
    readonly color: PlotColor;
    readonly shape: string;
    readonly measured: readonly (readonly [n: number, x: number])[];
    /** Drawn instead of lines between what was measured; empty when there is none. */
    readonly curve: readonly (readonly [n: number, x: number])[];
  }[];
}

/** Figures of each second, with one moment marked. */
export interface TimelinePlot extends PlotBase {
  readonly kind: "timeline";
  readonly xAxis: string;
  readonly seconds: readonly number[];
  readonly accepted: readonly number[];
  readonly retried: readonly number[];
  readonly markedSecond: number;
  readonly markedText: string;
}

export type PlotSpec = BarsPlot | MarksPlot | LinesPlot | TimelinePlot;

/** An entry of a plot's legend, drawn as the plot draws it. */
export interface LegendEntry {
  readonly name: string;
  readonly color: PlotColor;
  readonly shape: string;
}
