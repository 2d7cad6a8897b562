import type { ReplayResult } from "@buttonwood/bench";
import type { Command } from "commander";
import { AdminClient } from "../admin-client.js";
import { type DataOption, dataOption } from "../terminal/data-option.js";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { asFlowFailure, requireFile } from "../terminal/flow-file.js";
import { httpUrl, wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { startProgress } from "../terminal/progress.js";
import { styleOf } from "../terminal/style.js";
import { grouped, tableOf } from "../terminal/table.js";

interface ReplayOptions extends OutputOptions, DataOption {
  readonly url?: string;
  readonly inFlight: number;
}

/** `buttonwood replay`. */
export function addReplay(program: Command): void {
  program
    .command("replay")
    .argument("<FILE>", "an order flow in the OFL1 format, docs/reference/order-flow.md")
    .summary("play a recorded order flow through the API")
    .description(
      "Sends every command of a recorded flow through a running exchange's public API, on a market of its own, " +
        "then reads all trades and the book back through the API and compares them with what the matching core " +
        "alone makes of the flow. Exit code 1 when they differ.",
    )
    .option("--url <URL>", "where the exchange listens; by default what the exchange on --data says", httpUrl)
    .addOption(dataOption())
    .option("--in-flight <N>", "requests under way at once", wholeNumber(1, 1_000), 64)
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood replay day.ofl                        the exchange that runs on ./data\n" +
        "  buttonwood replay day.ofl --data /srv/exchange   another one, wherever it listens\n",
    )
    .action(runReplay);
}

async function runReplay(file: string, options: ReplayOptions): Promise<void> {
  requireFile(file);
  const operator = new AdminClient(options.data);
  const url = options.url ?? (await operator.url());
  const { replayFlow } = await import("@buttonwood/bench");
  const progress = startProgress("replay", 1);
  let result: ReplayResult;
  try {
    result = await replayFlow({
      flow: file,
      url,
      operator,
      inFlight: options.inFlight,
      onProgress: (done, step) => progress.update(done, step),
    });
  } catch (error) {
    throw failureOf(error as Error, url);
  } finally {
    progress.stop();
  }
  printResult(options, result, () => textOf(result));
  if (result.differences.length > 0) process.exitCode = ExitCode.FAILED;
}

function failureOf(error: Error, url: string): Error {
  if (error.name === "ReplayRefusedError") {
    return new CommandFailure(
      `${error.message}.`,
      "The flow allows for no such answer, so the replay stopped; its market stays as it is now.",
      "If the answer says that the exchange was busy, run again with --in-flight 16; a new market is listed each time.",
    );
  }
  if (error.name === "ConnectionLostError" || (error as NodeJS.ErrnoException).code === "ECONNREFUSED") {
    return new CommandFailure(
      `${url}: ${error.message}.`,
      "The replay stopped; what was sent before is in the exchange's journal.",
      "Check that the exchange runs and that --url is its address, then run again; a new market is listed each time.",
    );
  }
  return asFlowFailure(error);
}

function textOf(result: ReplayResult): string {
  const style = styleOf(process.stdout);
  const { expected, actual, counts } = result;
  const labels: readonly (readonly [string, keyof typeof expected])[] = [
    ["trades", "trades"],
    ["volume, lots", "volume"],
    ["notional, ticks × lots", "notional"],
    ["trade hash", "tradeHash"],
    ["resting orders", "restingOrders"],
    ["resting quantity, lots", "restingQty"],
    ["levels", "levels"],
    ["book checksum", "bookChecksum"],
  ];
  const shown = (value: string | number): string => (typeof value === "number" ? grouped(value) : value);
  const verdict = (same: boolean): string => (same ? style.green("same") : style.red("DIFFERS"));
  const rows = labels.map(([label, name]) => [
    label,
    shown(expected[name]),
    shown(actual[name]),
    verdict(!result.differences.includes(name)),
  ]);
  rows.push([
    "book checksum by depth",
    shown(expected.bookChecksum),
    shown(actual.depth.bookChecksum),
    verdict(!result.differences.includes("depth")),
  ]);
  return [
    `${result.flow} on ${result.symbols.length === 1 ? result.symbols[0] : `${result.symbols.length} markets`}: ` +
      `${grouped(result.commands)} commands in ${result.seconds.toFixed(1)} s (${grouped(result.commandsPerSecond)}/s) ` +
      "through the public API.",
    `${grouped(counts.placed)} orders placed, ${grouped(counts.canceled)} canceled, ${grouped(counts.moved)} moved, ` +
      `${grouped(counts.reduced)} reduced, ${grouped(counts.late)} commands came too late and were refused.`,
    "",
    tableOf(
      [
        { title: "what" },
        { title: "core alone", align: "right" },
        { title: "read back by API", align: "right" },
        { title: "" },
      ],
      rows,
    ),
    "",
    result.differences.length === 0
      ? style.green("The exchange ended with the same trades and the same book.")
      : style.red(`The exchange ended with something else: ${result.differences.join(", ")}.`),
  ].join("\n");
}
