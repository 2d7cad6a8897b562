import { readFile } from "node:fs/promises";
import type { CapacityResult, Comparison } from "@buttonwood/bench";
import type { Command } from "commander";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { grouped, tableOf } from "../terminal/table.js";

/** `buttonwood bench compare`. */
export function addBenchCompare(bench: Command): void {
  bench
    .command("compare")
    .summary("two capacity runs: what changed beyond noise")
    .description(
      "Pairs the loads of two runs that `bench deploy --out` has kept, and says which differ by more than measuring " +
        "them twice would.",
    )
    .argument("<BEFORE>", "a run's JSON")
    .argument("<AFTER>", "another run's JSON")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExamples:\n  buttonwood bench compare monday.json today.json\n")
    .action(runBenchCompare);
}

async function runBenchCompare(before: string, after: string, options: OutputOptions): Promise<void> {
  const { CAPACITY_FORMAT, compareRuns } = await import("@buttonwood/bench");
  const [first, second] = await Promise.all([
    readRun(before, CAPACITY_FORMAT),
    readRun(after, CAPACITY_FORMAT),
  ]);
  const comparison = compareRuns(first, second);
  printResult(options, comparison, () => textOf(comparison));
}

async function readRun(file: string, format: string): Promise<CapacityResult> {
  let run: { format?: unknown };
  try {
    run = JSON.parse(await readFile(file, "utf8")) as { format?: unknown };
  } catch (error) {
    throw new CommandFailure(
      `${file} can't be read: ${(error as Error).message}`,
      "Nothing was compared.",
      "Name two files that `buttonwood bench deploy --out FILE` has written.",
      ExitCode.USAGE,
    );
  }
  if (run?.format !== format) {
    throw new CommandFailure(
      `${file} is no run of \`bench deploy\` that this version reads: it says "${String(run?.format)}" and not "${format}".`,
      "Nothing was compared.",
      "Measure again with `buttonwood bench deploy --out FILE`.",
      ExitCode.USAGE,
    );
  }
  return run as CapacityResult;
}

function textOf({ rows, noise, cautions, onlyBefore, onlyAfter }: Comparison): string {
  const right = { align: "right" as const };
  const changed = rows.filter(({ beyondNoise }) => beyondNoise).length;
  return [
    tableOf(
      [
        { title: "layout" },
        ...["connections", "before/s", "after/s", "ratio"].map((title) => ({ title, ...right })),
        { title: "" },
      ],
      rows.map(({ layout, connections, before, after, ratio, beyondNoise }) => [
        layout,
        String(connections),
        grouped(before),
        grouped(after),
        ratio.toFixed(3),
        beyondNoise ? (ratio > 1 ? "faster" : "slower") : "within noise",
      ]),
    ),
    "",
    `${changed} of ${rows.length} loads changed beyond noise, which is ` +
      `${noise.kind === "assumed" ? "assumed to be" : "measured as"} ${(noise.share * 100).toFixed(1)} %.`,
    ...cautions.map((caution) => `Caution: ${caution}`),
    ...(onlyBefore.length > 0 ? [`Only in the first run: ${onlyBefore.join("; ")}.`] : []),
    ...(onlyAfter.length > 0 ? [`Only in the second run: ${onlyAfter.join("; ")}.`] : []),
  ].join("\n");
}
