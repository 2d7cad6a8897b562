/**
 * Large blocks come from the system 16 bytes behind the start of a page. Starting 48 bytes further puts rows of
 * 64 bytes on one cache line each, and lets no record of 32 bytes straddle two.
 */
const LINE_OFFSET_BYTES = 48;

/** One block of memory, as words and as doubles. */
export interface Table {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

/** A zeroed block of `words` words. The system provides it page by page, as it is written. */
export function newTable(words: number): Table {
  const even = words + (words & 1);
  const buffer = new ArrayBuffer(LINE_OFFSET_BYTES + even * 4);
  return {
    words: new Int32Array(buffer, LINE_OFFSET_BYTES, even),
    doubles: new Float64Array(buffer, LINE_OFFSET_BYTES, even / 2),
  };
}

const PAGE_WORDS = 1024;

/**
 * Has the system provide a table's memory before it is used. The first write to a page of 4 KiB costs as much as
 * several orders, wherever it happens.
 */
export class Preparation {
  readonly #words: Int32Array;
  #end: number;

  /** What lies before word `start` is never prepared. */
  constructor(words: Int32Array, start = 0) {
    this.#words = words;
    this.#end = start;
  }

  /** Writes to every page up to word `end` that was not written to yet. The words stay as they are. */
  upTo(end: number): void {
    const w = this.#words;
    const last = Math.min(end, w.length);
    for (; this.#end < last; this.#end += PAGE_WORDS) w[this.#end] |= 0;
  }
}
