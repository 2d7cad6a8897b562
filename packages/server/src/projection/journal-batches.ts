import { WordBuffer } from "@buttonwood/protocol";
import type { FeedBatch } from "../feed/port.js";
import type { JournalReader } from "../journal/port.js";

/** The journal's rows as the feed would have sent them. */
export async function* journalBatches(
  journal: JournalReader,
  fromSequence: number,
): AsyncGenerator<FeedBatch> {
  for await (const row of journal.read(fromSequence)) {
    const { firstSequence, lastSequence } = row;
    yield { firstSequence, lastSequence, events: WordBuffer.from(row.events) };
  }
}
