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

/** Highest price, in ticks. */
export const PRICE_MAX = 2 ** 27 - 1;
/** Highest quantity of one order, in lots. */
export const LOTS_MAX = 2 ** 31 - 1;
/** What stands in place of the best ask when there is none: above every price, so nothing crosses it. */
export const NO_ASK = 0x7fffffff;
/** What stands in place of the best bid when there is none: below every price. */
export const NO_BID = 0;

/** Side of an order: bids are 0, asks are 1. In a trigger book: falling triggers are 0, rising ones 1. */
export const BUY = 0;
export const SELL = 1;

// Globals, the first words of the block.
export const GLOBAL_WORDS = 64;
export const FREE_ORDER = 1;
/** Index of the first word never used by an order. */
export const ORDER_TOP = 2;
export const ORDER_COUNT = 3;
export const FREE_PAGE = 4;
export const PAGE_TOP = 5;
export const PAGE_COUNT = 6;
export const FREE_NODE = 7;
export const NODE_TOP = 8;
export const NODE_COUNT = 9;

// A book: its first 64 bytes are all a usual command touches.
export const BID = 0;
export const ASK = 1;
export const BID_LEVEL = 2;
export const ASK_LEVEL = 3;
/** The page used last (key and reference): most commands need the same one again. */
export const CACHED_KEY = 4;
export const CACHED_PAGE = 5;
/** Which of the 128 nodes hold bids (4 words), then asks (4 words). */
export const BOOK_BITS = 8;
export const BOOK_NODES = 16;
export const BOOK_NODE_COUNT = 128;
export const BOOK_WORDS = BOOK_NODES + BOOK_NODE_COUNT;

// A directory node: 1,024 pages, 2^20 ticks.
/** Which of the 32 words below are not zero: bids, asks. */
export const NODE_SUMMARY = 0;
/** Which pages hold bids (32 words), then asks (32 words). */
export const NODE_BITS = 8;
export const NODE_PAGES = 72;
export const NODE_WORDS = NODE_PAGES + 1024;

// The header of a page: 1,024 levels.
export const PAGE_BOOK = 0;
/** Price >> 10 of the page's levels. */
export const PAGE_KEY = 1;
export const PAGE_SUMMARY = 2;
export const PAGE_BITS = 8;
export const PAGE_HEADER_WORDS = 72;
export const PAGE_WORDS = 4096;
export const PAGE_SHIFT = 12;

// A level: the head and tail lie where an order has its links, so the list closes through the level and
// taking an order out needs no branch. Words 2 and 3 hold the sum of lots as a 64-bit float.
export const LEVEL_WORDS = 4;

// An order's hot record: 32 bytes, two to a cache line.
export const NEXT = 0;
export const PREV = 1;
/** Open lots. */
export const LOTS = 2;
/** The level, with the side in the lowest bit. Price and book follow from the level's page. */
export const LEVEL = 3;
export const ACCOUNT = 4;
export const ID_LO = 5;
export const ID_HI = 6;
/** Next order in the same chain of the id index. */
export const CHAIN = 7;
export const ORDER_WORDS = 8;
export const ORDER_SHIFT = 3;

// A fill, in the scratch that `match` writes.
export const FILL_ORDER = 0;
export const FILL_LOTS = 1;
export const FILL_PRICE = 2;
/** Lots of the maker still open after the fill; 0: the maker is finished. */
export const FILL_LEFT = 3;
export const FILL_WORDS = 4;
