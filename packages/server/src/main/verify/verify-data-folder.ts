import { checkFileAuditLog } from "../../gateway/audit/file-audit-log.js";
import { FileSnapshotStore } from "../../journal/snapshots/file-snapshot-store.js";
import { JOURNAL_FILE, SqliteJournal } from "../../journal/sqlite/sqlite-journal.js";
import { readTableCounts } from "../../projection/sqlite/table-counts.js";
import { tablesFile } from "../data-folder.js";
import { judgeAuditLog } from "./judge-audit-log.js";
import { CheckList, type VerifyReport } from "./report.js";
import { type Tables, type VerifyProgress, verifyJournal } from "./verify-journal.js";

export interface VerifyOptions {
  readonly dataFolder: string;
  /** Called a few times a second. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/**
 * Checks the data folder of an exchange in one process, see {@link verifyJournal}. Throws when there is no journal
 * to read at all.
 */
export async function verifyDataFolder({ dataFolder, onProgress }: VerifyOptions): Promise<VerifyReport> {
  const startMs = performance.now();
  const list = new CheckList();
  const tables = readTables(dataFolder);
  const journal = SqliteJournal.openReader(dataFolder);
  try {
    const { rows, core, complete } = await verifyJournal(
      { name: JOURNAL_FILE, journal, snapshots: [new FileSnapshotStore(dataFolder)], tables, onProgress },
      list,
    );
    const audit = await checkFileAuditLog(dataFolder);
    if (audit !== undefined) judgeAuditLog(audit, list);
    return {
      dataFolder,
      ok: list.ok,
      rows,
      commands: core.sequence,
      sequence: core.sequence,
      digest: complete ? core.stateDigest() : "",
      seconds: (performance.now() - startMs) / 1000,
      checks: list.checks,
    };
  } finally {
    await journal.close();
  }
}

function readTables(dataFolder: string): Tables {
  try {
    return { counts: readTableCounts(tablesFile(dataFolder)) };
  } catch (error) {
    return { problem: `${tablesFile(dataFolder)}: ${(error as Error).message}` };
  }
}
