/** A book of levels as of one update. It applies updates; whether they follow each other is {@link BookSync}'s. */
import type { Depth, DepthLevel } from "../api/market-data-types.js";
import { plainDecimal } from "../decimals.js";
import type { DepthUpdate } from "../streams/stream-types.js";
import { BookSide } from "./book-side.js";

export class OrderBook {
  readonly #bids = new BookSide("BID");
  readonly #asks = new BookSide("ASK");
  #lastUpdateId = 0;
  #limit = Number.POSITIVE_INFINITY;

  /** The book is as of this update of the exchange's counter. */
  get lastUpdateId(): number {
    return this.#lastUpdateId;
  }

  get bestBid(): DepthLevel | undefined {
    return this.#bids.best;
  }

  get bestAsk(): DepthLevel | undefined {
    return this.#asks.best;
  }

  /** The best levels, best first; all that are known when no count is given. */
  bids(count?: number): readonly DepthLevel[] {
    return this.#bids.top(count);
  }

  asks(count?: number): readonly DepthLevel[] {
    return this.#asks.top(count);
  }

  /** Whether all levels are known: a snapshot that is cut off at its limit leaves the worse ones unknown. */
  get isWhole(): boolean {
    return this.#bids.isWhole && this.#asks.isWhole;
  }

  /** Whether so many known levels are gone that a new snapshot is due. */
  get isThin(): boolean {
    const least = this.#limit / 2;
    return (
      (!this.#bids.isWhole && this.#bids.size < least) || (!this.#asks.isWhole && this.#asks.size < least)
    );
  }

  /** The book as the exchange would answer it. */
  depth(count?: number): Depth {
    return { lastUpdateId: this.#lastUpdateId, bids: this.bids(count), asks: this.asks(count) };
  }

  /** Takes a snapshot that was asked for with a limit. */
  reset(snapshot: Depth, limit: number): void {
    this.#limit = limit;
    this.#bids.reset(snapshot.bids, snapshot.bids.length >= limit);
    this.#asks.reset(snapshot.asks, snapshot.asks.length >= limit);
    this.#lastUpdateId = snapshot.lastUpdateId;
  }

  /** Applies an update, which must follow on this book: see {@link follows}. */
  apply(update: DepthUpdate): void {
    if (!follows(update, this.#lastUpdateId)) {
      throw new RangeError(`updates ${update.U}–${update.u} do not follow on ${this.#lastUpdateId}`);
    }
    for (const [price, quantity] of update.b) this.#bids.set(price, quantity);
    for (const [price, quantity] of update.a) this.#asks.set(price, quantity);
    this.#lastUpdateId = update.u;
  }

  /** SHA-256 of the update's number and all known levels, in hex: equal books have equal digests. */
  digest(): Promise<string> {
    return bookDigest(this.depth());
  }
}

/** Whether an update brings a book forward from `lastUpdateId` without a hole. Its levels are whole quantities. */
export function follows(update: DepthUpdate, lastUpdateId: number): boolean {
  return update.U <= lastUpdateId + 1 && lastUpdateId + 1 <= update.u;
}

/** SHA-256 of a book in hex. Prices and quantities count, not how many zeros they are written with. */
export async function bookDigest(depth: Depth): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalText(depth)));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether two books are the same: as of the same update, with the same levels. */
export function sameBook(a: Depth, b: Depth): boolean {
  return canonicalText(a) === canonicalText(b);
}

function canonicalText({ lastUpdateId, bids, asks }: Depth): string {
  const lines = (levels: readonly DepthLevel[]): string[] =>
    levels.map(([price, quantity]) => `${plainDecimal(price)} ${plainDecimal(quantity)}`);
  return [String(lastUpdateId), "bids", ...lines(bids), "asks", ...lines(asks)].join("\n");
}
