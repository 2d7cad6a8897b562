import { rmSync } from "node:fs";
import type { JournalReader } from "../journal/port.js";
import { systemClock } from "../platform/clock.js";
import { journalBatches } from "./journal-batches.js";
import { bindToJournal } from "./journal-identity.js";
import { Projection } from "./projection.js";
import { openTables } from "./schema.js";

export interface RebuildProgress {
  /** Sequence that the tables have reached. */
  readonly sequence: number;
  /** Sequence at which they are complete. */
  readonly target: number;
  /** Rows written so far. */
  readonly rows: number;
}

/**
 * Drops the query tables and fills them again from the journal, while no exchange runs on them. Interrupted, it
 * leaves tables that are right up to where they stand: the exchange goes on from there.
 */
export async function rebuildTables(
  file: string,
  journal: JournalReader,
  onProgress: (progress: RebuildProgress) => void = () => {},
): Promise<RebuildProgress> {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  const db = openTables(file);
  try {
    await bindToJournal(db, journal, file);
    const { sequence: target } = await journal.tail();
    const projection = new Projection(db, systemClock, () => {});
    const progress = (): RebuildProgress => ({
      sequence: projection.sequence,
      target,
      rows: projection.rowsWritten,
    });
    let toldMs = 0;
    for await (const batch of journalBatches(journal, 1)) {
      projection.apply(batch, true);
      if (performance.now() - toldMs < 100) continue;
      toldMs = performance.now();
      onProgress(progress());
    }
    projection.flush();
    onProgress(progress());
    return progress();
  } finally {
    db.close();
  }
}
