import type Database from "libsql";
import type { JournalReader } from "../journal/port.js";
import { ProjectionUnusableError } from "./schema.js";

/**
 * Checks that the tables were filled from this journal, and notes it when they are new: the hash of its first row
 * stands for it. Throws {@link ProjectionUnusableError} when they belong to another or are ahead of it.
 */
export async function bindToJournal(
  db: Database.Database,
  journal: JournalReader,
  file: string,
): Promise<void> {
  const progress = db.prepare("select sequence, journal from progress").get([]) as
    | { sequence: number; journal: string }
    | undefined;
  const tail = await journal.tail();
  const sequence = progress?.sequence ?? 0;
  const advice = `Restore the journal that belongs to it, or run "buttonwood rebuild" to fill the tables again from this one.`;
  if (sequence > tail.sequence) {
    throw new ProjectionUnusableError(
      `${file} stands at sequence ${sequence}, but the journal ends at ${tail.sequence}: the journal is another one, or has lost its end. ${advice}`,
    );
  }
  if (tail.sequence === 0) return;
  const identity = await firstRowHash(journal);
  const known = progress?.journal ?? "";
  if (known !== "" && known !== identity) {
    throw new ProjectionUnusableError(
      `${file} was filled from another journal (its first row has hash ${known}, this one's ${identity}). ${advice}`,
    );
  }
  db.prepare(
    "insert into progress (id, sequence, time_us, journal) values (1, 0, 0, ?) on conflict (id) do update set journal = excluded.journal",
  ).run([identity]);
}

async function firstRowHash(journal: JournalReader): Promise<string> {
  for await (const row of journal.read(1)) return Buffer.from(row.hash).toString("hex");
  throw new Error("the journal has a tail but no first row");
}
