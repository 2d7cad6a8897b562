import type { WordBuffer } from "@buttonwood/protocol";

/**
 * Events out of an engine, after the commit, in order: a batch holds one or more rows of the journal. A reader that
 * sees a gap catches up from the journal. A batch without events (`firstSequence` = `lastSequence` + 1) only says how far
 * the journal reaches: what lies before was not sent, because the reader was too far behind.
 */
export interface FeedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Whole groups back to back, as in the journal. */
  readonly events: WordBuffer;
}

/** The engine's side. Publishing never fails and never waits: what a reader missed it finds in the journal. */
export interface FeedPublisher {
  publish(batch: FeedBatch): void;
}

/** A reader's side. */
export interface FeedReader {
  /** Calls back for every batch from now on. Returns how to stop. */
  subscribe(onBatch: (batch: FeedBatch) => void): () => void;
}
