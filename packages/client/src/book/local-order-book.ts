/** An exchange's book, kept here: begun from a snapshot, kept by the depth stream, proved by the updates' numbers. */

import type { ExchangeApi } from "../api/exchange-api.js";
import type { Depth, DepthLevel } from "../api/market-data-types.js";
import type { MarketStreams } from "../streams/market-streams.js";
import type { DepthUpdate } from "../streams/stream-types.js";
import type { Subscription } from "../streams/subscription.js";
import { type BookCounts, type BookState, BookSync } from "./book-sync.js";

export interface LocalOrderBookOptions {
  readonly symbol: string;
  readonly streams: MarketStreams;
  /** Where snapshots come from: a RestClient or an ApiSession. */
  readonly api: ExchangeApi;
  /** Levels a side of a snapshot, 1 to 5,000; default 1,000. What lies behind them is not kept. */
  readonly limit?: number;
  /** How often updates come, in ms; default 100. */
  readonly speedMs?: 100 | 1000;
  /** Told when a snapshot could not be fetched; it is tried again. */
  readonly onFailure?: (error: Error) => void;
}

export class LocalOrderBook {
  readonly symbol: string;
  readonly #sync: BookSync;
  readonly #updates: Subscription<DepthUpdate>;

  private constructor(symbol: string, sync: BookSync, updates: Subscription<DepthUpdate>) {
    this.symbol = symbol;
    this.#sync = sync;
    this.#updates = updates;
  }

  /** Opens a book and resolves when it is synced. */
  static async open(options: LocalOrderBookOptions): Promise<LocalOrderBook> {
    const { symbol, streams, api, limit, speedMs = 100, onFailure } = options;
    const sync = new BookSync({
      snapshot: (levels) => api.depth({ symbol, limit: levels }),
      ...(limit === undefined ? {} : { limit }),
      ...(onFailure === undefined ? {} : { onFailure }),
    });
    const updates = streams.depth(symbol, speedMs);
    updates.onMessage((update) => sync.take(update));
    updates.onGap((gap) => {
      if (gap.kind === "gap") sync.miss(gap.reason);
      else sync.begin();
    });
    try {
      await updates.ready;
    } catch (error) {
      sync.close();
      updates.close();
      throw error;
    }
    sync.begin();
    await sync.whenSynced();
    return new LocalOrderBook(symbol, sync, updates);
  }

  /** Whether the book is as of the last update that came. In a gap it is old; it says so before anybody reads it. */
  get isSynced(): boolean {
    return this.#sync.isSynced;
  }

  get lastUpdateId(): number {
    return this.#sync.book.lastUpdateId;
  }

  get bestBid(): DepthLevel | undefined {
    return this.#sync.book.bestBid;
  }

  get bestAsk(): DepthLevel | undefined {
    return this.#sync.book.bestAsk;
  }

  get counts(): BookCounts {
    return this.#sync.counts;
  }

  /** Whether all levels are known, not only the best ones of a snapshot that was cut off. */
  get isWhole(): boolean {
    return this.#sync.book.isWhole;
  }

  /** The best levels, best first. */
  bids(count?: number): readonly DepthLevel[] {
    return this.#sync.book.bids(count);
  }

  asks(count?: number): readonly DepthLevel[] {
    return this.#sync.book.asks(count);
  }

  /** The book as the exchange would answer it. */
  depth(count?: number): Depth {
    return this.#sync.book.depth(count);
  }

  /** SHA-256 of the update's number and all known levels: see `bookDigest` for a snapshot's. */
  digest(): Promise<string> {
    return this.#sync.book.digest();
  }

  onState(listener: (state: BookState) => void): () => void {
    return this.#sync.onState(listener);
  }

  /** Tells after every change: the update, or undefined after a snapshot. */
  onChange(listener: (update: DepthUpdate | undefined) => void): () => void {
    return this.#sync.onChange(listener);
  }

  whenSynced(): Promise<void> {
    return this.#sync.whenSynced();
  }

  close(): void {
    this.#updates.close();
    this.#sync.close();
  }
}
