import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { CapacityResult, Deployment, Layout, summarizeFailover } from "@buttonwood/bench";
import type { Command } from "commander";
import { BENCH_ACCOUNTS, BENCH_SYMBOLS, openBenchAccounts } from "../bench-accounts.js";
import { startChildExchange } from "../child-exchange.js";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult, tell } from "../terminal/output.js";
import { startProgress } from "../terminal/progress.js";
import { grouped, tableOf } from "../terminal/table.js";
import { provideServers } from "./cluster/provide-servers.js";

interface BenchDeployOptions extends OutputOptions {
  readonly only?: readonly string[];
  readonly connections?: readonly number[];
  readonly seconds: number;
  readonly warmUp: number;
  readonly seed: number;
  readonly out?: string;
  readonly folder?: string;
  readonly failover: boolean;
  readonly install?: boolean;
}

const CONNECTIONS_DEFAULT = [16, 64, 256];

/** `buttonwood bench deploy`. */
export function addBenchDeploy(bench: Command): void {
  bench
    .command("deploy")
    .summary("whole clusters of every size, and what limits them")
    .description(
      "Brings up one cluster after the other on this machine (1, 4 and 8 backends; 1 and 3 partitions and shards; " +
        "1 and 6 Redis nodes; with standbys; without nginx), sends signed orders over 16, 64 and 256 connections, " +
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
      "keep-alive connections; give it again for another load (default: 16, 64, 256)",
      (text: string, earlier: readonly number[] | undefined) => [
        ...(earlier ?? []),
        wholeNumber(1, 10_000)(text),
      ],
    )
    .option("--seconds <N>", "timed part of each load", wholeNumber(2, 3600), 15)
    .option(
      "--warm-up <N>",
      "untimed seconds before each load, four times as many before the first",
      wholeNumber(0, 600),
      5,
    )
    .option("--seed <N>", "the same seed sends the same orders", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--out <FILE>", "where the run is kept as JSON, to compare with another one")
    .option("--folder <DIR>", "where the clusters' data goes: the disk that is measured")
    .option("--no-failover", "do not kill a backend and an engine in mid-run")
    .option("--install", "install missing servers with apt-get, as root")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood bench deploy                                    everything, in about 15 minutes\n" +
        "  buttonwood bench deploy --only '4 × 4' --only '8 × 4'      two layouts\n" +
        "  buttonwood bench deploy --seconds 60 --out today.json      calmer figures, kept\n",
    )
    .action(runBenchDeploy);
}

async function runBenchDeploy(options: BenchDeployOptions): Promise<void> {
  const { FAILOVERS, LAYOUTS, layoutName, runCapacity, summarizeFailover } = await import(
    "@buttonwood/bench"
  );
  const { missingPackages } = await import("@buttonwood/server");
  const { only } = options;
  const isAsked = (layout: Layout): boolean =>
    only === undefined || only.some((text) => layoutName(layout).includes(text));
  const layouts = LAYOUTS.filter(isAsked);
  const failovers = options.failover === false ? [] : FAILOVERS.filter(({ layout }) => isAsked(layout));
  if (layouts.length === 0) {
    throw new CommandFailure(
      `no layout's name holds ${only!.join(" or ")}.`,
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
      failovers,
      seconds: options.seconds,
      warmUpSeconds: options.warmUp,
      firstWarmUpSeconds: options.warmUp * 4,
      seed: options.seed,
      onProgress: (done, step) => progress.update(done, step),
    });
  } finally {
    progress.stop();
  }
  if (options.out !== undefined) await writeFile(options.out, `${JSON.stringify(result, undefined, 2)}\n`);
  printResult(options, result, () => textOf(result, summarizeFailover));
  if (options.out !== undefined) tell(`Kept as ${options.out}.`);
}

