import type { JournalReader } from "../journal/port.js";
import { ProjectionUnusableError, type Tables } from "./tables.js";

/**
 * Checks that the tables were filled from this journal, and notes it when they are new: the hash of its first row
 * stands for it. Throws {@link ProjectionUnusableError} when they belong to another or are ahead of it.
 */
export async function bindToJournal(tables: Tables, journal: JournalReader): Promise<void> {
  const { sequence, journal: known } = await tables.progress();
  const tail = await journal.tail();
  const advice = `Restore the journal that belongs to it, or run "buttonwood rebuild" to fill the tables again from this one.`;
  if (sequence > tail.sequence) {
    throw new ProjectionUnusableError(
      `${tables.name} stands at sequence ${sequence}, but the journal ends at ${tail.sequence}: the journal is another one, or has lost its end. ${advice}`,
    );
  }
  if (tail.sequence === 0) return;
  const identity = await firstRowHash(journal);
  if (known === identity) return;
  if (known !== "") {
    throw new ProjectionUnusableError(
      `${tables.name} was filled from another journal (its first row has hash ${known}, this one's ${identity}). ${advice}`,
    );
  }
  await tables.bind(identity);
}

async function firstRowHash(journal: JournalReader): Promise<string> {
  for await (const row of journal.read(1)) return Buffer.from(row.hash).toString("hex");
  throw new Error("the journal has a tail but no first row");
}
