import { escapeHtml } from "./html-text.js";
import type { ReportTable } from "./report-table.js";

/** Rows from which a table scrolls by itself, so that it does not tower over its plot. */
const LONG_ROWS_MIN = 16;

export interface HtmlTableOptions {
  /** Says what the table holds; plain text. */
  readonly caption: string;
  /** Long tables are cut off and scroll; default false. */
  readonly scroll?: boolean;
}

/** A table whose first cell of each row is the row's heading. */
export function htmlTable(
  { columns, rows }: ReportTable,
  { caption, scroll = false }: HtmlTableOptions,
): string {
  const classOf = (i: number): string => (columns[i]?.align === "right" ? ' class="figure"' : "");
  const head = columns.map(({ title }, i) => `<th scope="col"${classOf(i)}>${escapeHtml(title)}</th>`);
  const body = rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0
        ? `<th scope="row"${classOf(i)}>${escapeHtml(cell)}</th>`
        : `<td${classOf(i)}>${escapeHtml(cell)}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  const long = scroll && rows.length >= LONG_ROWS_MIN ? " long" : "";
  // What scrolls must be reached with the keyboard, and so needs a name.
  return `<div class="scroll${long}" role="region" tabindex="0" aria-label="${escapeHtml(caption)}">
<table><caption>${escapeHtml(caption)}</caption>
<thead><tr>${head.join("")}</tr></thead>
<tbody>
${body.join("\n")}
</tbody></table></div>`;
}
