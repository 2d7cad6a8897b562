import { cpus } from "node:os";
import type { CoreBenchResult, FlowParameters } from "@buttonwood/bench";
import type { Command } from "commander";
import { ExitCode } from "../terminal/failure.js";
import { asFlowFailure, requireFile } from "../terminal/flow-file.js";
import { wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult, tell } from "../terminal/output.js";
import { startProgress } from "../terminal/progress.js";
import { styleOf } from "../terminal/style.js";
import { grouped, tableOf } from "../terminal/table.js";

interface BenchCoreOptions extends OutputOptions {
  readonly flow?: string;
  readonly full?: boolean;
  readonly runs?: number;
}

/**
 * The generated flows that every engine below was measured on, with what is expected of a right engine and the
 * figures of others: one pinned core of a 2-core 2.1 GHz machine, best pass, book only, million commands a second.
 */
const GENERATED: readonly {
  readonly title: string;
  readonly flow: FlowParameters;
  readonly tradeHash: string;
  readonly bookChecksum: number;
  readonly peers: readonly number[];
}[] = [
  {
    title: "one symbol, 1k resting",
    flow: { target: 1_000 },
    tradeHash: "2af1e344",
    bookChecksum: 523780674,
    peers: [27.6, 17.0, 13.6, 6.3, 0.53],
  },
  {
    title: "one symbol, 10k resting",
    flow: { target: 10_000 },
    tradeHash: "4e4f8e95",
    bookChecksum: 5117928369,
    peers: [23.3, 8.9, 10.9, 2.1, 0.12],
  },
  {
    title: "100 symbols, 1k resting each",
    flow: { symbols: 100, target: 1_000 },
    tradeHash: "47cf9e2a",
    bookChecksum: 50530508482,
    peers: [5.7, 4.1, 3.3, 1.7, 0.17],
  },
];
const PEERS = ["geseq C++", "CppTrader C++", "exchange-core Java", "Liquibook C++", "best npm"];

/** `buttonwood bench core`. */
export function addBenchCore(bench: Command): void {
  bench
    .command("core")
    .summary("the matching core alone, on one thread")
    .description(
      "Measures the core on an order flow: how many commands a second, and that the trades and the book " +
        "are those that every right engine comes to. Without --flow it runs the three generated flows and " +
        "prints other engines' published figures beside its own.",
    )
    .option("--flow <FILE>", "an order flow in the OFL1 format, docs/reference/order-flow.md")
    .option("--full", "the whole core (accounts, holds, fees, id memory, events), not only the book")
    .option("--runs <N>", "timed runs; the median counts", wholeNumber(1, 1000))
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood bench core                                  the table\n" +
        "  buttonwood bench core --flow day.ofl --full --runs 9   one flow, the whole core\n" +
        "  buttonwood bench core --flow day.ofl --json            for machines\n",
    )
    .action((options: BenchCoreOptions) => runBenchCore(options));
}

async function measure(
  options: BenchCoreOptions,
  flow: string | FlowParameters,
  label: string,
): Promise<CoreBenchResult> {
  const { benchCore } = await import("@buttonwood/bench");
  const progress = startProgress(label, 1);
  try {
    return benchCore({
      flow,
      full: options.full === true,
      ...(options.runs === undefined ? {} : { runs: options.runs }),
      onProgress: (done, step) => progress.update(done, step),
    });
  } catch (error) {
    throw asFlowFailure(error as Error);
  } finally {
    progress.stop();
  }
}

async function runBenchCore(options: BenchCoreOptions): Promise<void> {
  if (options.flow === undefined) {
    await runGenerated(options);
    return;
  }
  requireFile(options.flow);
  const result = await measure(options, options.flow, "bench core");
  printResult(options, result, () =>
    tableOf(
      [{ title: "what" }, { title: "value", align: "right" }],
      [
        ["flow", result.flow],
        ["mode", result.mode],
        ["commands", grouped(result.commands)],
        ["commands a second", grouped(result.opsPerSecond)],
        ["ns a command", String(result.nsPerOp)],
        ["p50 / p99 ns", `${result.p50Ns} / ${result.p99Ns}`],
        ["trades", grouped(result.trades)],
        ["volume, lots", grouped(result.volume)],
        ["notional, ticks × lots", grouped(result.notional)],
        ["trade hash", result.tradeHash],
        ["resting orders", grouped(result.restingOrders)],
        ["resting quantity, lots", grouped(result.restingQty)],
        ["levels", grouped(result.levels)],
        ["book checksum", String(result.bookChecksum)],
      ],
    ),
  );
}

async function runGenerated(options: BenchCoreOptions): Promise<void> {
  const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.version}`;
  const results: ((typeof GENERATED)[number] & { result: CoreBenchResult; right: boolean })[] = [];
  for (const entry of GENERATED) {
    const result = await measure(options, entry.flow, entry.title);
    const right = result.tradeHash === entry.tradeHash && result.bookChecksum === entry.bookChecksum;
    results.push({ ...entry, result, right });
  }
  const wrong = results.filter((entry) => !entry.right);
  const json = {
    machine,
    results: results.map((entry) => ({ ...entry.result, right: entry.right })),
    peersMillionPerSecond: results.map((entry) =>
      Object.fromEntries(PEERS.map((name, i) => [name, entry.peers[i]])),
    ),
  };
  const style = styleOf(process.stdout);
  printResult(options, json, () =>
    [
      tableOf(
        [
          { title: "million commands a second" },
          { title: `Buttonwood (${options.full === true ? "full" : "book"})`, align: "right" },
          ...PEERS.map((title) => ({ title, align: "right" as const })),
          { title: "p50 / p99 ns", align: "right" },
          { title: "trades and book" },
        ],
        results.map((entry) => [
          entry.title,
          (entry.result.opsPerSecond / 1e6).toFixed(2),
          ...entry.peers.map(String),
          `${entry.result.p50Ns} / ${entry.result.p99Ns}`,
          entry.right ? style.green("as expected") : style.red(`wrong: ${entry.result.tradeHash}`),
        ]),
      ),
      "",
      `Buttonwood: ${machine}, one thread, median run.`,
      "The others: published code, best pass on one pinned core at 2.1 GHz, book only.",
    ].join("\n"),
  );
  if (wrong.length > 0) {
    tell(`${wrong.length} flow(s) did not end with the trades and book that every right engine comes to.`);
    process.exitCode = ExitCode.FAILED;
  }
}
