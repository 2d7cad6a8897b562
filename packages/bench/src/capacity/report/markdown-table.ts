import type { CapacityResult } from "../capacity-result.js";
import type { ReportTable } from "./report-table.js";
import { cpuTable, failoversTable, operationsTable, summaryTable } from "./result-tables.js";

/** Width of the shortest rule that every Markdown reader takes for one. */
const RULE_WIDTH_MIN = 3;

/** What would end a cell, or begin an escape or markup, is taken literally. */
function cellText(text: string): string {
  return text
    .replace(/[\\|<]/g, "\\$&")
    .replace(/\s+/g, " ")
    .trim();
}

const widthOf = (text: string): number => [...text].length;

/** A table in GitHub's Markdown, its columns aligned in the source too; ends without a line break. */
export function markdownTable({ columns, rows }: ReportTable): string {
  const lines = [columns.map(({ title }) => title), ...rows].map((row) => row.map(cellText));
  const widths = columns.map((_, i) =>
    Math.max(RULE_WIDTH_MIN, ...lines.map((cells) => widthOf(cells[i] ?? ""))),
  );
  const lineOf = (cells: readonly string[]): string => {
    const padded = columns.map(({ align }, i) => {
      const cell = cells[i] ?? "";
      const space = " ".repeat(widths[i]! - widthOf(cell));
      return align === "right" ? space + cell : cell + space;
    });
    return `| ${padded.join(" | ")} |`;
  };
  const rules = columns.map(({ align }, i) =>
    align === "right" ? `${"-".repeat(widths[i]! - 1)}:` : "-".repeat(widths[i]!),
  );
  const [titles, ...body] = lines;
  return [titles!, rules, ...body].map(lineOf).join("\n");
}

/**
 * A run as tables: what each layout took and how fast, what an order cost, what batches and servers did, and what kills
 * did. Ends with a line break.
 */
export function markdownReport(result: CapacityResult): string {
  const tables = [summaryTable(result), cpuTable(result), operationsTable(result), failoversTable(result)];
  return `${tables
    .filter(({ rows }) => rows.length > 0)
    .map(markdownTable)
    .join("\n\n")}\n`;
}
