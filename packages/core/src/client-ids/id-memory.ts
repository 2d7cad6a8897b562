import {
  CLIENT_ID_MEMORY_SECONDS,
  CLIENT_ID_WORDS,
  digestEnd,
  KeyA,
  KeyB,
  LIST_LEGS_MAX,
} from "@buttonwood/protocol";
import type { OrderBooks } from "../order-book/order-books.js";
import { copy9 } from "../state/copy-words.js";
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
  /** `name space | id length << 8` */
  SPACE_LENGTH = 1,
  ID = 2,
  ORDER_LO = 11,
  ORDER_HI = 12,
  FINGERPRINT = 13,
  /** Double, µs. */
  TIME = 14,
  /** Hash of account, name space and id; of a free entry, the next free one. */
  HASH = 16,
  /** The entry remembered next. */
  YOUNGER = 17,
  WORDS = 18,
}

const MEMORY_US = CLIENT_ID_MEMORY_SECONDS * 1e6;
/** Entries looked at before a command that may add one: two to one keeps the memory from growing for ever. */
const FORGET_MAX = 2;

/**
 * Remembers the client ids of orders and payments, oldest first, so that a repeat gets the original result.
 * An entry is named by the position of its first word; 0 is none.
 */
export class IdMemory {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly #index: IdIndex;
  readonly #scalars: Float64Array;
  readonly #digest: DigestSum;
  readonly #books: OrderBooks;
  readonly #max: number;
  readonly #preparation: Preparation;

