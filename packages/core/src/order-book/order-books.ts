import { position } from "../state/position.js";
import { newTable, Preparation } from "../state/table.js";
import { Book, Bound, Fill, Global, Hot, LevelBits, PageHeader } from "./layout.js";
import {
  initialise,
  layRegions,
  MAX_OPEN_ORDERS_DEFAULT,
  MAX_PAGES_DEFAULT,
  type OrderBooksConfig,
  type Regions,
} from "./memory.js";
import { PriceDirectory } from "./price-directory.js";

/** Fills that one call of `match` can write. A longer sweep takes further calls. */
export const FILLS_MAX = 4096;

/**
 * Price-time priority books that share one pool of orders and one index by id.
 *
 * Prices are ticks, 1…2^27−1; quantities lots, 1…2^31−1; ids any integer below 2^53, given as two words. An
 * order is named by its reference, the position of its record, valid until it is released. Nothing here
 * allocates, and nothing checks its arguments: the caller has.
 *
 * The same structure keeps stop orders: a book whose "asks" are triggers above the market and whose "bids"
 * are triggers below it, first in first out at each trigger price.
 */
export class OrderBooks {
  /** The block all of this lies in, see layout.ts. */
  readonly words: Int32Array;
  /** The same block, for the sums of lots. */
  readonly doubles: Float64Array;
  readonly regions: Regions;
  readonly directory: PriceDirectory;
  readonly bookCount: number;
  readonly maxOpenOrders: number;
  readonly maxPages: number;
  /** What `match` wrote: Fill.WORDS words a fill. */
  readonly fills: Int32Array;
  /** Fills in `fills`. The caller sets it back to 0 before it matches a new taker. */
  fillCount = 0;
  /** Fills at which `match` stops, 1…FILLS_MAX. */
  fillsLimit = FILLS_MAX;
  /** The maker of the taker's own account at which `match` stopped, or 0. */
  selfOrder = 0;
  /** Whether `match` stopped behind a maker that has more than it showed: see {@link hideMore}. */
  isPartUsedUp = false;
  readonly #heads: number;
  readonly #headMask: number;
  readonly #idShift: number;
  readonly #end: number;
  readonly #headsPreparation: Preparation;
  readonly #ordersPreparation: Preparation;

  constructor(config: OrderBooksConfig) {
    this.bookCount = config.books;
    this.maxOpenOrders = config.maxOpenOrders ?? MAX_OPEN_ORDERS_DEFAULT;
    this.maxPages = config.maxPages ?? MAX_PAGES_DEFAULT;
    this.regions = layRegions(this.bookCount, this.maxOpenOrders, this.maxPages);
    const table = newTable(this.regions.end);
    this.words = table.words;
    this.doubles = table.doubles;
    this.#idShift = config.idShift ?? 0;
    initialise(this.words, this.regions, this.bookCount);
    this.directory = new PriceDirectory(this.words, this.regions, this.maxPages);
    this.fills = new Int32Array(FILLS_MAX * Fill.WORDS);
    this.#heads = this.regions.heads;
    this.#headMask = this.regions.headMask;
    this.#end = this.regions.end;
    this.#headsPreparation = new Preparation(this.words, this.regions.heads);
    this.#ordersPreparation = new Preparation(this.words, this.regions.orders);
  }

  /** Has the memory ready of the id index and of as many further orders. */
  prepare(orders: number): void {
    this.#headsPreparation.upTo(this.regions.nodes);
    this.#ordersPreparation.upTo(this.words[Global.ORDER_TOP] + orders * Hot.WORDS);
  }

  /** The reference of book `index`, 0…books − 1: what the methods below call `book`. */
  book(index: number): number {
    return this.regions.books + index * Book.WORDS;
  }

  /** The best bid in ticks, or 0. */
  bestBid(book: number): number {
    return this.words[book + Book.BID];
  }

  /** The best ask in ticks, or 0. */
  bestAsk(book: number): number {
    const price = this.words[book + Book.ASK];
    return price === Bound.NO_ASK ? 0 : price;
  }

