import { CLIENT_ID_MEMORY_SECONDS, digestEnd, KeyA, KeyB, LIST_LEGS_MAX } from "@buttonwood/protocol";
import type { OrderBooks } from "../order-book/order-books.js";
import { type DigestSum, Tag } from "../state/digest-sum.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import { newTable, Preparation } from "../state/table.js";
import { IdIndex } from "./id-index.js";

export const enum NameSpace {
  ORDERS = 0,
  PAYMENTS = 1,
  LISTS = 2,
}

// Words of an entry.
export const enum IdEntry {
  ACCOUNT = 0,
  SPACE = 1,
  /** Lane A of the name's hash; of a free entry, the next free one. */
  NAME_A = 2,
  /** Lane B, with account and name space mixed in: so the digest covers these two as well. */
  NAME_B_MIXED = 3,
  ORDER_LO = 4,
  ORDER_HI = 5,
  FINGERPRINT = 6,
  /** The entry remembered next. */
  YOUNGER = 7,
  /** Double, µs. */
  TIME = 8,
  WORDS = 10,
}

/** Account numbers have as many. */
const ACCOUNT_BITS = 22;

const MEMORY_US = CLIENT_ID_MEMORY_SECONDS * 1e6;
/** Entries looked at before a command that may add one: two to one keeps the memory from growing for ever. */
const LOOKS = 2;
/** In a crowded memory: a list adds up to four, and what may not be forgotten stands in between. */
const CROWDED_LOOKS = 8;
/** When as much of the memory is in use, ids of orders are forgotten before their time, to have room for new ones. */
const CROWDED = 7 / 8;

/**
 * Remembers the client ids of orders and payments, oldest first, so that a repeat gets the original result.
 * An entry is named by the position of its first word; 0 is none.
 *
 * Of an id, its account and 64 bits of its hash are kept: among ten million ids of one account, the chance that any
 * two are taken for one is about 3 in a million (a birthday among 2^64). Who makes ids on purpose that agree fools
 * itself alone: accounts are compared.
 */
export class IdMemory {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly #index: IdIndex;
  readonly #scalars: Float64Array;
  readonly #digest: DigestSum;
  readonly #books: OrderBooks;
  readonly #max: number;
  readonly #crowded: number;
  readonly #preparation: Preparation;

