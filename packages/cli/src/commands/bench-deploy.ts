import { writeFile } from "node:fs/promises";
import type { CapacityResult, Layout } from "@buttonwood/bench";
import type { Command } from "commander";
import { deploy } from "../bench-deployments.js";
import { capacityText } from "../capacity-text.js";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { oneOf, wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult, tell } from "../terminal/output.js";
import { startProgress } from "../terminal/progress.js";
import { provideServers } from "./cluster/provide-servers.js";

interface BenchDeployOptions extends OutputOptions {
  readonly only?: readonly string[];
  readonly connections?: readonly number[];
  readonly rate?: readonly number[];
  readonly seconds: number;
  readonly warmUp: number;
  readonly warmUpMax: number;
  readonly seed: number;
  readonly pipeline?: "buttonwood" | "classic";
  readonly out?: string;
  readonly report?: string;
  readonly markdown?: string;
  readonly folder?: string;
  readonly failover: boolean;
  readonly install?: boolean;
}

/** Five: the scalability law needs four, and its check leaves one out. */
const CONNECTIONS_DEFAULT = [4, 16, 64, 128, 256];

/** `buttonwood bench deploy`. */
export function addBenchDeploy(bench: Command): void {
  bench
    .command("deploy")
    .summary("whole clusters of every size, and what limits them")
    .description(
      "Brings up one cluster after the other on this machine (1, 4 and 8 backends; 1 and 3 partitions and shards; " +
        "1 and 6 Redis nodes; with standbys; without nginx), sends signed orders over 4 to 256 connections, " +
        "and records throughput, latency, and what every tier of processes took. The load generator runs on the same " +
        "machine and is counted as a tier of its own.",
    )
    .option(
      "--only <TEXT>",
      "layouts whose name holds this, e.g. '4 × 4'; give it again for more",
      (text: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), text],
    )
    .option(
      "--connections <N>",
      "keep-alive connections; give it again for another load (default: 4, 16, 64, 128, 256)",
      (text: string, earlier: readonly number[] | undefined) => [
        ...(earlier ?? []),
        wholeNumber(1, 10_000)(text),
      ],
    )
    .option(
      "--rate <N>",
      "then also offer so many orders a second (open loop) over the most connections; give it again for another rate",
      (text: string, earlier: readonly number[] | undefined) => [
        ...(earlier ?? []),
        wholeNumber(1, 1_000_000)(text),
      ],
    )
    .option("--seconds <N>", "timed part of each load", wholeNumber(2, 3600), 10)
    .option("--warm-up <N>", "untimed seconds before each load", wholeNumber(0, 600), 3)
    .option(
      "--warm-up-max <N>",
      "a layout's first load is warmed up until it becomes no faster, for up to so many seconds",
      wholeNumber(0, 3600),
      60,
    )
    .option("--seed <N>", "the same seed sends the same orders", wholeNumber(0, 2 ** 32 - 1), 1)
    .option(
      "--pipeline <NAME>",
      "buttonwood, or classic: a transaction, a queue push and a unary call for every order, as the yardstick (both)",
      oneOf("buttonwood", "classic"),
    )
    .option("--report <FILE>", "where a page with plots and the analysis goes, as HTML")
    .option("--markdown <FILE>", "where the tables go, as Markdown")
    .option("--out <FILE>", "where the run is kept as JSON, to compare with another one")
    .option("--folder <DIR>", "where the clusters' data goes: the disk that is measured")
    .option("--no-failover", "do not kill a backend and an engine in mid-run")
    .option("--install", "install missing servers with apt-get, as root")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood bench deploy                                    every layout\n" +
        "  buttonwood bench deploy --only '4 × 4' --only '8 × 4'      two layouts\n" +
        "  buttonwood bench deploy --seconds 60 --out today.json      calmer figures, kept\n" +
        "  buttonwood bench deploy --report capacity.html             with plots and what limits what\n",
    )
    .action(runBenchDeploy);
}

async function runBenchDeploy(options: BenchDeployOptions): Promise<void> {
  const bench = await import("@buttonwood/bench");
  const { FAILOVERS, LAYOUTS, layoutName, runCapacity } = bench;
  const { missingPackages } = await import("@buttonwood/server");
  const { only } = options;
  const isAsked = (layout: Layout): boolean =>
    (options.pipeline === undefined || layout.pipeline === options.pipeline) &&
    (only === undefined || only.some((text) => layoutName(layout).includes(text)));
  const layouts = LAYOUTS.filter(isAsked);
  const failovers = options.failover === false ? [] : FAILOVERS.filter(({ layout }) => isAsked(layout));
  if (layouts.length === 0) {
    throw new CommandFailure(
      `no layout's name holds ${(only ?? []).join(" or ")}.`,
      "Nothing was started.",
      `These are there:\n  ${LAYOUTS.map(layoutName).join("\n  ")}`,
      ExitCode.USAGE,
    );
  }
  provideServers(missingPackages(), options.install === true);
  const progress = startProgress("bench deploy", 1);
  let result: CapacityResult;
  try {
    result = await runCapacity({
      layouts,
      deploy: (layout) => deploy(layout, options.folder),
      connections: [...(options.connections ?? CONNECTIONS_DEFAULT)].sort((a, b) => a - b),
      ratesPerSecond: options.rate ?? [],
      failovers,
      seconds: options.seconds,
      warmUpSeconds: options.warmUp,
      firstWarmUpSecondsMax: Math.max(options.warmUp, options.warmUpMax),
      seed: options.seed,
      onProgress: (done, step) => progress.update(done, step),
    });
  } finally {
    progress.stop();
  }
  if (options.out !== undefined) await writeFile(options.out, `${JSON.stringify(result, undefined, 2)}\n`);
  if (options.report !== undefined) {
    const { sections, curves } = bench.conclusionsOf(result);
    await writeFile(options.report, bench.htmlReport(result, sections, curves));
  }
  if (options.markdown !== undefined) await writeFile(options.markdown, bench.markdownReport(result));
  printResult(options, result, () => capacityText(result, bench));
  if (options.out !== undefined) tell(`Kept as ${options.out}.`);
  if (options.markdown !== undefined) tell(`The tables are in ${options.markdown}.`);
  if (options.report !== undefined) tell(`The report is ${options.report}: open it in a browser.`);
}
