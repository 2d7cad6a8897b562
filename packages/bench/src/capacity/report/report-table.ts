/** A heading's column; figures stand right-aligned under it. */
export interface ReportColumn {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Plain text in rows and columns, to be written as Markdown or HTML. A row's first cell names it. */
export interface ReportTable {
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly (readonly string[])[];
}

/** A part of what was concluded from a run: plain text, shown in this order. */
export interface ReportSection {
  /** A sentence that says what is seen. */
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly rows?: ReportTable | undefined;
}
