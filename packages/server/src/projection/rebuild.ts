import type { JournalReader } from "../journal/port.js";
import { systemClock } from "../platform/clock.js";
import { journalBatches } from "./journal-batches.js";
import { bindToJournal } from "./journal-identity.js";
import { Projection } from "./projection.js";
import type { Tables } from "./tables.js";

export interface RebuildProgress {
  /** Sequence that the tables have reached. */
  readonly sequence: number;
  /** Sequence at which they are complete. */
  readonly target: number;
  /** Rows written so far. */
  readonly rows: number;
}

/**
 * Fills empty query tables from the journal. Interrupted, it leaves tables that are right up to where they stand:
 * a projection goes on from there.
 */
export async function fillTables(
  tables: Tables,
  journal: JournalReader,
  onProgress: (progress: RebuildProgress) => void = () => {},
): Promise<RebuildProgress> {
  await bindToJournal(tables, journal);
  const { sequence: target } = await journal.tail();
  let failure: Error | undefined;
  const projection = await Projection.open({
    tables,
    clock: systemClock,
    publish: () => {},
    onFailure: (error) => {
      failure = error;
    },
  });
  const progress = (): RebuildProgress => ({
    sequence: projection.sequence,
    target,
    rows: projection.rowsWritten,
  });
  let toldMs = 0;
  for await (const batch of journalBatches(journal, 1)) {
    if (failure !== undefined) throw failure;
    await projection.apply(batch, true);
    if (performance.now() - toldMs < 100) continue;
    toldMs = performance.now();
    onProgress(progress());
  }
  await projection.flush();
  onProgress(progress());
  return progress();
}
