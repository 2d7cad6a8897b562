/** A thread's entry: reads and checks a journal's rows ahead of the thread that replays them. */
import { parentPort, workerData } from "node:worker_threads";
import { toThreadError } from "../../platform/thread-error.js";
import type { ReadAheadData, ReadFailure, RowChunk, RowPlace } from "./read-ahead.js";
import { SqliteJournal } from "./sqlite-journal.js";

/** Bytes of one message, about: large enough that messages cost nothing, small enough for a cache. */
const CHUNK_BYTES = 1 << 20;

const { dataFolder, fromSequence, free } = workerData as ReadAheadData;

async function run(): Promise<void> {
  const journal = SqliteJournal.openReader(dataFolder);
  let places: RowPlace[] = [];
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const send = (): void => {
    // Waits while too many chunks lie unread.
    while (Atomics.load(free, 0) <= 0) Atomics.wait(free, 0, 0);
    Atomics.sub(free, 0, 1);
    const buffer = new ArrayBuffer(bytes);
    const all = new Uint8Array(buffer);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.byteLength;
    }
    parentPort!.postMessage({ places, buffer } satisfies RowChunk, [buffer]);
    places = [];
    parts = [];
    bytes = 0;
  };
  for await (const row of journal.read(fromSequence)) {
    const { epoch, firstSequence, lastSequence, digest, previousHash, hash, commands, events } = row;
    places.push({
      epoch,
      firstSequence,
      lastSequence,
      digest,
      at: bytes,
      commandBytes: commands.byteLength,
      eventBytes: events.byteLength,
    });
    parts.push(previousHash, hash, commands, events);
    bytes += previousHash.byteLength + hash.byteLength + commands.byteLength + events.byteLength;
    if (bytes >= CHUNK_BYTES) send();
  }
  if (places.length > 0) send();
  await journal.close();
  parentPort!.postMessage(undefined);
}

run().catch((error: Error) => parentPort!.postMessage({ error: toThreadError(error) } satisfies ReadFailure));
