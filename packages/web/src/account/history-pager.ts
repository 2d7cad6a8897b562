/** What an account did on several markets, newest first, read back in time page by page. */

export interface HistoryPagerOptions<Row> {
  readonly symbols: readonly string[];
  /** The newest rows of a symbol up to and with a moment in ms (undefined: now), oldest first, `limit` at most. */
  readonly read: (symbol: string, endTime: number | undefined, limit: number) => Promise<readonly Row[]>;
  readonly timeOf: (row: Row) => number;
  /** Tells rows of one symbol apart. */
  readonly keyOf: (row: Row) => string;
}

/** Rows of one read. */
const PAGE = 100;
/** The exchange's maximum: for when more than a page fall into one millisecond. */
const PAGE_MAX = 1000;

/** Where one symbol's history has been read to. */
interface Source<Row> {
  readonly symbol: string;
  /** Newest first, read and not yet given. */
  readonly rows: Row[];
  /** The next read ends here; rows of this ms are read again, since it may have had more. */
  endTime: number | undefined;
  /** Keys of the rows of that ms that were read. */
  seen: ReadonlySet<string>;
  isAtEnd: boolean;
}

export class HistoryPager<Row> {
  readonly #options: HistoryPagerOptions<Row>;
  readonly #sources: readonly Source<Row>[];

  constructor(options: HistoryPagerOptions<Row>) {
    this.#options = options;
    this.#sources = options.symbols.map((symbol) => ({
      symbol,
      rows: [],
      endTime: undefined,
      seen: new Set(),
      isAtEnd: false,
    }));
  }

  /** Whether there is nothing older. */
  get isAtEnd(): boolean {
    return this.#sources.every(({ rows, isAtEnd }) => isAtEnd && rows.length === 0);
  }

  /** The next older rows of all symbols, newest first, `count` at most. A read that fails loses none of them. */
  async next(count: number): Promise<readonly Row[]> {
    const { timeOf } = this.#options;
    const page: Row[] = [];
    while (page.length < count) {
      const empty = this.#sources.filter(({ rows, isAtEnd }) => rows.length === 0 && !isAtEnd);
      // Before the first row is taken all symbols have rows or have ended: a failure finds nothing taken yet.
      if (empty.length > 0 && page.length > 0) break;
      await Promise.all(empty.map((source) => this.#fill(source)));
      let newest: Source<Row> | undefined;
      for (const source of this.#sources) {
        const [row] = source.rows;
        if (row === undefined) continue;
        if (newest === undefined || timeOf(row) > timeOf(newest.rows[0]!)) newest = source;
      }
      if (newest === undefined) break;
      page.push(newest.rows.shift()!);
    }
    return page;
  }

  async #fill(source: Source<Row>): Promise<void> {
    const { read, timeOf, keyOf } = this.#options;
    for (let limit = PAGE; source.rows.length === 0 && !source.isAtEnd; limit = PAGE_MAX) {
      const rows = await read(source.symbol, source.endTime, limit);
      const fresh = rows.filter((row) => !source.seen.has(keyOf(row)));
      source.rows.push(...fresh.toReversed());
      source.isAtEnd = rows.length < limit;
      const [oldest] = rows;
      if (oldest === undefined) return;
      const isWholePageSeen = fresh.length === 0 && limit === PAGE_MAX;
      source.endTime = timeOf(oldest) - (isWholePageSeen ? 1 : 0);
      source.seen = new Set(rows.filter((row) => timeOf(row) === source.endTime).map(keyOf));
    }
  }
}
