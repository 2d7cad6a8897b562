import { Book, Bound, Global, Hot, Node, Page, PageHeader } from "./layout.js";

/** How much the books of a core can hold. Memory is reserved for all of it and used as it fills. */
export interface OrderBooksConfig {
  /** Number of books, 1…65,536. */
  readonly books: number;
  /** Orders in all books together, 1…2^24. */
  readonly maxOpenOrders?: number;
  /** Low bits of an id that tell nothing apart, 0…8: left out of the index, so that ids in a row stay dense. */
  readonly idShift?: number;
  /** Pages of 1,024 ticks in use at a time, 1…65,536: 16 KiB each. */
  readonly maxPages?: number;
}

export const MAX_OPEN_ORDERS_DEFAULT = 2 ** 21;
export const MAX_PAGES_DEFAULT = 2 ** 13;

/** Where each region of the block starts, in words. */
export interface Regions {
  readonly books: number;
  readonly heads: number;
  /** Number of index heads less one; a power of two less one. */
  readonly headMask: number;
  readonly nodes: number;
  readonly headers: number;
  readonly pages: number;
  readonly orders: number;
  readonly end: number;
}

const aligned = (words: number): number => Math.ceil(words / 16) * 16;

/** Lays the regions out one after the other, each starting on a cache line. */
export function layRegions(books: number, maxOpenOrders: number, maxPages: number): Regions {
  if (!(books >= 1 && books <= 65_536)) throw new RangeError(`books must be 1…65,536, not ${books}`);
  if (!(maxOpenOrders >= 1 && maxOpenOrders <= 2 ** 24)) {
    throw new RangeError(`maxOpenOrders must be 1…2^24, not ${maxOpenOrders}`);
  }
  if (!(maxPages >= 1 && maxPages <= 65_536)) {
    throw new RangeError(`maxPages must be 1…65,536, not ${maxPages}`);
  }
  let heads = 1;
  while (heads < maxOpenOrders) heads *= 2;
  const booksAt = Global.WORDS;
  const headsAt = aligned(booksAt + books * Book.WORDS);
  const nodesAt = aligned(headsAt + heads);
  // A node holds at least one page, so there are never more nodes than pages.
  const headersAt = aligned(nodesAt + maxPages * Node.WORDS);
  const pagesAt = aligned(headersAt + maxPages * PageHeader.WORDS);
  const ordersAt = pagesAt + maxPages * Page.WORDS;
  const end = ordersAt + maxOpenOrders * Hot.WORDS;
  return {
    books: booksAt,
    heads: headsAt,
    headMask: heads - 1,
    nodes: nodesAt,
    headers: headersAt,
    pages: pagesAt,
    orders: ordersAt,
    end,
  };
}

/** Fills in what is not zero in an empty block. */
export function initialise(words: Int32Array, at: Regions, books: number): void {
  words[Global.ORDER_TOP] = at.orders;
  words[Global.PAGE_TOP] = at.pages;
  words[Global.NODE_TOP] = at.nodes;
  words[Global.FREE_ORDER] = 0;
  for (let i = 0; i < books; i++) {
    const book = at.books + i * Book.WORDS;
    words[book + Book.ASK] = Bound.NO_ASK;
    words[book + Book.CACHED_KEY] = -1;
  }
  // Slot 0 of no region is ever an order; reading "none" as one gives zeros.
  words[Hot.ACCOUNT] = 0;
}
