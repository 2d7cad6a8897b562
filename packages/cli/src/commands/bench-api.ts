import type { ApiBenchResult } from "@buttonwood/bench";
import { type Command, Option } from "commander";
import { AdminClient } from "../admin-client.js";
import { BENCH_ACCOUNTS, BENCH_SYMBOLS, openBenchAccounts } from "../bench-accounts.js";
import { type ChildExchange, startChildExchange } from "../child-exchange.js";
import { DATA_DEFAULT } from "../terminal/data-option.js";
import { ExitCode } from "../terminal/failure.js";
import { httpUrl, oneOf, wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult, tell } from "../terminal/output.js";
import { startProgress } from "../terminal/progress.js";
import { grouped, tableOf } from "../terminal/table.js";

interface BenchApiOptions extends OutputOptions {
  readonly data?: string;
  readonly connections?: readonly number[];
  readonly transport: "http" | "websocket" | "batches";
  readonly inFlight?: number;
  readonly batch: number;
  readonly flow: "limits" | "mixed";
  readonly rate?: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly url?: string;
  readonly response: "ACK" | "RESULT" | "FULL";
  readonly folder?: string;
}

const CONNECTIONS_DEFAULT = [64];

const REQUESTS_UNDER_WAY = 32;

/** Some batches must gather while others are answered; many more wait for so long that their time ends. */
const BATCHES_UNDER_WAY_MIN = 4;

/** What a cancel of an order that is gone is answered. */
const UNKNOWN_ORDER = "-2011 Unknown order sent.";

/** A generator that takes so much of its core may be what limits. */
const GENERATOR_BUSY_PERCENT = 85;

/** `buttonwood bench api`. */
export function addBenchApi(bench: Command): void {
  bench
    .command("api")
    .summary("signed orders through the whole exchange")
    .description(
      "Sends orders over keep-alive connections, or sessions of the WebSocket API, and measures how many " +
        "are accepted a second and how long each takes. Every answer comes after the order is on disk. The load " +
        "generator is a process of its own on this machine, and is pointed at a bare HTTP handler as well, so " +
        "that the exchange's own cost can be told from the framework's.",
    )
    .option(
      "--connections <N>",
      "keep-alive connections; give it again for another run (default: 64)",
      (text: string, earlier: readonly number[] | undefined) => [
        ...(earlier ?? []),
        wholeNumber(1, 10_000)(text),
      ],
    )
    .option(
      "--transport <NAME>",
      "http: one signed request under way on each connection; websocket: sessions of the WebSocket API; batches: " +
        "many orders in a message of such sessions, by the client package",
      oneOf("http", "websocket", "batches"),
      "http",
    )
    .option(
      "--in-flight <N>",
      `requests under way on each connection of --transport websocket (${REQUESTS_UNDER_WAY}), or batches of ` +
        `--transport batches (${BATCHES_UNDER_WAY_MIN}, and no fewer)`,
      wholeNumber(1, 1024),
    )
    .option("--batch <N>", "orders of a batch, at most", wholeNumber(1, 500), 100)
    .option(
      "--flow <NAME>",
      "limits: limit orders alone; mixed: 50 % limits, 40 % cancels and 10 % market orders, some markets busier (Zipf)",
      oneOf("limits", "mixed"),
      "limits",
    )
    .option(
      "--rate <N>",
      "orders offered a second at fixed times, answered or not (open loop); latency counts from when each was due",
      wholeNumber(1, 1_000_000),
    )
    .option("--seconds <N>", "timed part of each run", wholeNumber(1, 3600), 10)
    .option("--warm-up <N>", "untimed seconds before it", wholeNumber(0, 600), 5)
    .option(
      "--response <TYPE>",
      "what is asked for: ACK, RESULT or FULL",
      oneOf("ACK", "RESULT", "FULL"),
      "FULL",
    )
    .option(
      "--url <URL>",
      "where a running exchange listens; by default what the one on --data says",
      httpUrl,
    )
    .option("--folder <DIR>", "where the fresh exchange's data goes: the disk that is measured")
    .addOption(
      new Option("--data <DIR>", "measure the exchange that runs on this data folder, not a fresh one"),
    )
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood bench api                                      64 connections, a fresh exchange\n" +
        "  buttonwood bench api --connections 64 --connections 256\n" +
        "  buttonwood bench api --rate 3163                          latency at a given load\n" +
        "  buttonwood bench api --transport websocket --connections 8\n" +
        "  buttonwood bench api --folder ../fast-disk                measure that disk\n" +
        "  buttonwood bench api --data ./data                      the exchange that runs there\n",
    )
    .action(runBenchApi);
}