  constructor(max: number, scalars: Float64Array, digest: DigestSum, books: OrderBooks) {
    const table = newTable((max + 1) * IdEntry.WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
    this.#index = new IdIndex(max, (number) => this.words[number * IdEntry.WORDS + IdEntry.HASH]);
    this.#scalars = scalars;
    this.#digest = digest;
    this.#books = books;
    this.#max = max;
    this.#preparation = new Preparation(this.words);
    scalars[Scalar.ID_TOP] = IdEntry.WORDS;
  }

  /** Has the memory of the next `entries` ready. */
  prepare(entries: number): void {
    this.#index.prepare(Math.min(entries, this.#max - this.#scalars[Scalar.ID_COUNT]));
    this.#preparation.upTo(this.#scalars[Scalar.ID_TOP] + entries * IdEntry.WORDS);
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
    const spaceLength = space | (length << 8);
    let place = this.#index.start(hash);
    for (;;) {
      const entry = position(this.#index.entryAt(place) * IdEntry.WORDS);
      if (entry === 0) return 0;
      if (w[entry + IdEntry.ACCOUNT] === account && w[entry + IdEntry.SPACE_LENGTH] === spaceLength) {
        let i = 0;
        while (i < CLIENT_ID_WORDS && w[entry + IdEntry.ID + i] === from[at + i]) i++;
        if (i === CLIENT_ID_WORDS) return entry;
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
      s[Scalar.ID_FREE] = w[entry + IdEntry.HASH];
    } else {
      entry = position(s[Scalar.ID_TOP]);
      s[Scalar.ID_TOP] = entry + IdEntry.WORDS;
    }
    s[Scalar.ID_COUNT]++;
    const spaceLength = space | (length << 8);
    w[entry + IdEntry.ACCOUNT] = account;
    w[entry + IdEntry.SPACE_LENGTH] = spaceLength;
    copy9(w, entry + IdEntry.ID, from, at);
    w[entry + IdEntry.ORDER_LO] = orderLo;
    w[entry + IdEntry.ORDER_HI] = orderHi;
    w[entry + IdEntry.FINGERPRINT] = fingerprint;
    this.doubles[(entry + IdEntry.TIME) >> 1] = s[Scalar.NOW];
    w[entry + IdEntry.HASH] = hash;
    this.#index.add(hash, (entry / IdEntry.WORDS) | 0);
    this.#append(entry);
    this.digest(entry, 1);
    return entry;
  }

  /** Lets go of up to two old entries. */
  forgetOld(): void {
    const s = this.#scalars;
    for (let i = 0; i < FORGET_MAX; i++) {
      const entry = position(s[Scalar.ID_OLDEST]);
      if (entry === 0 || this.doubles[(entry + IdEntry.TIME) >> 1] + MEMORY_US > s[Scalar.NOW]) return;
      this.#forget(entry);
    }
  }

  #forget(entry: number): void {
    const w = this.words;
    const s = this.#scalars;
    const next = w[entry + IdEntry.YOUNGER];
    s[Scalar.ID_OLDEST] = next;
    if (next === 0) s[Scalar.ID_YOUNGEST] = 0;
    this.digest(entry, -1);
    if (this.#isOpen(entry)) {
      this.doubles[(entry + IdEntry.TIME) >> 1] = s[Scalar.NOW];
      this.#append(entry);
      this.digest(entry, 1);
      return;
    }
    this.#index.remove(w[entry + IdEntry.HASH], (entry / IdEntry.WORDS) | 0);
    w[entry + IdEntry.HASH] = s[Scalar.ID_FREE];
    s[Scalar.ID_FREE] = entry;
    s[Scalar.ID_COUNT]--;
  }

  /** Whether the order of an entry, or one of its list, is open. */
  #isOpen(entry: number): boolean {
    const w = this.words;
    const lo = w[entry + IdEntry.ORDER_LO];
    const hi = w[entry + IdEntry.ORDER_HI];
    if ((lo | hi) === 0) return false;
    const orders = (w[entry + IdEntry.SPACE_LENGTH] & 0xff) === NameSpace.LISTS ? LIST_LEGS_MAX : 1;
    // Ids of a list differ in their last two bits alone.
    for (let leg = 0; leg < orders; leg++) if (this.#books.find(lo + leg, hi) !== 0) return true;
    return false;
  }

  /** Makes the index anew from the entries. */
  rebuildIndex(): void {
    const w = this.words;
    this.#index.clear();
    for (let entry = this.oldest; entry !== 0; entry = w[entry + IdEntry.YOUNGER]) {
      const account = w[entry + IdEntry.ACCOUNT];
      const spaceLength = w[entry + IdEntry.SPACE_LENGTH];
      w[entry + IdEntry.HASH] = nameHashA(account, spaceLength, w, entry + IdEntry.ID);
      this.#index.add(w[entry + IdEntry.HASH], (entry / IdEntry.WORDS) | 0);
    }
  }

  /** The entry remembered first; then `younger` until it gives 0. */
  get oldest(): number {
    return this.#scalars[Scalar.ID_OLDEST];
  }

  younger(entry: number): number {
    return this.words[entry + IdEntry.YOUNGER];
  }

  lengthOf(entry: number): number {
    return this.words[entry + IdEntry.SPACE_LENGTH] >>> 8;
  }

  /** Adds an entry's hash to the digest (sign 1) or takes it out (−1). */
  digest(place: number, sign: number): void {
    const entry = position(place);
    const w = this.words;
    const time = this.doubles[(entry + IdEntry.TIME) >> 1];
    const nameA = w[entry + IdEntry.HASH];
    const nameB = nameHashB(
      w[entry + IdEntry.ACCOUNT],
      w[entry + IdEntry.SPACE_LENGTH],
      w,
      entry + IdEntry.ID,
    );
    const orderLo = w[entry + IdEntry.ORDER_LO];
    const orderHi = w[entry + IdEntry.ORDER_HI];
    const fingerprint = w[entry + IdEntry.FINGERPRINT];
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

  #append(entry: number): void {
    const s = this.#scalars;
    this.words[entry + IdEntry.YOUNGER] = 0;
    const last = position(s[Scalar.ID_YOUNGEST]);
    if (last === 0) s[Scalar.ID_OLDEST] = entry;
    else this.words[last + IdEntry.YOUNGER] = entry;
    s[Scalar.ID_YOUNGEST] = entry;
  }
}

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
