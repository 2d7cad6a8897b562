import { digestEnd, KeyA, KeyB } from "@buttonwood/protocol";
import { AccountMarket, type AccountMarkets } from "../ledger/account-markets.js";
import { Global, Hot } from "../order-book/layout.js";
import type { OrderBooks } from "../order-book/order-books.js";
import { type DigestSum, Tag } from "../state/digest-sum.js";
import { position } from "../state/position.js";
import { newTable, Preparation } from "../state/table.js";
import type { TermsTable } from "./terms-table.js";

// The cold record of an order: what matching in the book does not need. Its first 25 words are those of an
// order event's block from Cold.MARKET on, so that an event is a copy.
export const enum Cold {
  MARKET = 0,
  /** `side | type << 8 | timeInForce << 16 | selfTradePrevention << 24` */
  KIND = 1,
  PRICE = 2,
  STOP = 3,
  LOTS = 4,
  EXECUTED = 5,
  /** Double, as the next three. */
  EXECUTED_QUOTE = 6,
  QUOTE_AMOUNT = 8,
  CREATED_US = 10,
  WORKING_US = 12,
  /** `status | idLength << 8` */
  STATUS = 14,
  PREVENTED = 15,
  /** The client order id. */
  CLIENT_ID = 16,
  /** The row of the account on the market. */
  ACCOUNT_MARKET = 25,
  /** Double: when the order joined its queue, among all joins. */
  RANK = 26,
  HASH_A = 28,
  HASH_B = 29,
  /** The row of its terms, 0: it has none. */
  TERMS = 30,
  /** Two cache lines, of which one word is not used. */
  WORDS = 32,
}

// Where an order stands among the open orders of its account on its market. Kept apart from the records, because a
// neighbour is changed with every order that comes or goes: eight of these lie on one cache line.
export const enum Link {
  NEXT = 0,
  PREV = 1,
  WORDS = 2,
}

/** The cold records of all orders, one for each order of the books. */
export class OrderStore {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** The {@link Link} of every order. */
  readonly links: Int32Array;
  readonly #base: number;
  readonly #books: OrderBooks;
  readonly #accountMarkets: AccountMarkets;
  readonly #terms: TermsTable;
  readonly #digest: DigestSum;
  readonly #recordsPreparation: Preparation;
  readonly #linksPreparation: Preparation;

