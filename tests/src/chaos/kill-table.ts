import type { Round } from "./chaos-run.js";
import { KINDS } from "./kills.js";

const TITLES = [
  "killed",
  "rounds",
  "served again, ms: min",
  "median",
  "max",
  "whole again, ms: median",
  "max",
  "longest wait, ms",
  "answered",
  "sent again",
];

/** What was killed how often, and what came of it, as a table of Markdown. */
export function killTable(rounds: readonly Round[]): string {
  const rows = KINDS.flatMap((kind) => {
    const own = rounds.filter((round) => round.kill.kind === kind);
    return own.length === 0 ? [] : [[kind, ...figures(own)]];
  });
  const table = [TITLES, ...rows, ["all", ...figures(rounds)]];
  const widths = TITLES.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map(
    (row) => `| ${row.map((cell, column) => pad(cell, widths[column]!, column)).join(" | ")} |`,
  );
  lines.splice(1, 0, `|${widths.map((width, column) => rule(width, column)).join("|")}|`);
  return lines.join("\n");
}

function figures(rounds: readonly Round[]): string[] {
  const served = sorted(rounds.map(({ servedAfterMs }) => servedAfterMs));
  const whole = sorted(rounds.map(({ wholeAfterMs }) => wholeAfterMs));
  return [
    rounds.length,
    served[0]!,
    median(served),
    served.at(-1)!,
    median(whole),
    whole.at(-1)!,
    Math.max(...rounds.map(({ longestWaitMs }) => longestWaitMs)),
    rounds.reduce((sum, { answered }) => sum + answered, 0),
    rounds.reduce((sum, { repeats }) => sum + repeats, 0),
  ].map((value) => Math.round(value).toLocaleString("en-US"));
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]): number => values[Math.floor(values.length / 2)]!;
const pad = (text: string, width: number, column: number): string =>
  column === 0 ? text.padEnd(width) : text.padStart(width);
const rule = (width: number, column: number): string =>
  column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`;