async function runBenchApi(options: BenchApiOptions): Promise<void> {
  const { benchApi } = await import("@buttonwood/bench");
  const connections = options.connections ?? CONNECTIONS_DEFAULT;
  const progress = startProgress("bench api", 1);
  const running = options.data ?? (options.url === undefined ? undefined : DATA_DEFAULT);
  progress.update(0, running === undefined ? "starting a fresh exchange" : "opening accounts");
  let child: ChildExchange | undefined;
  let result: ApiBenchResult;
  try {
    if (running === undefined) child = await startChildExchange(options.folder);
    const admin = child?.admin ?? new AdminClient(running!);
    const url = child?.url ?? options.url ?? (await admin.url());
    const keys = await openBenchAccounts(admin, Math.min(BENCH_ACCOUNTS, Math.max(...connections)), (done) =>
      progress.update(0, `opening accounts, ${done} done`),
    );
    result = await benchApi({
      url,
      pid: child?.pid,
      keys,
      symbols: BENCH_SYMBOLS,
      transport: options.transport,
      connections,
      inFlight: underWayOf(options) * (options.transport === "batches" ? options.batch : 1),
      batchSize: options.batch,
      flow: options.flow,
      ratePerSecond: options.rate,
      seconds: options.seconds,
      warmUpSeconds: options.warmUp,
      responseType: options.response,
      onProgress: (done, step) => progress.update(done, step),
    });
  } finally {
    progress.stop();
    await child?.stop();
  }
  printResult(options, result, () => textOf(result, options));
  const lost = result.runs.reduce((sum, run) => sum + run.exchange.lost, 0);
  const rejected = result.runs.reduce(
    (sum, run) => sum + unexpectedRejects(run.exchange.rejected, options.flow),
    0,
  );
  const limited = result.runs.flatMap((run) => Object.keys(run.exchange.rejected)).find(isRateLimited);
  if (limited !== undefined) {
    tell(
      `The exchange limits how much is sent to it (${limited}): what was measured is its rate limits, not its speed.\n` +
        "Load wants keys without them, which this command makes on an exchange that knows them (`keys create ACCOUNT " +
        "--rate-limits none`), or an exchange that was started with --limits none.",
    );
  }
  if (lost > 0 || rejected > 0) {
    tell(
      `${lost} requests were lost and ${rejected} rejected: the figures above are not those of a clean run.`,
    );
    process.exitCode = ExitCode.FAILED;
  }
}

/** Whether a reject is of request weight, orders, or a banned address. */
function isRateLimited(reason: string): boolean {
  return /^-(1003|1015) /.test(reason);
}

/** Cancels of a mixed flow may come too late, as cancels do. */
function unexpectedRejects(
  rejected: Readonly<Record<string, number>>,
  flow: BenchApiOptions["flow"],
): number {
  return Object.entries(rejected)
    .filter(([reason]) => flow === "limits" || !reason.endsWith(UNKNOWN_ORDER))
    .reduce((sum, [, count]) => sum + count, 0);
}

