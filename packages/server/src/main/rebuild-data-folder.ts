import { rmSync } from "node:fs";
import { DataFolderLock } from "../journal/data-folder-lock.js";
import { SqliteJournal } from "../journal/sqlite/sqlite-journal.js";
import { fillTables, type RebuildProgress } from "../projection/rebuild.js";
import { SqliteTables } from "../projection/sqlite/sqlite-tables.js";
import { tablesFile } from "./data-folder.js";

export type { RebuildProgress } from "../projection/rebuild.js";

/**
 * Drops the query tables of a data folder and fills them again from its journal. Throws DataFolderLockedError
 * while an exchange runs on the folder, and DamagedJournalError when the journal can't be read to its end.
 */
export async function rebuildDataFolder(
  dataFolder: string,
  onProgress?: (progress: RebuildProgress) => void,
): Promise<RebuildProgress> {
  // Opened first: it refuses a folder that has no journal, before a lock would make one of an empty folder.
  const journal = SqliteJournal.openReader(dataFolder);
  try {
    const lock = DataFolderLock.take(dataFolder);
    try {
      const file = tablesFile(dataFolder);
      for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
      const tables = SqliteTables.open(file);
      try {
        return await fillTables(tables, journal, onProgress);
      } finally {
        await tables.close();
      }
    } finally {
      lock.release();
    }
  } finally {
    await journal.close();
  }
}