  constructor(books: OrderBooks, accountMarkets: AccountMarkets, terms: TermsTable, digest: DigestSum) {
    const table = newTable(books.maxOpenOrders * Cold.WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
    this.links = newTable(books.maxOpenOrders * Link.WORDS).words;
    this.#base = books.regions.orders;
    this.#books = books;
    this.#accountMarkets = accountMarkets;
    this.#terms = terms;
    this.#digest = digest;
    this.#recordsPreparation = new Preparation(this.words);
    this.#linksPreparation = new Preparation(this.links);
  }

  /** Has the memory ready of as many further orders. */
  prepare(orders: number): void {
    const top = this.#books.words[Global.ORDER_TOP] + orders * Hot.WORDS;
    this.#recordsPreparation.upTo(this.cold(top));
    this.#linksPreparation.upTo(this.link(top));
  }

  /** Where an order's cold record starts. Hot records have 8 words, cold ones 32. */
  cold(order: number): number {
    return position((order - this.#base) << 2);
  }

  /** Where an order's link starts. */
  link(order: number): number {
    return position((order - this.#base) >> 2);
  }

  /** The id of an order. */
  idOf(reference: number): number {
    const order = position(reference);
    const hot = this.#books.words;
    return (hot[order + Hot.ID_LO] >>> 0) + hot[order + Hot.ID_HI] * 0x1_0000_0000;
  }

  /** Lots of an order by lots that are neither executed nor prevented, shown or not. */
  remaining(order: number): number {
    const c = this.cold(order);
    return this.words[c + Cold.LOTS] - this.words[c + Cold.EXECUTED] - this.words[c + Cold.PREVENTED];
  }

  /** Adds a new order to its account's open orders. Ids grow, so the end of the list is its place. */
  open(reference: number): void {
    const order = position(reference);
    const links = this.links;
    const am = this.#accountMarkets.words;
    const row = position(this.words[this.cold(order) + Cold.ACCOUNT_MARKET]);
    const last = am[row + AccountMarket.LAST];
    const link = this.link(order);
    links[link + Link.NEXT] = 0;
    links[link + Link.PREV] = last;
    if (last === 0) am[row + AccountMarket.FIRST] = order;
    else links[this.link(last) + Link.NEXT] = order;
    am[row + AccountMarket.LAST] = order;
    am[row + AccountMarket.OPEN]++;
  }

  /** The next open order of the same account on the same market, or 0. */
  nextOpen(order: number): number {
    return this.links[this.link(order) + Link.NEXT];
  }

  /** Takes an order that is in no book and not in the index out of everything else, and frees its record. */
  close(reference: number): void {
    const order = position(reference);
    const w = this.words;
    const links = this.links;
    const am = this.#accountMarkets.words;
    const c = this.cold(order);
    const row = position(w[c + Cold.ACCOUNT_MARKET]);
    const link = this.link(order);
    const next = links[link + Link.NEXT];
    const prev = links[link + Link.PREV];
    if (prev === 0) am[row + AccountMarket.FIRST] = next;
    else links[this.link(prev) + Link.NEXT] = next;
    if (next === 0) am[row + AccountMarket.LAST] = prev;
    else links[this.link(next) + Link.PREV] = prev;
    am[row + AccountMarket.OPEN]--;
    this.#digest.subtract(w[c + Cold.HASH_A], w[c + Cold.HASH_B]);
    if (w[c + Cold.TERMS] !== 0) this.#terms.free(w[c + Cold.TERMS]);
    this.#books.release(order);
  }

  /** Says that the digest knows nothing of an order yet. */
  clearHash(order: number): void {
    const c = this.cold(order);
    this.words[c + Cold.HASH_A] = 0;
    this.words[c + Cold.HASH_B] = 0;
    if (this.words[c + Cold.TERMS] !== 0) this.#terms.clearHash(this.words[c + Cold.TERMS]);
  }

  /** Brings the digest up to date with an order that stands in a queue. */
  rehash(reference: number): void {
    const order = position(reference);
    const hot = this.#books.words;
    const w = this.words;
    const c = this.cold(order);
    const rank = this.doubles[(c + Cold.RANK) >> 1];
    const quote = this.doubles[(c + Cold.EXECUTED_QUOTE) >> 1];
    const idLo = hot[order + Hot.ID_LO];
    const idHi = hot[order + Hot.ID_HI];
    const account = hot[order + Hot.ACCOUNT];
    const market = w[c + Cold.MARKET];
    const kind = w[c + Cold.KIND];
    const price = w[c + Cold.PRICE];
    const stop = w[c + Cold.STOP];
    const lots = w[c + Cold.LOTS];
    const executed = w[c + Cold.EXECUTED];
    const prevented = w[c + Cold.PREVENTED];
    const quoteLo = quote | 0;
    const quoteHi = (quote / 0x1_0000_0000) | 0;
    const rankLo = rank | 0;
    const rankHi = (rank / 0x1_0000_0000) | 0;
    const a = digestEnd(
      (Math.imul(Tag.ORDER, KeyA.K0) +
        Math.imul(idLo, KeyA.K1) +
        Math.imul(idHi, KeyA.K2) +
        Math.imul(account, KeyA.K3) +
        Math.imul(market, KeyA.K4) +
        Math.imul(kind, KeyA.K5) +
        Math.imul(price, KeyA.K6) +
        Math.imul(stop, KeyA.K7) +
        Math.imul(lots, KeyA.K8) +
        Math.imul(executed, KeyA.K9) +
        Math.imul(prevented, KeyA.K10) +
        Math.imul(quoteLo, KeyA.K11) +
        Math.imul(quoteHi, KeyA.K12) +
        Math.imul(rankLo, KeyA.K13) +
        Math.imul(rankHi, KeyA.K14)) |
        0,
    );
    const b = digestEnd(
      (Math.imul(Tag.ORDER, KeyB.K0) +
        Math.imul(idLo ^ (idLo >>> 16), KeyB.K1) +
        Math.imul(idHi ^ (idHi >>> 16), KeyB.K2) +
        Math.imul(account ^ (account >>> 16), KeyB.K3) +
        Math.imul(market ^ (market >>> 16), KeyB.K4) +
        Math.imul(kind ^ (kind >>> 16), KeyB.K5) +
        Math.imul(price ^ (price >>> 16), KeyB.K6) +
        Math.imul(stop ^ (stop >>> 16), KeyB.K7) +
        Math.imul(lots ^ (lots >>> 16), KeyB.K8) +
        Math.imul(executed ^ (executed >>> 16), KeyB.K9) +
        Math.imul(prevented ^ (prevented >>> 16), KeyB.K10) +
        Math.imul(quoteLo ^ (quoteLo >>> 16), KeyB.K11) +
        Math.imul(quoteHi ^ (quoteHi >>> 16), KeyB.K12) +
        Math.imul(rankLo ^ (rankLo >>> 16), KeyB.K13) +
        Math.imul(rankHi ^ (rankHi >>> 16), KeyB.K14)) |
        0,
    );
    this.#digest.replace(w[c + Cold.HASH_A], w[c + Cold.HASH_B], a, b);
    w[c + Cold.HASH_A] = a;
    w[c + Cold.HASH_B] = b;
    if (w[c + Cold.TERMS] !== 0) this.#terms.rehash(w[c + Cold.TERMS], idLo, idHi);
  }
}
