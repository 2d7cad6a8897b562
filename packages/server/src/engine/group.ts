import { ResultEvent, WordBuffer } from "@buttonwood/protocol";
import type { JournalReader } from "../journal/port.js";

/** The journaled group of a command, or undefined when the sequence is not durable. */
export async function findGroup(
  journal: JournalReader,
  sequence: number,
  durable: number,
): Promise<Uint8Array | undefined> {
  if (!(Number.isInteger(sequence) && sequence >= 1 && sequence <= durable)) return undefined;
  for await (const row of journal.read(sequence)) {
    const events = WordBuffer.from(row.events);
    let at = 0;
    for (let i = row.firstSequence; i < sequence; i++) at += events.i32[at + ResultEvent.GROUP_WORDS]!;
    return events.copy(at, at + events.i32[at + ResultEvent.GROUP_WORDS]!);
  }
  return undefined;
}
