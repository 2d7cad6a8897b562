import { writeFile } from "node:fs/promises";
import type { SoakResult } from "@buttonwood/bench";
import type { Command } from "commander";
import { deploy } from "../bench-deployments.js";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { positiveNumber, wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult, tell } from "../terminal/output.js";
import { startProgress } from "../terminal/progress.js";
import { grouped, tableOf } from "../terminal/table.js";
import { provideServers } from "./cluster/provide-servers.js";

interface BenchSoakOptions extends OutputOptions {
  readonly layout: string;
  readonly connections: number;
  readonly minutes: number;
  readonly percent: number;
  readonly warmUpMax: number;
  readonly preparedIds: number;
  readonly seed: number;
  readonly out?: string;
  readonly folder?: string;
  readonly install?: boolean;
}

/** All that an engine remembers: a memory that fills is not to be taken for one that grows. */
const PREPARED_IDS = 2 ** 23;

/** `buttonwood bench soak`. */
export function addBenchSoak(bench: Command): void {
  bench
    .command("soak")
    .summary("a cluster under load for a long time: memory, lag, latency")
    .description(
      "Brings up a cluster on this machine, looks for the most orders that it takes, then offers a share of that for " +
        "a long time, and tells whether memory grows, projections fall behind, or answers become slower.",
    )
    .option("--layout <TEXT>", "the layout of `bench deploy` whose name holds this", "no nginx")
    .option("--connections <N>", "keep-alive connections", wholeNumber(1, 10_000), 256)
    .option("--minutes <N>", "how long", positiveNumber(10_000), 30)
    .option("--percent <N>", "of the most that it takes", wholeNumber(1, 100), 80)
    .option("--warm-up-max <N>", "untimed seconds before the peak is looked for", wholeNumber(1, 3600), 60)
    .option(
      "--prepared-ids <N>",
      "client order ids whose memory each engine fetches at its start, as `cluster up --prepared-ids` does",
      wholeNumber(0, 2 ** 25 - 1),
      PREPARED_IDS,
    )
    .option("--seed <N>", "the same seed sends the same orders", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--out <FILE>", "where the run is kept as JSON")
    .option("--folder <DIR>", "where the cluster's data goes: about 1 GiB for a million orders")
    .option("--install", "install missing servers with apt-get, as root")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood bench soak                               half an hour at 80 % of the peak\n" +
        "  buttonwood bench soak --layout '4 × 4, 3 partitions on 3 shards, 6 Redis nodes' --minutes 480\n",
    )
    .action(runBenchSoak);
}

async function runBenchSoak(options: BenchSoakOptions): Promise<void> {
  const bench = await import("@buttonwood/bench");
  const { missingPackages } = await import("@buttonwood/server");
  // Standby engines would count in the lag what they have applied themselves.
  const layouts = bench.LAYOUTS.filter(({ pipeline, standbys }) => pipeline === "buttonwood" && !standbys);
  const layout = layouts.find((each) => bench.layoutName(each).includes(options.layout));
  if (layout === undefined) {
    throw new CommandFailure(
      `no layout's name holds ${options.layout}.`,
      "Nothing was started.",
      `These are there:\n  ${layouts.map(bench.layoutName).join("\n  ")}`,
      ExitCode.USAGE,
    );
  }
  provideServers(missingPackages(), options.install === true);
  const progress = startProgress("bench soak", 1);
  progress.update(0, "starting");
  let result: SoakResult;
  try {
    const deployment = await deploy(layout, options.folder, options.preparedIds);
    try {
      result = await bench.runSoak(deployment, {
        layoutName: bench.layoutName(layout),
        connections: options.connections,
        minutes: options.minutes,
        share: options.percent / 100,
        warmUpSecondsMax: options.warmUpMax,
        seed: options.seed,
        onProgress: (done, step) => progress.update(done, step),
      });
    } finally {
      await deployment.stop();
    }
  } finally {
    progress.stop();
  }
  if (options.out !== undefined) await writeFile(options.out, `${JSON.stringify(result, undefined, 2)}\n`);
  printResult(options, result, () => textOf(result, bench.summarizeSoak(result)));
  if (options.out !== undefined) tell(`Kept as ${options.out}.`);
}

function textOf(
  result: SoakResult,
  summary: ReturnType<typeof import("@buttonwood/bench").summarizeSoak>,
): string {
  const { load, layoutName, connections, peakPerSecond, ratePerSecond, drainedAfterSeconds } = result;
  const right = { align: "right" as const };
  const ms = (value: number): string => value.toFixed(2);
  const { p50, p99, p999, p9999, max, mean } = load.latencyMs;
  return [
    `${layoutName}, ${connections} connections: ${grouped(peakPerSecond)} orders/s at most, ` +
      `${grouped(ratePerSecond)} offered for ${(load.seconds / 60).toFixed(1)} minutes.`,
    "",
    tableOf(
      ["sent", "accepted", "rejected", "lost", "mean ms", "p50", "p99", "p99.9", "p99.99", "max"].map(
        (title) => ({
          title,
          ...right,
        }),
      ),
      [
        [
          grouped(load.sent),
          grouped(load.accepted),
          grouped(load.sent - load.accepted - load.lost),
          grouped(load.lost),
          ...[mean, p50, p99, p999, p9999, max].map(ms),
        ],
      ],
    ),
    "",
    tableOf(
      [{ title: "memory" }, { title: "MiB at the end", ...right }, { title: "% an hour", ...right }],
      summary.memory.map(({ tier, memoryMiB, growthPercentPerHour }) => [
        tier,
        grouped(memoryMiB),
        growthPercentPerHour.toFixed(2),
      ]),
    ),
    "",
    `Latency: ${ms(summary.firstLatencyMs)} ms on average in the first third, ${ms(summary.lastLatencyMs)} in the last: ` +
      `${summary.latencyDriftPercent.toFixed(1)} %.`,
    `Projections: ${grouped(summary.lagCommandsMax)} commands behind at most, ` +
      (drainedAfterSeconds === undefined
        ? "and never whole again."
        : `whole ${drainedAfterSeconds.toFixed(1)} s after the load's end.`),
    `Machine: ${result.machine}; the load generator ran on it too.`,
  ].join("\n");
}
