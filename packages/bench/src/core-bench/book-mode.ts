import { OrderBooks } from "@buttonwood/core";
import { ACCOUNT, type Flow, FlowOp, HEAD, ORDER_ID, PRICE, QUANTITY, RECORD_WORDS } from "../flow/ofl.js";
import { type CoreRun, HASH_PRIME, HASH_START, hashText, type Outcome } from "./result.js";

const NO_ACCOUNT = -1;
// Words of an order record and of a fill, see the core's layout.
const LOTS = 2;
const LEVEL = 3;
const ID_LO = 5;

/** Runs a flow against bare books: match, rest, cancel, move, reduce, and a hash of every fill. */
export class BookMode implements CoreRun {
  readonly books: OrderBooks;
  readonly #records: Int32Array;
  readonly #moveSetsQuantity: boolean;
  readonly #refs: Int32Array;
  #hash = HASH_START;
  #trades = 0;
  #volume = 0;
  #notional = 0;

  constructor(flow: Flow) {
    this.books = new OrderBooks({ books: flow.symbols });
    this.#records = flow.records;
    this.#moveSetsQuantity = flow.moveSetsQuantity;
    this.#refs = Int32Array.from({ length: flow.symbols }, (_, i) => this.books.book(i));
  }

  /** Applies records `from` up to, not including, `to`. */
  run(from: number, to: number): void {
    const r = this.#records;
    const books = this.books;
    const end = to * RECORD_WORDS;
    for (let at = from * RECORD_WORDS; at < end; at += RECORD_WORDS) {
      const head = r[at + HEAD]!;
      const op = head & 0xff;
      const id = r[at + ORDER_ID]!;
      if (op <= FlowOp.ioc) {
        const side = (head >>> 8) & 1;
        const price = r[at + PRICE]!;
        const book = this.#refs[head >>> 16]!;
        const left = this.#match(book, side, price, r[at + QUANTITY]!, id);
        if (left > 0 && op === FlowOp.limit) books.rest(book, side, price, left, r[at + ACCOUNT]!, id, 0);
      } else {
        const order = books.find(id, 0);
        if (order === 0) continue;
        if (op === FlowOp.cancel) {
          books.remove(order);
          books.release(order);
        } else if (op === FlowOp.move) {
          this.#move(this.#refs[head >>> 16]!, order, r[at + PRICE]!, r[at + QUANTITY]!, id);
        } else {
          this.#reduce(order, r[at + QUANTITY]!);
        }
      }
    }
  }

  #move(book: number, order: number, price: number, quantity: number, id: number): void {
    const books = this.books;
    const m = books.words;
    const side = m[order + LEVEL]! & 1;
    books.detach(order);
    const lots = this.#moveSetsQuantity ? quantity : m[order + LOTS]!;
    const left = this.#match(book, side, price, lots, id);
    if (left > 0) {
      m[order + LOTS] = left;
      books.attach(book, side, price, order);
    } else {
      books.unindex(order);
      books.release(order);
    }
  }

  #reduce(order: number, by: number): void {
    const books = this.books;
    if (by < books.words[order + LOTS]!) {
      books.reduce(order, by);
    } else {
      books.remove(order);
      books.release(order);
    }
  }

  #match(book: number, side: number, limit: number, lots: number, taker: number): number {
    const books = this.books;
    let left = lots;
    do {
      books.fillCount = 0;
      left = books.match(book, side, limit, left, NO_ACCOUNT);
      if (books.fillCount === 0) return left;
      this.#readFills(taker);
    } while (left > 0);
    return left;
  }

  #readFills(taker: number): void {
    const books = this.books;
    const fills = books.fills;
    const m = books.words;
    const count = books.fillCount;
    let hash = this.#hash;
    let volume = 0;
    let notional = 0;
    for (let at = 0; at < count * 4; at += 4) {
      const maker = fills[at]!;
      const lots = fills[at + 1]!;
      const price = fills[at + 2]!;
      hash = Math.imul(hash ^ m[maker + ID_LO]!, HASH_PRIME);
      hash = Math.imul(hash ^ taker, HASH_PRIME);
      hash = Math.imul(hash ^ price, HASH_PRIME);
      hash = Math.imul(hash ^ lots, HASH_PRIME);
      volume += lots;
      notional += lots * price;
      if (fills[at + 3] === 0) books.release(maker);
    }
    this.#hash = hash;
    this.#trades += count;
    this.#volume += volume;
    this.#notional += notional;
  }

  outcome(): Outcome {
    const books = this.books;
    let restingOrders = 0;
    let restingQty = 0;
    let levels = 0;
    let bookChecksum = 0;
    for (const book of this.#refs) {
      for (let side = 0; side < 2; side++) {
        for (let level = books.bestLevel(book, side); level; level = books.nextLevel(book, side, level)) {
          levels++;
          for (let order = books.firstOrder(level); order; order = books.after(order)) {
            const lots = books.words[order + LOTS]!;
            restingOrders++;
            restingQty += lots;
            bookChecksum += lots * books.priceOf(order);
          }
        }
      }
    }
    return {
      trades: this.#trades,
      volume: this.#volume,
      notional: this.#notional,
      tradeHash: hashText(this.#hash),
      restingOrders,
      restingQty,
      levels,
      bookChecksum,
    };
  }
}
