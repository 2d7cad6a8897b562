import { existsSync } from "node:fs";
import { join } from "node:path";
import type { VerifyOutcome, VerifyReport } from "@buttonwood/server";
import type { Command } from "commander";
import { requireAccess } from "../terminal/data-folder.js";
import { type DataOption, dataOption } from "../terminal/data-option.js";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { startProgress } from "../terminal/progress.js";
import { styleOf } from "../terminal/style.js";
import { grouped, tableOf } from "../terminal/table.js";

/** The check of what operators did. */
const AUDIT = /^(all partitions: )?audit log: /;
/** The checks of what is made from the journal, by how their names begin. */
const DERIVED = /^(partition \d+: )?(snapshots|query tables) /;

type Options = DataOption & OutputOptions;

/** `buttonwood verify`. */
export function addVerify(program: Command): void {
  program
    .command("verify")
    .summary("check every row of the journal")
    .description(
      "Replays the whole journal through the core and compares every event, every digest, all balances and every " +
        "snapshot with what was written. It only reads, also while an exchange runs on the folder. The folder of a cluster: " +
        "all its shards, and that what passed between partitions adds up; the shards must run. Exit code 0 only " +
        "if everything holds; else 1, and what differs is named by file and row.",
    )
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood verify                        the exchange's data in ./data\n" +
        "  buttonwood verify --data backup --json   a copy, for a machine to judge\n",
    )
    .action(runVerify);
}

async function runVerify(options: Options): Promise<void> {
  requireAccess(options.data, "read");
  const { verifyCluster, verifyDataFolder } = await import("@buttonwood/server");
  const isCluster = existsSync(join(options.data, "topology.yaml"));
  const verify = isCluster ? verifyCluster : verifyDataFolder;
  const progress = startProgress("verify", 1);
  let report: VerifyReport;
  try {
    report = await verify({
      dataFolder: options.data,
      onProgress: ({ sequence, target }) =>
        progress.update(
          target === 0 ? 1 : sequence / target,
          `${grouped(sequence)} of ${grouped(target)} commands`,
        ),
    });
  } catch (error) {
    const { name, message } = error as Error;
    throw new CommandFailure(
      message,
      "Nothing could be checked, and nothing was changed.",
      isCluster
        ? `The journals are in the cluster's shards: run \`buttonwood cluster up --data ${options.data}\` meanwhile.`
        : name === "DamagedJournalError" && existsSync(join(options.data, "journal.db"))
          ? `Keep ${options.data} as it is, and restore a copy of the folder that verifies.`
          : "Name the exchange's data folder with --data; a fresh one is made by `buttonwood start --data DIR`.",
    );
  } finally {
    progress.stop();
  }
  printResult(options, report, () => textOf(report));
  if (!report.ok) process.exitCode = ExitCode.FAILED;
}

function textOf(report: VerifyReport): string {
  const style = styleOf(process.stdout);
  const shown: Record<VerifyOutcome, string> = {
    passed: style.green("ok"),
    failed: style.red("FAILED"),
    skipped: style.yellow("not checked"),
  };
  // What is wrong may be long: it stands below the table, whole.
  const failed = report.checks.filter((check) => check.outcome === "failed");
  const rows = report.checks.map((check) => [
    check.name,
    shown[check.outcome],
    check.outcome === "failed" ? "see below" : check.detail,
  ]);
  const lines = [
    tableOf([{ title: "what must hold" }, { title: "" }, { title: "checked" }], rows),
    "",
    ...failed.map((check) => `${style.red("FAILED")} ${check.name}:\n  ${check.detail}`),
  ];
  if (report.ok) {
    lines.push(
      `${style.green("Everything holds")} in ${report.dataFolder} up to sequence ${grouped(report.sequence)}, ` +
        `state ${report.digest} (${report.seconds.toFixed(1)} s).`,
    );
  } else if (failed.every((check) => AUDIT.test(check.name))) {
    lines.push(
      `The journal of ${report.dataFolder} holds up to sequence ${grouped(report.sequence)}. The audit log was changed after it was ` +
        "written: keep it as it is, and compare it with a backup.",
    );
  } else if (failed.every((check) => DERIVED.test(check.name))) {
    lines.push(
      `The journal of ${report.dataFolder} holds up to sequence ${grouped(report.sequence)}: nothing that was acknowledged is ` +
        "lost, and what failed is made from it. A start passes a damaged snapshot over; damaged query tables are made " +
        "again by `buttonwood rebuild`. Nothing was changed; look at the disk.",
    );
  } else {
    lines.push(
      `${report.dataFolder} does not hold. Nothing was changed: keep the folder as it is, and restore a copy ` +
        "that verifies; orders after its end are in this one only.",
    );
  }
  return lines.join("\n");
}
