import { readFileSync } from "node:fs";
import type { SubscribersBenchResult } from "@buttonwood/bench";
import { type Command, Option } from "commander";
import { AdminClient } from "../admin-client.js";
import { openBenchAccounts } from "../bench-accounts.js";
import { type ChildExchange, startChildExchange } from "../child-exchange.js";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { httpUrl, wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult, tell } from "../terminal/output.js";
import { startProgress } from "../terminal/progress.js";
import { grouped, tableOf } from "../terminal/table.js";

interface BenchSubscribersOptions extends OutputOptions {
  readonly subscribers: number;
  readonly updates: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly symbol: string;
  readonly url?: string;
  readonly data?: string;
  readonly folder?: string;
}

/** All subscribers come from one address, which by the published limits may open 300 connections in five minutes. */
const FRESH = ["start", "--limits", "none"];
/** Accounts whose orders change the book. */
const ACCOUNTS = 8;
/** Files that a process has open beside its subscribers' connections. */
const OTHER_FILES = 200;
/** A machine has some 28,000 ports for connections from one address to another. */
const SUBSCRIBERS_MAX = 25_000;
/** A subscribers' process that takes so much of its core may be what limits. */
const GENERATOR_BUSY_PERCENT = 85;
/** A thread that waits so long for a core is slowed by what else runs. */
const WAIT_PERCENT_MAX = 5;

/** `buttonwood bench subscribers`. */
export function addBenchSubscribers(bench: Command): void {
  bench
    .command("subscribers")
    .summary("one gateway telling a book to thousands of subscribers")
    .description(
      "Connects subscribers to the depth stream of one symbol, changes its book, and measures the lag from the time " +
        "of a change until a subscriber has read the message that tells it. The stream merges what happens within " +
        "100 ms; a lag counts from the last change in a message. The subscribers are one process on this machine, " +
        "which says how busy and how late it was itself.",
    )
    .option("--subscribers <N>", "connections", wholeNumber(1, SUBSCRIBERS_MAX), 10_000)
    .option("--updates <N>", "updates of the book a second", wholeNumber(1, 10), 10)
    .option("--seconds <N>", "timed part", wholeNumber(1, 3600), 30)
    .option("--warm-up <N>", "untimed seconds before it", wholeNumber(0, 600), 5)
    .option("--symbol <SYMBOL>", "whose book", "BTCUSDT")
    .option("--url <URL>", "where the running exchange of --data listens, when not where it says", httpUrl)
    .option("--folder <DIR>", "where the fresh exchange's data goes")
    .addOption(
      new Option("--data <DIR>", "measure the exchange that runs on this data folder, not a fresh one"),
    )
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nThe exchange and the subscribers' process each keep a file open for every subscriber: `ulimit -n` must be\n" +
        `${OTHER_FILES} above their number.\n` +
        "\nExamples:\n" +
        "  buttonwood bench subscribers                              10,000 subscribers, 10 updates a second\n" +
        "  buttonwood bench subscribers --subscribers 1000 --json\n",
    )
    .action(runBenchSubscribers);
}

async function runBenchSubscribers(options: BenchSubscribersOptions): Promise<void> {
  checkFiles(options.subscribers);
  const { benchSubscribers } = await import("@buttonwood/bench");
  const progress = startProgress("bench subscribers", 1);
  progress.update(0, options.data === undefined ? "starting a fresh exchange" : "opening accounts");
  let child: ChildExchange | undefined;
  let result: SubscribersBenchResult;
  try {
    if (options.data === undefined) child = await startChildExchange(options.folder, FRESH);
    const admin = child?.admin ?? new AdminClient(options.data!);
    const keys = await openBenchAccounts(admin, ACCOUNTS, (done) =>
      progress.update(0, `opening accounts, ${done} done`),
    );
    result = await benchSubscribers({
      url: child?.url ?? options.url ?? (await admin.url()),
      pid: child?.pid,
      keys,
      symbol: options.symbol,
      subscribers: options.subscribers,
      updates: options.updates,
      seconds: options.seconds,
      warmUpSeconds: options.warmUp,
      onProgress: (done, step) => progress.update(done, step),
    });
  } catch (error) {
    if (!(error as Error).message.includes(" 429 ")) throw error;
    throw new CommandFailure(
      "The exchange takes no more connections from this address (429).",
      "By the published limits an address may open 300 connections in five minutes. Nothing was measured.",
      "Start the exchange with --limits none, or ask for fewer: --subscribers 250.",
    );
  } finally {
    progress.stop();
    await child?.stop();
  }
  printResult(options, result, () => textOf(result, options));
  const { missing, gaps, closed, orders } = result;
  const refused = orders.sent - orders.accepted;
  if (missing + gaps + closed + refused > 0 || result.received === 0) {
    tell(
      `${grouped(missing)} messages are missing, ${grouped(gaps)} do not follow the one before, ` +
        `${grouped(closed)} connections were closed, and ${grouped(refused)} orders were not taken: the figures ` +
        "above are not those of a clean run.",
    );
    process.exitCode = ExitCode.FAILED;
  }
}

