import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import type { FeedBatch } from "../../feed/port.js";
import type { JournalReader, JournalRow } from "../../journal/port.js";
import { ProjectionClient } from "../projection-client.js";
import { type RunningProjection, runProjection } from "../run-projection.js";
import type { Tables } from "../tables.js";
import { EventLog } from "./event-log.js";

/** A journal and its feed in memory: what is appended is in the first, and in the second when it is told. */
export class MemoryStream {
  readonly rows: JournalRow[] = [];
  readonly #readers = new Set<(batch: FeedBatch) => void>();
  readonly #hash: Uint8Array;

  constructor(hash = 1) {
    this.#hash = new Uint8Array(32).fill(hash);
  }

  readonly journal: JournalReader = {
    read: (fromSequence) => this.#read(fromSequence),
    tail: async () => ({ sequence: this.rows.at(-1)?.lastSequence ?? 0, hash: this.#hash }),
    close: async () => {},
  };

  readonly feed = {
    subscribe: (onBatch: (batch: FeedBatch) => void) => {
      this.#readers.add(onBatch);
      return () => this.#readers.delete(onBatch);
    },
  };

  append(batch: FeedBatch, publish = true): void {
    this.rows.push({
      epoch: 1,
      firstSequence: batch.firstSequence,
      lastSequence: batch.lastSequence,
      previousHash: this.#hash,
      hash: this.#hash,
      commands: new Uint8Array(),
      events: batch.events.copy(),
      digest: "",
    });
    if (publish) for (const reader of this.#readers) reader(batch);
  }

  async *#read(fromSequence: number): AsyncGenerator<JournalRow> {
    for (const row of [...this.rows]) if (row.lastSequence >= fromSequence) yield row;
  }
}

export interface RunningParts {
  readonly log: EventLog;
  readonly stream: MemoryStream;
  readonly client: ProjectionClient;
  readonly errors: Error[];
  readonly start: (stream?: MemoryStream) => Promise<RunningProjection>;
}

/** Runs a test on projections over one file of tables, each served to the client when it starts. */
export async function runProjections(
  openTables: (file: string) => Tables,
  run: (parts: RunningParts) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-run-projection-"));
  const stream = new MemoryStream();
  const client = new ProjectionClient();
  const errors: Error[] = [];
  const ends: (() => Promise<void> | void)[] = [];
  try {
    await run({
      log: new EventLog(),
      stream,
      client,
      errors,
      async start(from = stream) {
        const { port1, port2 } = new MessageChannel();
        ends.push(() => port1.close());
        const projection = await runProjection({
          openTables: async () => openTables(join(folder, "tables.db")),
          journal: from.journal,
          feed: from.feed,
          clock: { nowUs: () => Date.UTC(2024, 0, 1, 1) * 1000 },
          onFatal: (error) => errors.push(error),
        });
        ends.push(() => projection.close());
        projection.attach(port1);
        client.attach(port2);
        return projection;
      },
    });
  } finally {
    for (const end of ends.reverse()) await end();
    rmSync(folder, { recursive: true });
  }
}
