/** A thread's entry: reads and checks a journal's rows ahead of the thread that replays them. */
import { parentPort, workerData } from "node:worker_threads";
import { toThreadError } from "../../platform/thread-error.js";
import type { JournalRow } from "../port.js";
import {
  CHUNK_BYTES,
  type ReadAheadData,
  type ReadFailure,
  type RowChunk,
  type RowPlace,
} from "./read-ahead.js";
import { SqliteJournal } from "./sqlite-journal.js";

const { dataFolder, fromSequence, free, chunks } = workerData as ReadAheadData;

/** The chunk that is being filled. */
let chunk = chunks.subarray(0, 0);
let places: RowPlace[] = [];
let bytes = 0;

/** Takes the next chunk; waits while all lie unread. */
function takeChunk(): void {
  while (Atomics.load(free, 0) <= 0) Atomics.wait(free, 0, 0);
  Atomics.sub(free, 0, 1);
  const end = chunk.byteOffset + chunk.byteLength;
  const at = end === chunks.byteLength ? 0 : end;
  chunk = chunks.subarray(at, at + CHUNK_BYTES);
}

function send(own: Uint8Array | undefined): void {
  parentPort!.postMessage({ places, own } satisfies RowChunk);
  places = [];
  bytes = 0;
}

function sizeOf({ previousHash, hash, commands, events }: JournalRow): number {
  return previousHash.byteLength + hash.byteLength + commands.byteLength + events.byteLength;
}

function write(row: JournalRow, to: Uint8Array): void {
  const { epoch, firstSequence, lastSequence, digest, previousHash, hash, commands, events } = row;
  const commandBytes = commands.byteLength;
  const eventBytes = events.byteLength;
  places.push({ epoch, firstSequence, lastSequence, digest, at: bytes, commandBytes, eventBytes });
  for (const part of [previousHash, hash, commands, events]) {
    to.set(part, bytes);
    bytes += part.byteLength;
  }
}

async function run(): Promise<void> {
  const journal = SqliteJournal.openReader(dataFolder);
  for await (const row of journal.read(fromSequence)) {
    if (Atomics.load(free, 1) !== 0) break;
    const size = sizeOf(row);
    if (places.length > 0 && bytes + size > CHUNK_BYTES) send(undefined);
    if (places.length === 0) takeChunk();
    if (size > CHUNK_BYTES) {
      // It keeps its turn, so that chunks and messages go round together.
      const own = new Uint8Array(size);
      write(row, own);
      send(own);
    } else {
      write(row, chunk);
    }
  }
  if (places.length > 0) send(undefined);
  await journal.close();
  parentPort!.postMessage(undefined);
}

run().catch((error: Error) => parentPort!.postMessage({ error: toThreadError(error) } satisfies ReadFailure));