/** Node raises its own limit to the hard one, so that one counts. */
function checkFiles(subscribers: number): void {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "latin1");
  } catch {
    return;
  }
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  const needed = subscribers + OTHER_FILES;
  if (hard === undefined || Number(hard) >= needed) return;
  throw new CommandFailure(
    `${subscribers} subscribers need ${needed} open files in a process, and ${hard} are allowed here.`,
    "Nothing was measured.",
    `Raise the limit in this shell, as root: \`ulimit -Hn ${needed}\`; or ask for fewer: --subscribers ${Math.max(1, Number(hard) - OTHER_FILES)}.`,
  );
}

function textOf(result: SubscribersBenchResult, options: BenchSubscribersOptions): string {
  const ms = (value: number): string => value.toFixed(1);
  const known = (value: number | undefined, unit: string, digits = 0): string =>
    value === undefined ? "not known" : `${value.toFixed(digits)} ${unit}`;
  const { lagMs } = result;
  const right = { align: "right" as const };
  return [
    tableOf(
      [
        { title: "subscribers", ...right },
        { title: "updates/s", ...right },
        { title: "messages/s", ...right },
        { title: "bytes each", ...right },
        { title: "lag mean ms", ...right },
        { title: "p50 ms", ...right },
        { title: "p90 ms", ...right },
        { title: "p99 ms", ...right },
        { title: "p99.9 ms", ...right },
        { title: "max ms", ...right },
        { title: "gateway CPU", ...right },
        { title: "a message", ...right },
        { title: "waits for a core", ...right },
        { title: "generator CPU", ...right },
        { title: "waits for a core", ...right },
        { title: "generator late p99", ...right },
      ],
      [
        [
          grouped(result.subscribers),
          result.updatesPerSecond.toFixed(1),
          grouped(result.receivedPerSecond),
          result.bytesPerMessage.toFixed(0),
          ms(lagMs.mean),
          ms(lagMs.p50),
          ms(lagMs.p90),
          ms(lagMs.p99),
          ms(lagMs.p999),
          ms(lagMs.max),
          known(result.gatewayCpuPercent, "%"),
          known(result.gatewayCpuUsPerMessage, "µs", 2),
          known(result.gatewayWaitPercent, "%"),
          `${result.generatorCpuPercent.toFixed(0)} %`,
          known(result.generatorWaitPercent, "%"),
          `${ms(result.generatorDelayMsP99)} ms`,
        ],
      ],
    ),
    ...(result.generatorCpuPercent < GENERATOR_BUSY_PERCENT
      ? []
      : ["The subscribers' process, not the exchange, may be the limit: it takes most of a core."]),
    ...(Math.max(result.gatewayWaitPercent ?? 0, result.generatorWaitPercent ?? 0) < WAIT_PERCENT_MAX
      ? []
      : ["The machine was busy with other things: threads waited for a core, and lags are longer by that."]),
    "",
    `Depth of ${result.symbol} every 100 ms, ${options.seconds} s timed after ${options.warmUp} s; every message read ` +
      "by every subscriber.",
    `Orders that changed it, ${grouped(result.orders.sent)} over HTTP: answered in p50 ` +
      `${ms(result.orders.latencyMs.p50)}, p99 ${ms(result.orders.latencyMs.p99)} ms.`,
    `Machine: ${result.machine}; the subscribers ran on it too. CPU is of one core; the gateway is one thread.`,
  ].join("\n");
}