  /** Orders that exist, resting or taken out but not yet released. */
  get orderCount(): number {
    return this.words[Global.ORDER_COUNT];
  }

  /** Whether one more order can rest at any price. */
  get hasRoom(): boolean {
    return this.words[Global.ORDER_COUNT] < this.maxOpenOrders && this.directory.pagesFree > 0;
  }

  /** Whether so many more orders can rest at any prices. */
  hasRoomFor(orders: number): boolean {
    return (
      this.words[Global.ORDER_COUNT] + orders <= this.maxOpenOrders && this.directory.pagesFree >= orders
    );
  }

  /** The small number of an order's place, 1…maxOpenOrders: the index of its cold data in other arrays. */
  slotOf(order: number): number {
    return ((order - this.regions.orders) >>> Hot.SHIFT) + 1;
  }

  /** The order in a place. */
  orderAt(slot: number): number {
    return this.regions.orders + ((slot - 1) << Hot.SHIFT);
  }

  /** The first order of the chain that an id is in, or 0. */
  chainOf(idLo: number): number {
    return this.words[this.#heads + ((idLo >>> this.#idShift) & this.#headMask)];
  }

  /** The order with this id, or 0. */
  find(idLo: number, idHi: number): number {
    const m = this.words;
    let order = this.chainOf(idLo);
    while (order !== 0 && (m[order + Hot.ID_LO] !== idLo || m[order + Hot.ID_HI] !== idHi))
      order = m[order + Hot.CHAIN];
    return order;
  }

  /** Side of an order: 0 buy, 1 sell. */
  sideOf(order: number): number {
    return this.words[order + Hot.LEVEL] & 1;
  }

  /** Price of an order, in ticks. */
  priceOf(order: number): number {
    return this.directory.priceOf(this.words[order + Hot.LEVEL] & ~3);
  }

  /** The book a resting order stands in. */
  bookOf(order: number): number {
    return this.words[this.directory.headerOf(this.words[order + Hot.LEVEL] & ~3) + PageHeader.BOOK];
  }

  /**
   * Matches a taker against the other side, best price first, oldest first, at the makers' prices, up to and
   * including `limit`. Writes the fills; finished makers have left the book and the index, and keep their
   * record until the caller releases it.
   *
   * Stops when the taker is done, when nothing within the limit is left, when the scratch is full
   * (`fillCount === fillsLimit`), before a maker of `account` (`selfOrder`), or behind a maker that has more than it
   * showed (`isPartUsedUp`). Account −1 stops at none.
   *
   * @returns lots of the taker still open.
   */
  match(book: number, side: number, limit: number, lots: number, account: number): number {
    const m = this.words;
    const opposite = side ^ 1;
    const sign = -side;
    this.selfOrder = 0;
    this.isPartUsedUp = false;
    // (x ^ sign) - sign is x for a buyer and -x for a seller: the side is random, a branch would be too.
    while (lots > 0 && ((limit - m[book + opposite]) ^ sign) - sign >= 0) {
      const left = this.#matchLevel(
        m[book + Book.BID_LEVEL + opposite],
        opposite,
        m[book + opposite],
        lots,
        account,
      );
      if (this.selfOrder !== 0 || this.isPartUsedUp || this.fillCount === this.fillsLimit) return left;
      lots = left;
    }
    return lots;
  }

