import { ResultEvent } from "@buttonwood/protocol";
import type { FeedBatch } from "../feed/port.js";

/** Where the groups of a batch begin: counted once for all who are answered from it. */
export class GroupOffsets {
  #batch: FeedBatch | undefined;
  #offsets = new Int32Array(1024);

  /** The first word of each group, and the end of the last. Valid until the next batch. */
  of(batch: FeedBatch): Int32Array {
    if (batch === this.#batch) return this.#offsets;
    const groups = batch.lastSequence - batch.firstSequence + 1;
    if (this.#offsets.length <= groups) this.#offsets = new Int32Array(2 * groups);
    const { i32 } = batch.events;
    let at = 0;
    for (let i = 0; i < groups; i++) {
      this.#offsets[i] = at;
      at += i32[at + ResultEvent.GROUP_WORDS]!;
    }
    this.#offsets[groups] = at;
    this.#batch = batch;
    return this.#offsets;
  }
}
