import type { Command } from "commander";
import { requireAccess } from "../terminal/data-folder.js";
import { type DataOption, dataOption } from "../terminal/data-option.js";
import { CommandFailure } from "../terminal/failure.js";
import type { OutputOptions } from "../terminal/output.js";
import { showRebuild } from "../terminal/rebuild.js";

type Options = DataOption & OutputOptions;

/** What each error of a rebuild means, and what to do. */
const ADVICE: Readonly<Record<string, readonly [meaning: string, remedy: string]>> = {
  DataFolderLockedError: [
    "An exchange writes to the query tables while it runs; nothing was changed.",
    "Stop it, run this again, then start it.",
  ],
  DamagedJournalError: [
    "The journal can't be read to its end, so the query tables can't be complete. The journal was not changed.",
    "Run `buttonwood verify`, which names everything that differs, and restore a copy of the folder.",
  ],
};

/** `buttonwood rebuild`. */
export function addRebuild(program: Command): void {
  program
    .command("rebuild")
    .summary("make the query tables again from the journal")
    .description(
      "Drops the query tables (orders, trades, candles) and fills them again from the journal. The journal is " +
        "the truth and is only read. The exchange must be stopped.",
    )
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  buttonwood rebuild --data ./data\n")
    .action(runRebuild);
}

async function runRebuild(options: Options): Promise<void> {
  requireAccess(options.data, "write");
  const { rebuildDataFolder } = await import("@buttonwood/server");
  try {
    await showRebuild(options, (onProgress) => rebuildDataFolder(options.data, onProgress));
  } catch (error) {
    const { name, message } = error as Error;
    const [meaning, remedy] = ADVICE[name] ?? [
      "The query tables were not rebuilt; the journal was not changed.",
      "Name the exchange's data folder with --data, and check that its disk has room.",
    ];
    throw new CommandFailure(message, meaning, remedy);
  }
}
