import { Worker } from "node:worker_threads";
import { fromThreadError, type ThreadError, toThreadError } from "../../platform/thread-error.js";
import { DamagedJournalError, JournalFailedError, type JournalRow } from "../port.js";

/** What the reading thread is started with. */
export interface ReadAheadData {
  readonly dataFolder: string;
  readonly fromSequence: number;
  /** Chunks that it may still send; then, not 0 when no more is wanted. */
  readonly free: Int32Array;
  /** Where chunks lie: the first at the beginning, each {@link CHUNK_BYTES} behind the one before, then round again. */
  readonly chunks: Uint8Array;
}

/** Where a row lies in its chunk: hash before, hash, commands, events, one after the other. */
export interface RowPlace {
  readonly epoch: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly digest: string;
  readonly at: number;
  readonly commandBytes: number;
  readonly eventBytes: number;
}

export interface RowChunk {
  readonly places: readonly RowPlace[];
  /** The bytes of a row that is larger than a chunk; else the rows lie in the next of {@link ReadAheadData.chunks}. */
  readonly own: Uint8Array | undefined;
}

/** Reading has failed: nothing more comes. */
export interface ReadFailure {
  readonly error: ThreadError;
}

/** Bytes of one chunk: large enough that messages cost nothing, small enough for a cache. */
export const CHUNK_BYTES = 1 << 20;

/** Chunks read ahead, at most. */
const CHUNKS_MAX = 8;

const HASH_BYTES = 32;

/**
 * A journal's rows from the one that holds a sequence, as `SqliteJournal.read` gives them, but read and checked by
 * another thread: replay then costs what the core costs. Worth its thread from some ten thousand commands on. The
 * chunks are used again and again, since taking fresh memory from the system would cost more than reading.
 * A row's commands and events are valid until the next row is asked for.
 */
export async function* readAhead(dataFolder: string, fromSequence: number): AsyncIterable<JournalRow> {
  const free = new Int32Array(new SharedArrayBuffer(8));
  free[0] = CHUNKS_MAX;
  const chunks = new Uint8Array(new SharedArrayBuffer(CHUNKS_MAX * CHUNK_BYTES));
  const worker = new Worker(new URL("./read-ahead-thread.js", import.meta.url), {
    name: "buttonwood-read-ahead",
    workerData: { dataFolder, fromSequence, free, chunks } satisfies ReadAheadData,
  });
  const arrived: (RowChunk | ReadFailure | undefined)[] = [];
  let wake: (() => void) | undefined;
  const arrive = (chunk: RowChunk | ReadFailure | undefined): void => {
    arrived.push(chunk);
    wake?.();
  };
  worker.on("message", arrive);
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  worker.on("error", (error: Error) => arrive({ error: toThreadError(error) }));
  let next = 0;
  try {
    for (;;) {
      if (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const chunk = arrived.shift();
      if (chunk === undefined) return;
      if ("error" in chunk) throw named(fromThreadError(chunk.error));
      const at = next * CHUNK_BYTES;
      next = (next + 1) % CHUNKS_MAX;
      yield* rowsOf(chunk.places, chunk.own ?? chunks.subarray(at, at + CHUNK_BYTES));
      Atomics.add(free, 0, 1);
      Atomics.notify(free, 0);
    }
  } finally {
    // It ends by itself: a thread that is ended within a call of the SQL library takes the process along.
    Atomics.store(free, 1, 1);
    Atomics.add(free, 0, 1);
    Atomics.notify(free, 0);
    await ended;
  }
}

function* rowsOf(places: readonly RowPlace[], bytes: Uint8Array): Iterable<JournalRow> {
  for (const { epoch, firstSequence, lastSequence, digest, at, commandBytes, eventBytes } of places) {
    const commandsAt = at + 2 * HASH_BYTES;
    yield {
      epoch,
      firstSequence,
      lastSequence,
      digest,
      previousHash: bytes.subarray(at, at + HASH_BYTES),
      // The next row is compared with it, perhaps from another chunk.
      hash: bytes.slice(at + HASH_BYTES, commandsAt),
      commands: bytes.subarray(commandsAt, commandsAt + commandBytes),
      events: bytes.subarray(commandsAt + commandBytes, commandsAt + commandBytes + eventBytes),
    };
  }
}

/** The journal's errors by their names: recovery tells them apart by class. */
function named(error: Error): Error {
  switch (error.name) {
    case "DamagedJournalError":
      return new DamagedJournalError(error.message);
    case "JournalFailedError":
      return new JournalFailedError(error.message);
  }
  return error;
}