  #matchLevel(level: number, side: number, price: number, wanted: number, account: number): number {
    const m = this.words;
    const fills = this.fills;
    const heads = this.#heads;
    const headMask = this.#headMask;
    const idShift = this.#idShift;
    const limit = this.fillsLimit * Fill.WORDS;
    let lots = wanted;
    let at = this.fillCount * Fill.WORDS;
    let order = m[level + Hot.NEXT];
    do {
      if (at === limit) break;
      if (m[order + Hot.ACCOUNT] === account) {
        this.selfOrder = order;
        break;
      }
      const open = m[order + Hot.LOTS];
      fills[at] = order;
      fills[at + 2] = price;
      if (lots < open) {
        fills[at + 1] = lots;
        fills[at + 3] = open - lots;
        m[order + Hot.LOTS] = open - lots;
        at += Fill.WORDS;
        lots = 0;
        break;
      }
      fills[at + 1] = open;
      fills[at + 3] = 0;
      at += Fill.WORDS;
      lots -= open;
      m[order + Hot.LOTS] = 0;
      const head = heads + ((m[order + Hot.ID_LO] >>> idShift) & headMask);
      if (m[head] === order) m[head] = m[order + Hot.CHAIN];
      else this.#unchain(head, order);
      const mark = m[order + Hot.LEVEL] & LevelBits.HIDES_MORE;
      order = m[order + Hot.NEXT];
      if (mark !== 0) {
        this.isPartUsedUp = true;
        break;
      }
    } while (lots > 0 && order !== level);
    this.fillCount = at >>> 2;
    m[level + Hot.NEXT] = order;
    m[order + Hot.PREV] = level;
    const sum = (level >> 1) + 1;
    this.doubles[sum] -= wanted - lots;
    if (order === level) this.directory.vacate(side, level);
    return lots;
  }

  /**
   * Rests a new order behind all others at its price, and puts it into the index.
   *
   * @returns its reference, or 0 when there is no room.
   */
  rest(
    book: number,
    side: number,
    price: number,
    lots: number,
    account: number,
    idLo: number,
    idHi: number,
  ): number {
    const order = this.take(lots, account, idLo, idHi);
    if (order !== 0 && !this.attach(book, side, price, order)) {
      this.unindex(order);
      this.release(order);
      return 0;
    }
    return order;
  }

  /** Takes a record for a new order and puts it into the index, not yet into a book. Returns 0 when full. */
  take(lots: number, account: number, idLo: number, idHi: number): number {
    const m = this.words;
    let order = m[Global.FREE_ORDER];
    if (order !== 0) {
      m[Global.FREE_ORDER] = m[order + Hot.NEXT];
    } else {
      order = m[Global.ORDER_TOP];
      if (order === this.#end) return 0;
      m[Global.ORDER_TOP] = order + Hot.WORDS;
    }
    m[Global.ORDER_COUNT]++;
    m[order + Hot.LOTS] = lots;
    m[order + Hot.ACCOUNT] = account;
    m[order + Hot.ID_LO] = idLo;
    m[order + Hot.ID_HI] = idHi;
    const head = this.#heads + ((idLo >>> this.#idShift) & this.#headMask);
    m[order + Hot.CHAIN] = m[head];
    m[head] = order;
    return order;
  }

  /** Puts an order that is in the index into a book, behind all others at its price. False: no page left. */
  attach(bookAt: number, side: number, price: number, reference: number): boolean {
    const m = this.words;
    const book = position(bookAt);
    const order = position(reference);
    const key = price >> 10;
    let page = m[book + Book.CACHED_PAGE];
    if (m[book + Book.CACHED_KEY] !== key) {
      page = this.directory.takePage(book, key);
      if (page === 0) return false;
    }
    const level = position(page + ((price & 1023) << 2));
    const last = position(m[level + Hot.PREV]);
    m[order + Hot.LEVEL] = level | side;
    m[order + Hot.NEXT] = level;
    m[order + Hot.PREV] = last;
    m[last + Hot.NEXT] = order;
    m[level + Hot.PREV] = order;
    this.doubles[(level >> 1) + 1] += m[order + Hot.LOTS];
    if (last === level) this.directory.occupy(book, side, level);
    return true;
  }

  /** Takes an order out of its book, and leaves it in the index. */
  detach(reference: number): void {
    const m = this.words;
    const order = position(reference);
    const level = m[order + Hot.LEVEL] & ~3;
    const next = position(m[order + Hot.NEXT]);
    const prev = position(m[order + Hot.PREV]);
    m[prev + Hot.NEXT] = next;
    m[next + Hot.PREV] = prev;
    this.doubles[(level >> 1) + 1] -= m[order + Hot.LOTS];
    // Only a level without orders is its own next and previous.
    if (next === prev && next === level) this.directory.vacate(m[order + Hot.LEVEL] & 1, level);
  }

  /** Marks a resting order that has more lots than it shows, or takes the mark away. */
  hideMore(order: number, hides: boolean): void {
    const m = this.words;
    const level = m[order + Hot.LEVEL] & ~LevelBits.HIDES_MORE;
    m[order + Hot.LEVEL] = hides ? level | LevelBits.HIDES_MORE : level;
  }

  /** Calls back with every order that stands in a book. */
  forEach(visit: (order: number) => void): void {
    for (let i = 0; i < this.bookCount; i++) {
      const book = this.book(i);
      for (let side = 0; side < 2; side++) {
        for (let level = this.bestLevel(book, side); level !== 0; level = this.nextLevel(book, side, level)) {
          for (let order = this.firstOrder(level); order !== 0; order = this.after(order)) visit(order);
        }
      }
    }
  }

  /** Puts an order that was taken out of the index back into it. */
  index(order: number): void {
    const m = this.words;
    const head = this.headOf(order);
    m[order + Hot.CHAIN] = m[head];
    m[head] = order;
  }

  /** Where the chain of the id index begins that holds an order. */
  headOf(order: number): number {
    return this.#heads + ((this.words[order + Hot.ID_LO] >>> this.#idShift) & this.#headMask);
  }

  /** Takes an order out of the index. */
  unindex(order: number): void {
    const m = this.words;
    const head = this.headOf(order);
    if (m[head] === order) m[head] = m[order + Hot.CHAIN];
    else this.#unchain(head, order);
  }

  /** Takes an order out of its book and out of the index. Its record stays until it is released. */
  remove(order: number): void {
    this.detach(order);
    this.unindex(order);
  }

  /** Gives the record of an order that is in no book and not in the index back to the pool. */
  release(order: number): void {
    const m = this.words;
    m[order + Hot.NEXT] = m[Global.FREE_ORDER];
    m[Global.FREE_ORDER] = order;
    m[Global.ORDER_COUNT]--;
  }

  /** Takes `by` lots off a resting order, less than it has open. It keeps its place. */
  reduce(order: number, by: number): void {
    const m = this.words;
    m[order + Hot.LOTS] -= by;
    this.doubles[((m[order + Hot.LEVEL] & ~3) >> 1) + 1] -= by;
  }

  /** The best level of a side, or 0. */
  bestLevel(book: number, side: number): number {
    return this.words[book + Book.BID_LEVEL + side];
  }

  /** The level behind `level` on the same side, or 0. */
  nextLevel(book: number, side: number, level: number): number {
    return this.directory.next(book, side, level);
  }

  /** All lots at a level, exact. */
  lotsAt(level: number): number {
    return this.doubles[(level >> 1) + 1];
  }

  /** The first order of a level; then `after` until it gives 0. */
  firstOrder(level: number): number {
    return this.words[level + Hot.NEXT];
  }

  /** The order behind `order` at its price, or 0. */
  after(order: number): number {
    const next = this.words[order + Hot.NEXT];
    return next === (this.words[order + Hot.LEVEL] & ~3) ? 0 : next;
  }

  /** Makes the id index anew from the orders that stand in books. */
  rebuildIndex(): void {
    const m = this.words;
    m.fill(0, this.#heads, this.#heads + this.#headMask + 1);
    this.forEach((order) => {
      this.index(order);
    });
  }

  #unchain(head: number, order: number): void {
    const m = this.words;
    let at = m[head];
    while (m[at + Hot.CHAIN] !== order) at = m[at + Hot.CHAIN];
    m[at + Hot.CHAIN] = m[order + Hot.CHAIN];
  }
}
