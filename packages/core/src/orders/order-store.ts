import { type AccountMarkets, AM_FIRST, AM_LAST, AM_OPEN } from "../ledger/account-markets.js";
import { ACCOUNT, ID_HI, ID_LO } from "../order-book/layout.js";
import type { OrderBooks } from "../order-book/order-books.js";
import { type DigestSum, TAG_ORDER, TWO_TO_MINUS_32 } from "../state/digest-sum.js";
import { newTable } from "../state/table.js";

// The cold record of an order: what matching in the book does not need. Its first 25 words are those of an
// order event's block from MARKET on, so that an event is a copy.
export const MARKET = 0;
/** `side | type << 8 | timeInForce << 16 | selfTradePrevention << 24` */
export const KIND = 1;
export const PRICE = 2;
export const STOP = 3;
export const ORDER_LOTS = 4;
export const EXECUTED = 5;
/** Double, as the next three. */
export const EXECUTED_QUOTE = 6;
export const QUOTE_AMOUNT = 8;
export const CREATED_US = 10;
export const WORKING_US = 12;
/** `status | idLength << 8` */
export const STATUS = 14;
export const PREVENTED = 15;
/** The client order id. */
export const CLIENT_ID = 16;
/** The row of the account on the market. */
export const ACCOUNT_MARKET = 25;
/** Double: when the order joined its queue, among all joins. */
export const ORDER_RANK = 26;
const HASH_A = 28;
const HASH_B = 29;
/** Next and previous open order of the same account on the same market. */
export const NEXT_OPEN = 30;
export const PREV_OPEN = 31;
/** Two cache lines. */
export const COLD_WORDS = 32;

/** The cold records of all orders, one for each order of the books. */
export class OrderStore {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly #base: number;
  readonly #books: OrderBooks;
  readonly #accountMarkets: AccountMarkets;
  readonly #digest: DigestSum;

  constructor(books: OrderBooks, accountMarkets: AccountMarkets, digest: DigestSum) {
    const table = newTable(books.maxOpenOrders * COLD_WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
    this.#base = books.regions.orders;
    this.#books = books;
    this.#accountMarkets = accountMarkets;
    this.#digest = digest;
  }

  /** Where an order's cold record starts. Hot records have 8 words, cold ones 32. */
  cold(order: number): number {
    return (order - this.#base) << 2;
  }

  /** The id of an order. */
  idOf(order: number): number {
    const hot = this.#books.words;
    return (hot[order + ID_LO] >>> 0) + hot[order + ID_HI] * 0x1_0000_0000;
  }

  /** Adds a new order to its account's open orders. Ids grow, so the end of the list is its place. */
  open(order: number): void {
    const w = this.words;
    const am = this.#accountMarkets.words;
    const c = this.cold(order);
    const row = w[c + ACCOUNT_MARKET];
    const last = am[row + AM_LAST];
    w[c + NEXT_OPEN] = 0;
    w[c + PREV_OPEN] = last;
    if (last === 0) am[row + AM_FIRST] = order;
    else w[this.cold(last) + NEXT_OPEN] = order;
    am[row + AM_LAST] = order;
    am[row + AM_OPEN]++;
  }

  /** Takes an order that is in no book and not in the index out of everything else, and frees its record. */
  close(order: number): void {
    const w = this.words;
    const am = this.#accountMarkets.words;
    const c = this.cold(order);
    const row = w[c + ACCOUNT_MARKET];
    const next = w[c + NEXT_OPEN];
    const prev = w[c + PREV_OPEN];
    if (prev === 0) am[row + AM_FIRST] = next;
    else w[this.cold(prev) + NEXT_OPEN] = next;
    if (next === 0) am[row + AM_LAST] = prev;
    else w[this.cold(next) + PREV_OPEN] = prev;
    am[row + AM_OPEN]--;
    this.#digest.subtract(w[c + HASH_A], w[c + HASH_B]);
    this.#books.release(order);
  }

  /** Says that the digest knows nothing of an order yet. */
  clearHash(order: number): void {
    const c = this.cold(order);
    this.words[c + HASH_A] = 0;
    this.words[c + HASH_B] = 0;
  }

  /** Brings the digest up to date with an order that stands in a queue. */
  rehash(order: number): void {
    const hot = this.#books.words;
    const w = this.words;
    const c = this.cold(order);
    const rank = this.doubles[(c + ORDER_RANK) >> 1];
    const quote = this.doubles[(c + EXECUTED_QUOTE) >> 1];
    const digest = this.#digest;
    const { words } = digest;
    words[0] = hot[order + ID_LO];
    words[1] = hot[order + ID_HI];
    words[2] = hot[order + ACCOUNT];
    words[3] = w[c + MARKET];
    words[4] = w[c + KIND];
    words[5] = w[c + PRICE];
    words[6] = w[c + STOP];
    words[7] = w[c + ORDER_LOTS];
    words[8] = w[c + EXECUTED];
    words[9] = w[c + PREVENTED];
    words[10] = quote;
    words[11] = quote * TWO_TO_MINUS_32;
    words[12] = rank;
    words[13] = rank * TWO_TO_MINUS_32;
    digest.hash(TAG_ORDER, 14);
    digest.replace(w[c + HASH_A], w[c + HASH_B]);
    w[c + HASH_A] = digest.hashA;
    w[c + HASH_B] = digest.hashB;
  }
}