function textOf(result: ApiBenchResult, options: BenchApiOptions): string {
  const ms = (value: number): string => value.toFixed(2);
  const percent = (value: number | undefined): string =>
    value === undefined ? "not known" : `${value.toFixed(0)} %`;
  const rows = result.runs.flatMap(({ connections, exchange, bare, ratio }) =>
    [
      { name: "exchange", side: exchange, share: `${(ratio * 100).toFixed(0)} %` },
      { name: "bare fastify handler", side: bare, share: "100 %" },
    ].map(({ name, side, share }) => [
      name,
      String(connections),
      grouped(side.ordersPerSecond),
      share,
      ms(side.latencyMs.mean),
      ms(side.latencyMs.p50),
      ms(side.latencyMs.p99),
      ms(side.latencyMs.p999),
      ms(side.latencyMs.p9999),
      ms(side.latencyMs.max),
      grouped(side.accepted),
      grouped(side.sent - side.accepted - side.lost),
      grouped(side.lost),
      percent(side.serverCpuPercent),
      side.gatewayCpuUsPerAnswer === undefined ? "not known" : `${side.gatewayCpuUsPerAnswer.toFixed(1)} µs`,
      percent(side.generatorCpuPercent),
    ]),
  );
  const right = { align: "right" as const };
  const reasons = result.runs.flatMap(({ connections, exchange }) =>
    Object.entries(exchange.rejected).map(
      ([reason, count]) => `rejected at ${connections} connections: ${grouped(count)} × ${reason}`,
    ),
  );
  return [
    tableOf(
      [
        { title: "" },
        { title: "connections", ...right },
        { title: "orders/s", ...right },
        { title: "share", ...right },
        { title: "mean ms", ...right },
        { title: "p50 ms", ...right },
        { title: "p99 ms", ...right },
        { title: "p99.9 ms", ...right },
        { title: "p99.99 ms", ...right },
        { title: "max ms", ...right },
        { title: "accepted", ...right },
        { title: "rejected", ...right },
        { title: "lost", ...right },
        { title: "server CPU", ...right },
        { title: "gateway an answer", ...right },
        { title: "generator CPU", ...right },
      ],
      rows,
    ),
    ...reasons,
    ...result.runs.flatMap(({ connections, exchange }) =>
      exchange.generatorCpuPercent < GENERATOR_BUSY_PERCENT
        ? []
        : [
            `At ${connections} connections the load generator, not the exchange, is the limit: it takes ` +
              `${exchange.generatorCpuPercent.toFixed(0)} % of a core.`,
          ],
    ),
    "",
    `${requestsOf(options)} (${result.responseType} answers), ${loopOf(options)}, ${options.seconds} s timed after ` +
      `${options.warmUp} s; every order on disk before its answer.`,
    `Machine: ${result.machine}; the load generator ran on it too. CPU is of one core; "gateway an answer": CPU of ` +
      "the server's main thread, which is the gateway of an exchange in one process.",
  ].join("\n");
}

/** Requests or batches under way on a connection. */
function underWayOf({ transport, inFlight }: BenchApiOptions): number {
  switch (transport) {
    case "http":
      return 1;
    case "websocket":
      return inFlight ?? REQUESTS_UNDER_WAY;
    case "batches":
      return Math.max(BATCHES_UNDER_WAY_MIN, inFlight ?? 0);
  }
}

function requestsOf(options: BenchApiOptions): string {
  const { transport, flow, batch } = options;
  const what = flow === "limits" ? "Limit orders" : "Limit and market orders and cancels";
  switch (transport) {
    case "http":
      return `${what}, signed, over HTTP`;
    case "websocket":
      return `${what} over sessions of the WebSocket API, ${underWayOf(options)} under way on each`;
    case "batches":
      return `${what} in batches of up to ${batch} over sessions of the WebSocket API, ${underWayOf(options)} batches under way on each`;
  }
}

function loopOf({ rate }: BenchApiOptions): string {
  return rate === undefined ? "closed loop" : `open loop, ${grouped(rate)} offered a second`;
}