/** Starts a layout with funded accounts. */
async function deploy(layout: Layout, folder: string | undefined): Promise<Deployment> {
  const { backends, workers, partitions, shards, redisNodes, standbys, edge } = layout;
  const child = await startChildExchange(folder, [
    ...["cluster", "up", "--backends", String(backends), "--workers", String(workers)],
    ...["--partitions", String(partitions), "--shards", String(shards), "--redis-nodes", String(redisNodes)],
    ...(standbys ? ["--standbys"] : []),
  ]);
  try {
    return {
      url: edge ? child.url : child.backends[0]!,
      roots: [child.pid],
      keys: await openBenchAccounts(child.admin, BENCH_ACCOUNTS, () => {}),
      symbols: BENCH_SYMBOLS,
      kill: (name) => killPart(child.data, name),
      stop: () => child.stop(),
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** `buttonwood cluster kill`. */
async function killPart(data: string, name: string): Promise<void> {
  const bin = fileURLToPath(new URL("../../bin/buttonwood.js", import.meta.url));
  await promisify(execFile)(process.execPath, [bin, "cluster", "kill", name, "--data", data]);
}

function textOf(
  { layouts, failovers, machine, secondsPerPoint, seed }: CapacityResult,
  summarize: typeof summarizeFailover,
): string {
  const right = { align: "right" as const };
  const ms = (value: number): string => value.toFixed(1);
  const tiers = [
    ...new Set(
      layouts.flatMap(({ points }) => points.flatMap((point) => point.tiers.map(({ tier }) => tier))),
    ),
  ];
  const rows = layouts.flatMap(({ name, points }) => points.map((point) => ({ name, ...point })));
  return [
    tableOf(
      [
        { title: "layout" },
        ...[
          "connections",
          "orders/s",
          "mean ms",
          "p50 ms",
          "p99 ms",
          "accepted",
          "rejected",
          "lost",
          "idle cores",
        ].map((title) => ({ title, ...right })),
      ],
      rows.map(({ name, connections, load, idleCores }) => [
        name,
        String(connections),
        grouped(load.ordersPerSecond),
        ms(load.latencyMs.mean),
        ms(load.latencyMs.p50),
        ms(load.latencyMs.p99),
        grouped(load.accepted),
        grouped(load.sent - load.accepted - load.lost),
        grouped(load.lost),
        idleCores.toFixed(2),
      ]),
    ),
    "",
    "CPU of an order, in µs:",
    tableOf(
      [
        { title: "layout" },
        { title: "connections", ...right },
        ...tiers.map((title) => ({ title, ...right })),
      ],
      rows.map(({ name, connections, tiers: used }) => [
        name,
        String(connections),
        ...tiers.map((tier) => {
          const usage = used.find((entry) => entry.tier === tier);
          return usage === undefined ? "–" : usage.cpuUsPerOrder.toFixed(0);
        }),
      ]),
    ),
    ...(failovers.length === 0
      ? []
      : ["", "Killed in mid-run, with clients that retry:", failoverTable(failovers, summarize)]),
    "",
    `Signed POST /api/v3/order (FULL answers), closed loop, ${secondsPerPoint} s each, seed ${seed}; every order durable before its answer.`,
    `Machine: ${machine}; the load generator ran on it too.`,
  ].join("\n");
}

function failoverTable(failovers: CapacityResult["failovers"], summarize: typeof summarizeFailover): string {
  const right = { align: "right" as const };
  return tableOf(
    [
      { title: "layout" },
      { title: "killed" },
      ...["before/s", "first 2 s", "after/s", "share", "recovered after s", "sent again", "failed"].map(
        (title) => ({
          title,
          ...right,
        }),
      ),
    ],
    failovers.map((failover) => {
      const { beforePerSecond, duringPerSecond, afterPerSecond, recoveredAfterSeconds } = summarize(failover);
      return [
        failover.layoutName,
        failover.killed,
        grouped(beforePerSecond),
        grouped(duringPerSecond),
        grouped(afterPerSecond),
        `${((100 * afterPerSecond) / beforePerSecond).toFixed(0)} %`,
        recoveredAfterSeconds === undefined ? "never" : String(recoveredAfterSeconds),
        grouped(failover.seconds.reduce((sum, { retried }) => sum + retried, 0)),
        grouped(failover.failed),
      ];
    }),
  );
}