  constructor(max: number, scalars: Float64Array, digest: DigestSum, books: OrderBooks) {
    const table = newTable((max + 1) * IdEntry.WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
    this.#index = new IdIndex(max, (number) => this.words[number * IdEntry.WORDS + IdEntry.NAME_A]);
    this.#scalars = scalars;
    this.#digest = digest;
    this.#books = books;
    this.#max = max;
    this.#crowded = Math.floor(max * CROWDED);
    this.#preparation = new Preparation(this.words);
    scalars[Scalar.ID_TOP] = IdEntry.WORDS;
  }

  /** Has the memory of the next `entries` ready. */
  prepare(entries: number): void {
    this.#index.prepare(Math.min(entries, this.#max - this.#scalars[Scalar.ID_COUNT]));
    this.#preparation.upTo(this.#scalars[Scalar.ID_TOP] + entries * IdEntry.WORDS);
  }

  /** Bytes that so many more entries take in a snapshot. */
  bytesOf(entries: number): number {
    return Math.min(entries, this.#max - this.#scalars[Scalar.ID_COUNT]) * IdEntry.WORDS * 4;
  }

  /** The word of the index where the search for a hash begins. */
  placeOf(hash: number): number {
    return this.#index.wordAt(hash);
  }

  get hasRoom(): boolean {
    return this.#scalars[Scalar.ID_COUNT] < this.#max;
  }

  hasRoomFor(entries: number): boolean {
    return this.#scalars[Scalar.ID_COUNT] + entries <= this.#max;
  }

  /**
   * Looks for the id of `length` bytes whose words start at `at`. `hash`: what {@link nameHash} says of it.
   * Returns 0 when it is not known.
   */
  find(hash: number, account: number, space: number, length: number, from: Int32Array, at: number): number {
    const w = this.words;
    let place = this.#index.start(hash);
    for (;;) {
      const entry = position(this.#index.entryAt(place) * IdEntry.WORDS);
      if (entry === 0) return 0;
      if (
        w[entry + IdEntry.NAME_A] === hash &&
        w[entry + IdEntry.ACCOUNT] === account &&
        this.#nameB(entry) === nameHashB(account, space | (length << 8), from, at)
      ) {
        return entry;
      }
      place = this.#index.after(hash, place);
    }
  }

  /**
   * Remembers an id that `find` did not find, with the time of the command. There must be room. `hash`: what
   * {@link nameHash} says of the id.
   */
  remember(
    hash: number,
    account: number,
    space: number,
    length: number,
    from: Int32Array,
    at: number,
    orderLo: number,
    orderHi: number,
    fingerprint: number,
  ): number {
    const w = this.words;
    const s = this.#scalars;
    let entry = position(s[Scalar.ID_FREE]);
    if (entry !== 0) {
      s[Scalar.ID_FREE] = w[entry + IdEntry.NAME_A];
    } else {
      entry = position(s[Scalar.ID_TOP]);
      s[Scalar.ID_TOP] = entry + IdEntry.WORDS;
    }
    s[Scalar.ID_COUNT]++;
    w[entry + IdEntry.ACCOUNT] = account;
    w[entry + IdEntry.SPACE] = space;
    w[entry + IdEntry.NAME_A] = hash;
    const nameB = nameHashB(account, space | (length << 8), from, at);
    w[entry + IdEntry.NAME_B_MIXED] = nameB ^ ownerMix(account, space);
    w[entry + IdEntry.ORDER_LO] = orderLo;
    w[entry + IdEntry.ORDER_HI] = orderHi;
    w[entry + IdEntry.FINGERPRINT] = fingerprint;
    this.doubles[(entry + IdEntry.TIME) >> 1] = s[Scalar.NOW];
    this.#index.add(hash, (entry / IdEntry.WORDS) | 0);
    this.#append(entry);
    this.digest(entry, 1);
    return entry;
  }

  /**
   * Lets go of up to two old entries, of up to eight while the memory is crowded. Then orders' entries are old whatever
   * their time: a repeat long after the order is worth less than room for the next one.
   */
  forgetOld(): void {
    const s = this.#scalars;
    for (let i = 0; i < CROWDED_LOOKS; i++) {
      const entry = position(s[Scalar.ID_OLDEST]);
      const isCrowded = s[Scalar.ID_COUNT] >= this.#crowded;
      if (entry === 0 || (i >= LOOKS && !isCrowded)) return;
      const isInTime = this.doubles[(entry + IdEntry.TIME) >> 1] + MEMORY_US > s[Scalar.NOW];
      if (isInTime && !isCrowded) return;
      this.#forget(entry, isInTime);
    }
  }

  #forget(entry: number, isInTime: boolean): void {
    const w = this.words;
    const s = this.#scalars;
    const next = w[entry + IdEntry.YOUNGER];
    s[Scalar.ID_OLDEST] = next;
    if (next === 0) s[Scalar.ID_YOUNGEST] = 0;
    // What a payment did can't be seen on any order: its reference is kept for all of its time, and no longer.
    if (w[entry + IdEntry.SPACE] === NameSpace.PAYMENTS && isInTime) {
      this.#append(entry);
      return;
    }
    this.digest(entry, -1);
    if (this.#isOpen(entry)) {
      this.doubles[(entry + IdEntry.TIME) >> 1] = s[Scalar.NOW];
      this.#append(entry);
      this.digest(entry, 1);
      return;
    }
    this.#index.remove(w[entry + IdEntry.NAME_A], (entry / IdEntry.WORDS) | 0);
    w[entry + IdEntry.NAME_A] = s[Scalar.ID_FREE];
    s[Scalar.ID_FREE] = entry;
    s[Scalar.ID_COUNT]--;
  }

  /** Whether the order of an entry, or one of its list, is open. */
  #isOpen(entry: number): boolean {
    const w = this.words;
    const lo = w[entry + IdEntry.ORDER_LO];
    const hi = w[entry + IdEntry.ORDER_HI];
    const orders = w[entry + IdEntry.SPACE] === NameSpace.LISTS ? LIST_LEGS_MAX : 1;
    // Ids of a list differ in their last two bits alone.
    for (let leg = 0; leg < orders; leg++) if (this.#books.find(lo + leg, hi) !== 0) return true;
    return false;
  }

  /** Makes the index anew from the entries. */
  rebuildIndex(): void {
    const w = this.words;
    this.#index.clear();
    for (let entry = this.oldest; entry !== 0; entry = w[entry + IdEntry.YOUNGER]) {
      this.#index.add(w[entry + IdEntry.NAME_A], (entry / IdEntry.WORDS) | 0);
    }
  }

  /** The entry remembered first; then `younger` until it gives 0. */
  get oldest(): number {
    return this.#scalars[Scalar.ID_OLDEST];
  }

  younger(entry: number): number {
    return this.words[entry + IdEntry.YOUNGER];
  }

  /** Adds an entry's hash to the digest (sign 1) or takes it out (−1). */
  digest(place: number, sign: number): void {
    const entry = position(place);
    const w = this.words;
    const nameA = w[entry + IdEntry.NAME_A];
    const nameB = this.#nameB(entry);
    const orderLo = w[entry + IdEntry.ORDER_LO];
    const orderHi = w[entry + IdEntry.ORDER_HI];
    const fingerprint = w[entry + IdEntry.FINGERPRINT];
    const time = this.doubles[(entry + IdEntry.TIME) >> 1];
    const timeLo = time | 0;
    const timeHi = (time / 0x1_0000_0000) | 0;
    const a = digestEnd(
      (Math.imul(Tag.ID, KeyA.K0) +
        Math.imul(nameA, KeyA.K1) +
        Math.imul(nameB, KeyA.K2) +
        Math.imul(orderLo, KeyA.K3) +
        Math.imul(orderHi, KeyA.K4) +
        Math.imul(fingerprint, KeyA.K5) +
        Math.imul(timeLo, KeyA.K6) +
        Math.imul(timeHi, KeyA.K7)) |
        0,
    );
    const b = digestEnd(
      (Math.imul(Tag.ID, KeyB.K0) +
        Math.imul(nameA ^ (nameA >>> 16), KeyB.K1) +
        Math.imul(nameB ^ (nameB >>> 16), KeyB.K2) +
        Math.imul(orderLo ^ (orderLo >>> 16), KeyB.K3) +
        Math.imul(orderHi ^ (orderHi >>> 16), KeyB.K4) +
        Math.imul(fingerprint ^ (fingerprint >>> 16), KeyB.K5) +
        Math.imul(timeLo ^ (timeLo >>> 16), KeyB.K6) +
        Math.imul(timeHi ^ (timeHi >>> 16), KeyB.K7)) |
        0,
    );
    if (sign > 0) this.#digest.add(a, b);
    else this.#digest.subtract(a, b);
  }

  #nameB(entry: number): number {
    const w = this.words;
    return w[entry + IdEntry.NAME_B_MIXED] ^ ownerMix(w[entry + IdEntry.ACCOUNT], w[entry + IdEntry.SPACE]);
  }

  #append(entry: number): void {
    const s = this.#scalars;
    this.words[entry + IdEntry.YOUNGER] = 0;
    const last = position(s[Scalar.ID_YOUNGEST]);
    if (last === 0) s[Scalar.ID_OLDEST] = entry;
    else this.words[last + IdEntry.YOUNGER] = entry;
    s[Scalar.ID_YOUNGEST] = entry;
  }
}

