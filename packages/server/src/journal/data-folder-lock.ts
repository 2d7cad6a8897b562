import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import Database from "libsql";

/** Another process uses the data folder. */
export class DataFolderLockedError extends Error {
  override readonly name = "DataFolderLockedError";
}

const LOCK_FILE = "lock.db";
const HOLDER_FILE = "lock-holder.json";

/**
 * Keeps a data folder to one process. The lock is the operating system's, on `lock.db`, held as long as the
 * process lives: it is gone after any kind of death and never has to be removed by hand. Who holds it stands
 * beside it, for people.
 */
export class DataFolderLock {
  readonly #database: Database.Database;
  readonly #holderPath: string;

  private constructor(database: Database.Database, holderPath: string) {
    this.#database = database;
    this.#holderPath = holderPath;
  }

  /** Takes the lock, and creates the folder when there is none. Throws {@link DataFolderLockedError}. */
  static take(dataFolder: string): DataFolderLock {
    // Balances and orders are nobody else's to read.
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    accessSync(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK);
    const holderPath = join(dataFolder, HOLDER_FILE);
    const database = new Database(join(dataFolder, LOCK_FILE));
    try {
      database.exec("PRAGMA locking_mode = EXCLUSIVE");
      database.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      database.close();
      const { code } = error as { readonly code?: string };
      if (code !== undefined && !/BUSY|LOCKED/.test(code)) throw error;
      throw new DataFolderLockedError(
        `${dataFolder} is in use by ${holder(holderPath)}. Two exchanges on one data folder would destroy it, so this one has not started. ` +
          "Stop the other one, or start this one with another folder (--data DIR).",
      );
    }
    writeFileSync(
      holderPath,
      `${JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() })}\n`,
    );
    return new DataFolderLock(database, holderPath);
  }

  release(): void {
    rmSync(this.#holderPath, { force: true });
    this.#database.exec("ROLLBACK");
    this.#database.close();
  }
}

function holder(path: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    return `process ${String(pid)} on ${String(host)}, since ${String(since)}`;
  } catch {
    return "another process";
  }
}
