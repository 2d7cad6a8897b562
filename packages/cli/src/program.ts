import { Command, CommanderError } from "commander";
import { addAccounts } from "./commands/accounts.js";
import { addAudit } from "./commands/audit.js";
import { addBenchApi } from "./commands/bench-api.js";
import { addBenchCompare } from "./commands/bench-compare.js";
import { addBenchCore } from "./commands/bench-core.js";
import { addBenchDeploy } from "./commands/bench-deploy.js";
import { addBenchSoak } from "./commands/bench-soak.js";
import { addBenchSubscribers } from "./commands/bench-subscribers.js";
import { addCluster } from "./commands/cluster.js";
import { addKeys } from "./commands/keys.js";
import { addMarkets } from "./commands/markets.js";
import { addPayments } from "./commands/payments.js";
import { addRebuild } from "./commands/rebuild.js";
import { addReplay } from "./commands/replay.js";
import { addStart } from "./commands/start.js";
import { addUsers } from "./commands/users.js";
import { addVerify } from "./commands/verify.js";
import { CommandFailure, ExitCode } from "./terminal/failure.js";
import { styleOf } from "./terminal/style.js";
import { VERSION } from "./version.js";

/** The whole command line, with help that teaches. */
export function createProgram(): Command {
  const program = new Command("buttonwood")
    .description("A whole exchange in one process: matching, accounts, a durable journal, and a trading API.")
    .version(VERSION)
    .showSuggestionAfterError(true)
    .addHelpText(
      "after",
      "\nFirst steps:\n" +
        "  buttonwood start                       start an exchange, data in ./data\n" +
        "  buttonwood start --demo                the same, with simulated traders\n" +
        "  buttonwood verify                      check every row of the journal\n" +
        "\nEvery command explains itself: buttonwood COMMAND --help.\n" +
        "Exit codes: 0 all well, 1 a check failed or the work could not be done, 2 wrong usage.\n",
    );
  addStart(program);
  addVerify(program);
  addRebuild(program);
  addMarkets(program);
  addAccounts(program);
  addKeys(program);
  addUsers(program);
  addPayments(program);
  addAudit(program);
  const bench = program
    .command("bench")
    .summary("measure the core, the API or whole clusters")
    .description(
      "Measures how fast the core matches, how fast the whole API answers, or what clusters of every size take.",
    )
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood bench core                    the core alone, beside other engines' figures\n" +
        "  buttonwood bench api                     signed orders through a fresh exchange\n" +
        "  buttonwood bench subscribers             a book told to 10,000 subscribers\n" +
        "  buttonwood bench deploy                  clusters of every size, and what limits them\n" +
        "  buttonwood bench soak                    half an hour of load on a cluster\n" +
        "  buttonwood bench compare OLD NEW         two kept runs of bench deploy\n",
    );
  addBenchCore(bench);
  addBenchApi(bench);
  addBenchSubscribers(bench);
  addBenchDeploy(bench);
  addBenchSoak(bench);
  addBenchCompare(bench);
  addReplay(program);
  addCluster(program);
  quieten(program);
  return program;
}

/** Lets errors of usage reach `runProgram`, which words them; commander would print and exit by itself. */
function quieten(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} });
  for (const child of command.commands) quieten(child);
}

/** Runs a command line and answers its exit code; everything that goes wrong is told on stderr. */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  const program = createProgram();
  try {
    await program.parseAsync([...args], { from: "user" });
    return (process.exitCode as ExitCode | undefined) ?? ExitCode.OK;
  } catch (error) {
    if (error instanceof CommanderError) return usageCode(error, args);
    if (error instanceof CommandFailure) {
      report(error.message, error.meaning, error.remedy);
      return error.exitCode;
    }
    const failure = error instanceof Error ? error : new Error(String(error));
    report(
      failure.message,
      "This was not foreseen: it is a bug, or the machine failed. The trace follows.",
      "Run it once more; if it comes back, report it with this text.",
    );
    process.stderr.write(`${failure.stack}\n`);
    return ExitCode.FAILED;
  }
}

function usageCode(error: CommanderError, args: readonly string[]): ExitCode {
  // Help and version that were asked for are no error; help shown for want of a command is one.
  if (error.exitCode === 0) return ExitCode.OK;
  if (error.code === "commander.help") return ExitCode.USAGE;
  const words = args.filter((word) => !word.startsWith("-"));
  const known = createProgram().commands.find((command) => command.name() === words[0]);
  const sub = known?.commands.find((command) => command.name() === words[1]);
  const path = ["buttonwood", known?.name(), sub?.name(), "--help"].filter((word) => word !== undefined);
  // What follows `keys`, say, and is none of its commands reaches its default command as one argument too many.
  const isMistyped =
    error.code === "commander.excessArguments" && sub === undefined && known?.commands.length;
  report(
    isMistyped
      ? `'${known.name()}' has no such command`
      : error.message.replace(/^error: /, "").replaceAll("\n", " "),
    "The command line was not understood, so nothing was done.",
    `\`${path.join(" ")}\` shows what there is, with examples.`,
  );
  return ExitCode.USAGE;
}

function report(what: string, meaning: string, remedy: string): void {
  const style = styleOf(process.stderr);
  process.stderr.write(`${style.red("error:")} ${what}\n  ${meaning}\n  ${remedy}\n`);
}
