import { WordBuffer } from "@buttonwood/protocol";
import { GaplessFeed } from "./gapless-feed.js";
import type { FeedBatch, FeedReader } from "./port.js";

/** Words that a made-up command has in a batch. */
const WORDS_A_COMMAND = 12;

/** A journal of made-up batches: what a feed carries, and where its readers find what they missed. */
export class FeedJournal {
  readonly #batches: FeedBatch[] = [];

  /** Makes a batch durable: the one that a publisher may publish next. */
  commit(commands = 1): FeedBatch {
    const firstSequence = this.lastSequence + 1;
    const lastSequence = this.lastSequence + commands;
    const events = new WordBuffer(commands * WORDS_A_COMMAND);
    events.reserve(commands * WORDS_A_COMMAND);
    events.i32.fill(lastSequence);
    const batch = { firstSequence, lastSequence, events };
    this.#batches.push(batch);
    return batch;
  }

  get lastSequence(): number {
    return this.#batches.at(-1)?.lastSequence ?? 0;
  }

  readonly tail = async (): Promise<number> => this.lastSequence;

  async *readMissed(fromSequence: number): AsyncIterable<FeedBatch> {
    for (const batch of this.#batches) if (batch.lastSequence >= fromSequence) yield batch;
  }
}

/** Says what a feed's batch holds, a line for each committed batch, so that it doesn't matter which came together. */
export function described({ firstSequence, lastSequence, events }: FeedBatch): string[] {
  const words = events.i32.subarray(0, events.length);
  const lines: string[] = [];
  let first = firstSequence;
  for (let at = 0; at < words.length; ) {
    let end = at;
    while (end < words.length && words[end] === words[at]) end++;
    const last = first + (end - at) / WORDS_A_COMMAND - 1;
    lines.push(`${first}-${last}: words of ${words[at]}`);
    first = last + 1;
    at = end;
  }
  if (first !== lastSequence + 1) lines.push(`ends at ${first - 1} and says ${lastSequence}`);
  return lines;
}

/** A reader that repairs gaps from the journal, and checks that every sequence comes once and in order. */
export class CheckedReader {
  readonly gapless: GaplessFeed;
  /** What was given, as {@link described} says it. */
  readonly batches: string[] = [];
  /** How often the journal was read. */
  repairs = 0;
  error: Error | undefined;

  constructor(feed: FeedReader, journal: FeedJournal, fromSequence = 1) {
    let next = fromSequence;
    this.gapless = new GaplessFeed({
      feed,
      readMissed: (from) => {
        this.repairs++;
        return journal.readMissed(from);
      },
      fromSequence,
      onBatch: (batch) => {
        if (batch.firstSequence !== next) throw new Error(`${described(batch)} instead of ${next}`);
        next = batch.lastSequence + 1;
        this.batches.push(...described(batch));
      },
      onError: (error) => {
        this.error = error;
      },
    });
  }

  /** Resolves when everything up to a sequence was given. Rejects when the reader has failed. */
  async until(sequence: number): Promise<void> {
    while (this.gapless.nextSequence <= sequence) {
      if (this.error !== undefined) throw this.error;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
