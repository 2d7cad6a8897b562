/**
 * Where things lie in the memory of the order books.
 *
 * All books of a core share one block of 32-bit words. Every reference (an order, a level, a page) is the
 * absolute index of its first word; 0 is "none". One block means one base address and one length to keep in
 * registers, and a level can be a node of its own list of orders.
 *
 * ```
 * globals | books | index heads | directory nodes | page headers | pages of levels | orders
 * ```
 * Orders come last: their used part is then one contiguous prefix, whatever the capacity.
 */

export const enum Bound {
  /** Highest price, in ticks. */
  PRICE_MAX = 2 ** 27 - 1,
  /** Highest quantity of one order, in lots. */
  LOTS_MAX = 2 ** 31 - 1,
  /** What stands in place of the best ask when there is none: above every price, so nothing crosses it. */
  NO_ASK = 0x7fffffff,
  /** What stands in place of the best bid when there is none: below every price. */
  NO_BID = 0,
}

// Globals, the first words of the block.
export const enum Global {
  WORDS = 64,
  FREE_ORDER = 1,
  /** Index of the first word never used by an order. */
  ORDER_TOP = 2,
  ORDER_COUNT = 3,
  FREE_PAGE = 4,
  PAGE_TOP = 5,
  PAGE_COUNT = 6,
  FREE_NODE = 7,
  NODE_TOP = 8,
  NODE_COUNT = 9,
}

// A book: its first 64 bytes are all a usual command touches.
export const enum Book {
  BID = 0,
  ASK = 1,
  BID_LEVEL = 2,
  ASK_LEVEL = 3,
  /** The page used last (key and reference): most commands need the same one again. */
  CACHED_KEY = 4,
  CACHED_PAGE = 5,
  /** Which of the 128 nodes hold bids (4 words), then asks (4 words). */
  BITS = 8,
  NODES = 16,
  NODE_COUNT = 128,
  WORDS = NODES + NODE_COUNT,
}

// A directory node: 1,024 pages, 2^20 ticks.
export const enum Node {
  /** Which of the 32 words below are not zero: bids, asks. */
  SUMMARY = 0,
  /** Which pages hold bids (32 words), then asks (32 words). */
  BITS = 8,
  PAGES = 72,
  WORDS = PAGES + 1024,
}

// The header of a page: 1,024 levels.
export const enum PageHeader {
  BOOK = 0,
  /** Price >> 10 of the page's levels. */
  KEY = 1,
  SUMMARY = 2,
  BITS = 8,
  WORDS = 72,
}
export const enum Page {
  WORDS = 4096,
  SHIFT = 12,
}

// A level: the head and tail lie where an order has its links, so the list closes through the level and
// taking an order out needs no branch. Words 2 and 3 hold the sum of lots as a 64-bit float.
export const enum Level {
  WORDS = 4,
}

// An order's hot record: 32 bytes, two to a cache line.
export const enum Hot {
  NEXT = 0,
  PREV = 1,
  /** Open lots. */
  LOTS = 2,
  /** The level, with {@link LevelBits} in its two lowest bits. Price and book follow from the level's page. */
  LEVEL = 3,
  ACCOUNT = 4,
  ID_LO = 5,
  ID_HI = 6,
  /** Next order in the same chain of the id index. */
  CHAIN = 7,
  WORDS = 8,
  SHIFT = 3,
}

export const enum LevelBits {
  /** 0 buy, 1 sell. */
  SIDE = 1,
  /** The order has more lots than it shows. */
  HIDES_MORE = 2,
}

// A fill, in the scratch that `match` writes.
export const enum Fill {
  ORDER = 0,
  LOTS = 1,
  PRICE = 2,
  /** Lots of the maker still open after the fill; 0: the maker is finished. */
  LEFT = 3,
  WORDS = 4,
}