/** What no two owners have in common: account and name space in one word. */
const ownerMix = (account: number, space: number): number => account | (space << ACCOUNT_BITS);

/** The hash that an id of `length` bytes is found by, whose words start at `idAt`. */
export function nameHash(
  account: number,
  space: number,
  length: number,
  from: Int32Array,
  idAt: number,
): number {
  return nameHashA(account, space | (length << 8), from, idAt);
}

/** Both lanes of what an entry is found by: account, name space, length and the 9 words of the id. */
function nameHashA(account: number, spaceLength: number, from: Int32Array, idAt: number): number {
  const at = position(idAt);
  return digestEnd(
    (Math.imul(account, KeyA.K1) +
      Math.imul(spaceLength, KeyA.K2) +
      Math.imul(from[at], KeyA.K3) +
      Math.imul(from[at + 1], KeyA.K4) +
      Math.imul(from[at + 2], KeyA.K5) +
      Math.imul(from[at + 3], KeyA.K6) +
      Math.imul(from[at + 4], KeyA.K7) +
      Math.imul(from[at + 5], KeyA.K8) +
      Math.imul(from[at + 6], KeyA.K9) +
      Math.imul(from[at + 7], KeyA.K10) +
      Math.imul(from[at + 8], KeyA.K11)) |
      0,
  );
}

function nameHashB(account: number, spaceLength: number, from: Int32Array, idAt: number): number {
  const at = position(idAt);
  return digestEnd(
    (Math.imul(account ^ (account >>> 16), KeyB.K1) +
      Math.imul(spaceLength ^ (spaceLength >>> 16), KeyB.K2) +
      Math.imul(folded(from[at]), KeyB.K3) +
      Math.imul(folded(from[at + 1]), KeyB.K4) +
      Math.imul(folded(from[at + 2]), KeyB.K5) +
      Math.imul(folded(from[at + 3]), KeyB.K6) +
      Math.imul(folded(from[at + 4]), KeyB.K7) +
      Math.imul(folded(from[at + 5]), KeyB.K8) +
      Math.imul(folded(from[at + 6]), KeyB.K9) +
      Math.imul(folded(from[at + 7]), KeyB.K10) +
      Math.imul(folded(from[at + 8]), KeyB.K11)) |
      0,
  );
}

const folded = (word: number): number => word ^ (word >>> 16);
