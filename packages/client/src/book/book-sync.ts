/**
 * Keeps a book in step with a stream of updates, by their numbers alone. An update that follows is applied, one that
 * was seen is passed over, and one that leaves a hole is kept while a snapshot is fetched on which it follows.
 */
import type { Depth } from "../api/market-data-types.js";
import { type BackoffTimes, backoffMs, pause } from "../backoff.js";
import { ClientError } from "../errors.js";
import { Listeners } from "../listeners.js";
import type { DepthUpdate } from "../streams/stream-types.js";
import { follows, OrderBook } from "./order-book.js";

/** A snapshot may be older than the first update that came: the next one is fetched a moment later. */
const AGAIN_TIMES: BackoffTimes = { minMs: 20, maxMs: 2_000 };
/** Snapshots that lie behind the book come from a part of the exchange that lags; after so many it has begun anew. */
const BEHIND_TRIES_MAX = 5;
/** Updates that may wait for a snapshot; an exchange that never answers must not fill the memory. */
const WAITING_MAX = 100_000;

export interface BookSyncOptions {
  /** Fetches a snapshot of at most `limit` levels a side. Rejects when it can't: it is asked again. */
  readonly snapshot: (limit: number) => Promise<Depth>;
  /** Levels a side of a snapshot, 1 to 5,000; default 1,000. */
  readonly limit?: number;
  /** Between tries to fetch a snapshot. */
  readonly retry?: BackoffTimes;
  /** Told when a snapshot could not be fetched; it is tried again. */
  readonly onFailure?: (error: Error) => void;
}

export type BookState =
  /** The book is as of its last update, and the next one will follow on it. */
  | { readonly kind: "synced"; readonly lastUpdateId: number; readonly by: "snapshot" | "update" }
  /** Updates are missing: the book is old until it is synced again. */
  | { readonly kind: "gap"; readonly lastUpdateId: number; readonly reason: string };

/** What has happened to a book so far. */
export interface BookCounts {
  /** Updates that were applied. */
  readonly applied: number;
  /** Updates that the book had already. */
  readonly repeated: number;
  readonly gaps: number;
  readonly snapshots: number;
}

export class BookSync {
  readonly book = new OrderBook();
  readonly #options: BookSyncOptions;
  readonly #limit: number;
  readonly #states = new Listeners<BookState>();
  readonly #changes = new Listeners<DepthUpdate | undefined>();
  /** Updates to be applied to the snapshot that is being fetched, in their order. */
  #waiting: DepthUpdate[] = [];
  #isSynced = false;
  #isFetching = false;
  #isClosed = false;
  #counts = { applied: 0, repeated: 0, gaps: 0, snapshots: 0 };

  constructor(options: BookSyncOptions) {
    this.#options = options;
    this.#limit = options.limit ?? 1_000;
  }

  /** Whether the book is as of the last update that came. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  get counts(): BookCounts {
    return { ...this.#counts };
  }

  /** Tells of gaps and of their end. Returns how to stop. */
  onState(listener: (state: BookState) => void): () => void {
    return this.#states.add(listener);
  }

  /** Tells after every change of the book: the update, or undefined after a snapshot. Returns how to stop. */
  onChange(listener: (update: DepthUpdate | undefined) => void): () => void {
    return this.#changes.add(listener);
  }

