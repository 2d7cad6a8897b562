import { Book, Bound, Global, Node, Page, PageHeader } from "./layout.js";
import type { Regions } from "./memory.js";

/**
 * Finds levels by price, and the next level that holds orders.
 *
 * A book covers 2^27 ticks as 128 nodes of 1,024 pages of 1,024 levels. Nodes and pages exist only where
 * orders rest. Bitmaps of 32 bits a word stand above levels, pages and nodes, one set for each side, so the
 * next best price is a few words away however far the book has emptied.
 */
export class PriceDirectory {
  readonly #m: Int32Array;
  readonly #at: Regions;
  readonly #maxPages: number;

  constructor(words: Int32Array, at: Regions, maxPages: number) {
    this.#m = words;
    this.#at = at;
    this.#maxPages = maxPages;
  }

  /** Pages that can still be taken. A level at a new price needs one at most. */
  get pagesFree(): number {
    return this.#maxPages - this.#m[Global.PAGE_COUNT];
  }

  /** The header of the page that holds a level. */
  headerOf(level: number): number {
    return this.#at.headers + ((level - this.#at.pages) >>> Page.SHIFT) * PageHeader.WORDS;
  }

  /** The price of a level, in ticks. */
  priceOf(level: number): number {
    const offset = level - this.#at.pages;
    const header = this.#at.headers + (offset >>> Page.SHIFT) * PageHeader.WORDS;
    return (this.#m[header + PageHeader.KEY] << 10) | ((offset & (Page.WORDS - 1)) >>> 2);
  }

  /** The page of a price key (price >> 10), or 0. */
  pageAt(book: number, key: number): number {
    const node = this.#m[book + Book.NODES + (key >>> 10)];
    return node === 0 ? 0 : this.#m[node + Node.PAGES + (key & 1023)];
  }

  /** The page of a price key, taken from the pool if need be, or 0 when the pool is used up. */
  takePage(book: number, key: number): number {
    const m = this.#m;
    let node = m[book + Book.NODES + (key >>> 10)];
    let page = node === 0 ? 0 : m[node + Node.PAGES + (key & 1023)];
    if (page === 0) {
      if (m[Global.PAGE_COUNT] >= this.#maxPages) return 0;
      if (node === 0) {
        node = this.#newNode();
        m[book + Book.NODES + (key >>> 10)] = node;
      }
      page = this.#newPage();
      m[node + Node.PAGES + (key & 1023)] = page;
      const header = this.headerOf(page);
      m[header + PageHeader.BOOK] = book;
      m[header + PageHeader.KEY] = key;
    }
    m[book + Book.CACHED_KEY] = key;
    m[book + Book.CACHED_PAGE] = page;
    return page;
  }

  /** A level got its first order: sets the bits above it, and the best price if this is better. */
  occupy(book: number, side: number, level: number): void {
    const m = this.#m;
    const header = this.headerOf(level);
    const index = ((level - this.#at.pages) & (Page.WORDS - 1)) >>> 2;
    const key = m[header + PageHeader.KEY];
    const word = index >>> 5;
    m[header + PageHeader.BITS + (side << 5) + word] |= 1 << (index & 31);
    const summary = m[header + PageHeader.SUMMARY + side];
    m[header + PageHeader.SUMMARY + side] = summary | (1 << word);
    if (summary === 0) this.#occupyPage(book, side, key);
    const price = (key << 10) | index;
    if (side === 0) {
      if (price > m[book + Book.BID]) {
        m[book + Book.BID] = price;
        m[book + Book.BID_LEVEL] = level;
      }
    } else if (price < m[book + Book.ASK]) {
      m[book + Book.ASK] = price;
      m[book + Book.ASK_LEVEL] = level;
    }
  }

  /** A level lost its last order: clears the bits above it, and finds the next best price if it was best. */
  vacate(side: number, level: number): void {
    const m = this.#m;
    const header = this.headerOf(level);
    const index = ((level - this.#at.pages) & (Page.WORDS - 1)) >>> 2;
    const book = m[header + PageHeader.BOOK];
    const word = index >>> 5;
    const wordAt = header + PageHeader.BITS + (side << 5) + word;
    const bits = m[wordAt] & ~(1 << (index & 31));
    m[wordAt] = bits;
    if (bits === 0) m[header + PageHeader.SUMMARY + side] &= ~(1 << word);
    if (m[book + Book.BID_LEVEL + side] === level) this.#setBest(book, side, this.next(book, side, level));
    if ((m[header + PageHeader.SUMMARY] | m[header + PageHeader.SUMMARY + 1]) === 0) {
      this.#vacatePage(book, side, m[header + PageHeader.KEY]);
      this.#releasePage(book, level - (index << 2), header);
    } else if (m[header + PageHeader.SUMMARY + side] === 0) {
      this.#vacatePage(book, side, m[header + PageHeader.KEY]);
    }
  }

  /** The next occupied level behind `level` (lower for bids, higher for asks), or 0. */
  next(book: number, side: number, level: number): number {
    const m = this.#m;
    const header = this.headerOf(level);
    const index = ((level - this.#at.pages) & (Page.WORDS - 1)) >>> 2;
    const bitsAt = header + PageHeader.BITS + (side << 5);
    const found = behind(m, header + PageHeader.SUMMARY + side, bitsAt, side, index);
    if (found >= 0) return level + ((found - index) << 2);
    return this.#nextInPages(book, side, m[header + PageHeader.KEY]);
  }

  #nextInPages(book: number, side: number, key: number): number {
    const m = this.#m;
    let nodeIndex = key >>> 10;
    let node = m[book + Book.NODES + nodeIndex];
    let found = behind(m, node + Node.SUMMARY + side, node + Node.BITS + (side << 5), side, key & 1023);
    while (found < 0) {
      nodeIndex = nodeBehind(m, book + Book.BITS + (side << 2), side, nodeIndex);
      if (nodeIndex < 0) return 0;
      node = m[book + Book.NODES + nodeIndex];
      found = first(m, node + Node.SUMMARY + side, node + Node.BITS + (side << 5), side);
    }
    const page = m[node + Node.PAGES + found];
    const header = this.headerOf(page);
    const index = first(m, header + PageHeader.SUMMARY + side, header + PageHeader.BITS + (side << 5), side);
    return page + (index << 2);
  }

  #setBest(book: number, side: number, level: number): void {
    const m = this.#m;
    m[book + Book.BID_LEVEL + side] = level;
    m[book + Book.BID + side] = level !== 0 ? this.priceOf(level) : side === 0 ? Bound.NO_BID : Bound.NO_ASK;
  }

  #occupyPage(book: number, side: number, key: number): void {
    const m = this.#m;
    const nodeIndex = key >>> 10;
    const node = m[book + Book.NODES + nodeIndex];
    const word = (key & 1023) >>> 5;
    m[node + Node.BITS + (side << 5) + word] |= 1 << (key & 31);
    m[node + Node.SUMMARY + side] |= 1 << word;
    m[book + Book.BITS + (side << 2) + (nodeIndex >>> 5)] |= 1 << (nodeIndex & 31);
  }

  #vacatePage(book: number, side: number, key: number): void {
    const m = this.#m;
    const nodeIndex = key >>> 10;
    const node = m[book + Book.NODES + nodeIndex];
    const word = (key & 1023) >>> 5;
    const wordAt = node + Node.BITS + (side << 5) + word;
    m[wordAt] &= ~(1 << (key & 31));
    if (m[wordAt] !== 0) return;
    m[node + Node.SUMMARY + side] &= ~(1 << word);
    if (m[node + Node.SUMMARY + side] !== 0) return;
    m[book + Book.BITS + (side << 2) + (nodeIndex >>> 5)] &= ~(1 << (nodeIndex & 31));
  }

  #newPage(): number {
    const m = this.#m;
    m[Global.PAGE_COUNT]++;
    const free = m[Global.FREE_PAGE];
    if (free !== 0) {
      const header = this.headerOf(free);
      m[Global.FREE_PAGE] = m[header + PageHeader.BOOK];
      return free;
    }
    const page = m[Global.PAGE_TOP];
    m[Global.PAGE_TOP] = page + Page.WORDS;
    // An empty level is a list of itself. It is so again whenever a page is given back.
    for (let level = page; level < page + Page.WORDS; level += 4) {
      m[level] = level;
      m[level + 1] = level;
    }
    return page;
  }

  #releasePage(book: number, page: number, header: number): void {
    const m = this.#m;
    const key = m[header + PageHeader.KEY];
    const node = m[book + Book.NODES + (key >>> 10)];
    m[node + Node.PAGES + (key & 1023)] = 0;
    if (m[book + Book.CACHED_KEY] === key) m[book + Book.CACHED_KEY] = -1;
    m[header + PageHeader.BOOK] = m[Global.FREE_PAGE];
    m[Global.FREE_PAGE] = page;
    m[Global.PAGE_COUNT]--;
    if ((m[node + Node.SUMMARY] | m[node + Node.SUMMARY + 1]) !== 0) return;
    m[book + Book.NODES + (key >>> 10)] = 0;
    m[node + Node.PAGES] = m[Global.FREE_NODE];
    m[Global.FREE_NODE] = node;
    m[Global.NODE_COUNT]--;
  }

  #newNode(): number {
    const m = this.#m;
    m[Global.NODE_COUNT]++;
    const free = m[Global.FREE_NODE];
    if (free !== 0) {
      m[Global.FREE_NODE] = m[free + Node.PAGES];
      m[free + Node.PAGES] = 0;
      return free;
    }
    const node = m[Global.NODE_TOP];
    m[Global.NODE_TOP] = node + Node.WORDS;
    return node;
  }
}

/** Index of the lowest bit set; `bits` is not zero. */
const lowest = (bits: number): number => 31 - Math.clz32(bits & -bits);
/** Index of the highest bit set; `bits` is not zero. */
const highest = (bits: number): number => 31 - Math.clz32(bits);

/** The nearest bit set below `index` (bids) or above it (asks) in a map of 1,024 bits, or −1. */
function behind(m: Int32Array, summaryAt: number, bitsAt: number, side: number, index: number): number {
  const word = index >>> 5;
  if (side === 0) {
    const bits = m[bitsAt + word] & ((1 << (index & 31)) - 1);
    if (bits !== 0) return (word << 5) | highest(bits);
    const words = m[summaryAt] & ((1 << word) - 1);
    if (words === 0) return -1;
    const w = highest(words);
    return (w << 5) | highest(m[bitsAt + w]);
  }
  // Shifting by 1 after shifting by n keeps n = 31 right, since a shift by 32 is a shift by 0.
  const bits = m[bitsAt + word] & ((-1 << (index & 31)) << 1);
  if (bits !== 0) return (word << 5) | lowest(bits);
  const words = m[summaryAt] & ((-1 << word) << 1);
  if (words === 0) return -1;
  const w = lowest(words);
  return (w << 5) | lowest(m[bitsAt + w]);
}

/** The highest bit set (bids) or the lowest (asks) in a map of 1,024 bits that is not empty. */
function first(m: Int32Array, summaryAt: number, bitsAt: number, side: number): number {
  const w = side === 0 ? highest(m[summaryAt]) : lowest(m[summaryAt]);
  const bits = m[bitsAt + w];
  return (w << 5) | (side === 0 ? highest(bits) : lowest(bits));
}

/** The nearest of 128 bits below `index` (bids) or above it (asks), or −1. */
function nodeBehind(m: Int32Array, bitsAt: number, side: number, index: number): number {
  let word = index >>> 5;
  let bits = m[bitsAt + word];
  if (side === 0) {
    bits &= (1 << (index & 31)) - 1;
    while (bits === 0) {
      if (--word < 0) return -1;
      bits = m[bitsAt + word];
    }
    return (word << 5) | highest(bits);
  }
  bits &= (-1 << (index & 31)) << 1;
  while (bits === 0) {
    if (++word > 3) return -1;
    bits = m[bitsAt + word];
  }
  return (word << 5) | lowest(bits);
}
