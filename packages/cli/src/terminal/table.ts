import Table from "cli-table3";
import { styleOf } from "./style.js";

/** A column's title; numbers are written right-aligned under it. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Text of a table with aligned columns, without borders but for a rule under the titles. */
export function tableOf(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const style = styleOf(process.stdout);
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  };
  const table = new Table({
    chars: none,
    colAligns: columns.map((column) => column.align ?? "left"),
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
  });
  table.push(columns.map((column) => style.bold(column.title)));
  for (const row of rows) table.push([...row]);
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return lines.join("\n");
}

/** A whole number with thousands separated, e.g. `1,234,567`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
