import type { FeedBatch, FeedReader } from "./port.js";

/** How a reader catches up: batches from a sequence on, up to what is durable now. From the journal. */
export type ReadMissed = (fromSequence: number) => AsyncIterable<FeedBatch>;

/** How many batches wait while the reader catches up; beyond, they are dropped and read from the journal later. */
const WAITING_BATCHES_MAX = 1024;

/**
 * A feed without gaps from a given sequence on: joins the live feed with what it missed, read from the journal.
 * Calls back in order, each sequence exactly once, and waits for what the callback returns.
 */
export class GaplessFeed {
  readonly #feed: FeedReader;
  readonly #readMissed: ReadMissed;
  readonly #onBatch: (batch: FeedBatch) => void | Promise<void>;
  readonly #onError: (error: Error) => void;
  readonly #waiting: FeedBatch[] = [];
  #next: number;
  /** Highest sequence seen in the live feed, delivered or not. */
  #seen = 0;
  #gaps = 0;
  #running: Promise<void> | undefined;
  #stop: (() => void) | undefined;

  constructor(parts: {
    readonly feed: FeedReader;
    readonly readMissed: ReadMissed;
    /** First sequence wanted: 1, or the one after a batch. */
    readonly fromSequence: number;
    readonly onBatch: (batch: FeedBatch) => void | Promise<void>;
    /** The callback or the journal failed: nothing more will come. */
    readonly onError: (error: Error) => void;
  }) {
    this.#feed = parts.feed;
    this.#readMissed = parts.readMissed;
    this.#onBatch = parts.onBatch;
    this.#onError = parts.onError;
    this.#next = parts.fromSequence;
  }

  /** Next sequence to be delivered. */
  get nextSequence(): number {
    return this.#next;
  }

  /** Times that something was missing and read, after the start. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Begins to listen, and reads what was missed. Resolves when that is delivered. */
  start(): Promise<void> {
    this.#stop = this.#feed.subscribe((batch) => {
      this.#seen = Math.max(this.#seen, batch.lastSequence);
      // A batch that is not kept leaves a gap, and the gap is read from the journal.
      if (this.#waiting.length < WAITING_BATCHES_MAX) this.#waiting.push(batch);
      this.#run(false);
    });
    return this.#run(true);
  }

  async close(): Promise<void> {
    this.#stop?.();
    this.#stop = undefined;
    await this.#running;
  }

  #run(catchUp: boolean): Promise<void> {
    this.#running ??= this.#deliver(catchUp)
      .catch((error: Error) => {
        this.#stop?.();
        this.#stop = undefined;
        this.#onError(error);
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#stop !== undefined && this.#waiting.length > 0) void this.#run(false);
      });
    return this.#running;
  }

  async #deliver(catchUp: boolean): Promise<void> {
    if (catchUp) await this.#readGap();
    for (;;) {
      const batch = this.#waiting.shift();
      if (batch === undefined) {
        if (this.#next > this.#seen || this.#stop === undefined) return;
        this.#gaps++;
        await this.#readGap();
        continue;
      }
      if (batch.lastSequence < this.#next) continue;
      if (batch.firstSequence !== this.#next) {
        this.#gaps++;
        await this.#readGap();
      }
      if (batch.firstSequence === this.#next && batch.events.length > 0) await this.#give(batch);
    }
  }

  async #readGap(): Promise<void> {
    const before = this.#next;
    for await (const batch of this.#readMissed(this.#next)) {
      if (this.#stop === undefined) return;
      if (batch.lastSequence < this.#next) continue;
      await this.#give(batch);
    }
    if (this.#next === before && this.#next <= this.#seen) {
      throw new Error(`the feed has shown sequence ${this.#seen}, but the journal ends before ${this.#next}`);
    }
  }

  async #give(batch: FeedBatch): Promise<void> {
    const done = this.#onBatch(batch);
    if (done !== undefined) await done;
    this.#next = batch.lastSequence + 1;
  }
}