  /** Resolves when the book is synced. */
  whenSynced(): Promise<void> {
    if (this.#isSynced) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.onState(({ kind }) => {
        if (kind !== "synced") return;
        stop();
        resolve();
      });
    });
  }

  /** Takes an update of the stream, in any order, once or several times. */
  take(update: DepthUpdate): void {
    if (this.#isClosed) return;
    const last = this.book.lastUpdateId;
    if (this.#isSynced) {
      if (update.u <= last) {
        this.#counts.repeated++;
        return;
      }
      if (follows(update, last)) {
        this.#apply(update);
        if (this.#isFetching) this.#keep(update);
        else if (this.book.isThin) this.#fetch();
        return;
      }
      this.miss(`update ${last + 1} is missing: ${update.U}–${update.u} came`);
    }
    this.#keep(update);
    this.#heal();
    if (!this.#isSynced) this.#fetch();
  }

  /** Says that updates may have been missed, as when the connection has ended. */
  miss(reason: string): void {
    if (!this.#isSynced) return;
    this.#isSynced = false;
    this.#counts.gaps++;
    this.#states.tell({ kind: "gap", lastUpdateId: this.book.lastUpdateId, reason });
  }

  /** Fetches a snapshot, once the stream of updates has begun (again). */
  begin(): void {
    if (!this.#isSynced) this.#fetch();
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }

  #apply(update: DepthUpdate): void {
    this.book.apply(update);
    this.#counts.applied++;
    this.#changes.tell(update);
  }

  #keep(update: DepthUpdate): void {
    let at = this.#waiting.length;
    while (at > 0 && this.#waiting[at - 1]!.U > update.U) at--;
    const before = this.#waiting[at - 1];
    if (before !== undefined && before.U === update.U && before.u === update.u) {
      this.#counts.repeated++;
      return;
    }
    this.#waiting.splice(at, 0, update);
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
  }

  /** After a gap: the missing updates may have come late, so that no snapshot is needed. */
  #heal(): void {
    if (this.#counts.snapshots === 0) return;
    this.#applyWaiting();
    if (this.#waiting.length > 0) return;
    this.#synced("update");
  }

  /** Applies what follows of the waiting updates; a hole stops it. */
  #applyWaiting(): void {
    while (this.#waiting.length > 0) {
      const next = this.#waiting[0]!;
      if (next.u > this.book.lastUpdateId) {
        if (!follows(next, this.book.lastUpdateId)) return;
        this.#apply(next);
      }
      this.#waiting.shift();
    }
  }

  #synced(by: "snapshot" | "update"): void {
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#states.tell({ kind: "synced", lastUpdateId: this.book.lastUpdateId, by });
  }

  #fetch(): void {
    if (this.#isFetching || this.#isClosed) return;
    this.#isFetching = true;
    void this.#fetchUntilSynced().finally(() => {
      this.#isFetching = false;
      // A hole may have come with the last update while the fetch was ending.
      if (!this.#isSynced && !this.#isClosed && this.#waiting.length > 0) this.#fetch();
    });
  }

  async #fetchUntilSynced(): Promise<void> {
    // A synced book fetches for more levels alone: its updates go on, and are kept for the snapshot.
    for (let tries = 0; !this.#isClosed; tries++) {
      let snapshot: Depth | undefined;
      try {
        snapshot = await this.#options.snapshot(this.#limit);
      } catch (error) {
        const { onFailure } = this.#options;
        if (onFailure === undefined && !(error instanceof ClientError)) throw error;
        onFailure?.(error as Error);
      }
      if (this.#isClosed) return;
      if (this.#isSynced && !this.book.isThin) {
        this.#waiting = [];
        return;
      }
      if (snapshot !== undefined && this.#join(snapshot, tries >= BEHIND_TRIES_MAX)) return;
      await pause(backoffMs(this.#options.retry ?? AGAIN_TIMES, tries));
    }
  }

  /** Puts the waiting updates on a snapshot; false when they don't follow on it, or lead on with a hole. */
  #join(snapshot: Depth, mayStepBack: boolean): boolean {
    const first = this.#waiting.find(({ u }) => u > snapshot.lastUpdateId);
    if (first !== undefined && !follows(first, snapshot.lastUpdateId)) return false;
    // A book must not step back behind what it has shown.
    const reached = Math.max(snapshot.lastUpdateId, this.#waiting.at(-1)?.u ?? 0);
    if (reached < this.book.lastUpdateId && !mayStepBack) return false;
    this.#counts.snapshots++;
    this.book.reset(snapshot, this.#limit);
    this.#changes.tell(undefined);
    this.#applyWaiting();
    if (this.#waiting.length > 0) {
      this.#isSynced = false;
      return false;
    }
    this.#synced("snapshot");
    return true;
  }
}
