import type { Command } from "commander";
import { AdminClient, type AuditEntry } from "../admin-client.js";
import { type DataOption, dataOption } from "../terminal/data-option.js";
import { ExitCode } from "../terminal/failure.js";
import { wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { styleOf } from "../terminal/style.js";
import { grouped, tableOf } from "../terminal/table.js";

interface Options extends DataOption, OutputOptions {
  readonly check?: true;
  readonly limit: number;
}

/** `buttonwood audit`. */
export function addAudit(program: Command): void {
  program
    .command("audit")
    .summary("what operators did, and whether the record of it holds")
    .description(
      "Lists what operators of a running exchange did, the newest first: who, from where, what, why, and how it came out. " +
        "Each entry holds the hash of the one before it; --check computes them all again. The chain can't show that its " +
        "end was cut off: note its head now and then, and see that it is still there.",
    )
    .option("--check", "compute every hash again; exit code 1 when one differs")
    .option("--limit <N>", "entries to list", wholeNumber(1, 999), 50)
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExamples:\n  buttonwood audit\n  buttonwood audit --check\n")
    .action(runAudit);
}

async function runAudit(options: Options): Promise<void> {
  const admin = new AdminClient(options.data);
  if (options.check !== true) {
    const entries = await admin.audit(options.limit);
    printResult(options, { entries }, () => auditTable(entries));
    return;
  }
  const check = await admin.checkAudit();
  const style = styleOf(process.stdout);
  printResult(options, { ...check, ok: check.problem === null }, () =>
    check.problem === null
      ? `${style.green("The chain holds")}: ${grouped(check.entries)} entries, head ${check.head}.`
      : `${style.red("The audit log was changed")}: ${check.problem}. It holds up to entry ${grouped(check.entries)}, head ${check.head}.\n` +
        "Keep the log as it is, and compare it with a backup.",
  );
  if (check.problem !== null) process.exitCode = ExitCode.FAILED;
}

function auditTable(entries: readonly AuditEntry[]): string {
  const outcome = ({ stage, sequence, code }: AuditEntry): string => {
    if (stage === "ASKED") return "asked";
    if (stage === "DONE") return sequence === null ? "done" : `done, sequence ${grouped(sequence)}`;
    return `${stage.toLowerCase()}, ${code}`;
  };
  return tableOf(
    [
      { title: "number", align: "right" },
      { title: "time" },
      { title: "who" },
      { title: "from" },
      { title: "what" },
      { title: "exactly" },
      { title: "why" },
      { title: "outcome" },
    ],
    entries.map((entry) => [
      String(entry.number),
      new Date(entry.timeMs).toISOString(),
      entry.who,
      entry.from,
      entry.of === null ? entry.action : `${entry.action} (${entry.of})`,
      entry.detail,
      entry.reason,
      outcome(entry),
    ]),
  );
}
