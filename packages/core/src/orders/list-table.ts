import { digestEnd, KeyA, KeyB, ORDERS_PER_COMMAND } from "@buttonwood/protocol";
import { type DigestSum, Tag } from "../state/digest-sum.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import { newTable } from "../state/table.js";

// An order list that has an open order.
export const enum List {
  /** Double. */
  ID = 0,
  ACCOUNT = 2,
  MARKET = 3,
  CONTINGENCY = 4,
  /** What it does when one of its orders works or ends: a {@link ListPhase}. */
  PHASE = 5,
  /** Which of its orders are open: bit 0 for the first. */
  OPEN = 6,
  /** Number of its orders, open or not. */
  LEGS = 7,
  /** The references of its orders; each is one while its bit in OPEN is set. */
  ORDERS = 8,
  /** Of a free row. */
  NEXT_FREE = 11,
  /** Double, µs. */
  CREATED_US = 12,
  HASH_A = 14,
  HASH_B = 15,
  ID_LENGTH = 16,
  CLIENT_ID = 17,
  /** As in ORDER_LIST events. */
  LEG_ID_LENGTHS = 26,
  LEG_IDS = 27,
  WORDS = 64,
}

export const enum ListPhase {
  /** Its pending orders wait for the working one to be filled. */
  WAITS = 0,
  /** Two orders of which one will work. */
  PAIR = 1,
  /** Its orders have nothing more to do with each other. */
  LOOSE = 2,
}

/** The order lists that have an open order. A row is named by the position of its first word; 0 is none. */
export class ListTable {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly #scalars: Float64Array;
  readonly #digest: DigestSum;

  /** `max`: as many as orders that can be open in lists. */
  constructor(max: number, scalars: Float64Array, digest: DigestSum) {
    const table = newTable((max + 1) * List.WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
    this.#scalars = scalars;
    this.#digest = digest;
    scalars[Scalar.LIST_TOP] = List.WORDS;
  }

  /** Takes a row, all 0. There is room when there is room for the terms of its orders. */
  take(): number {
    const s = this.#scalars;
    let row = position(s[Scalar.LIST_FREE]);
    if (row !== 0) {
      s[Scalar.LIST_FREE] = this.words[row + List.NEXT_FREE];
    } else {
      row = position(s[Scalar.LIST_TOP]);
      s[Scalar.LIST_TOP] = row + List.WORDS;
    }
    this.words.fill(0, row, row + List.WORDS);
    return row;
  }

  free(row: number): void {
    const s = this.#scalars;
    this.#digest.subtract(this.words[row + List.HASH_A], this.words[row + List.HASH_B]);
    this.words[row + List.OPEN] = 0;
    this.words[row + List.NEXT_FREE] = s[Scalar.LIST_FREE];
    s[Scalar.LIST_FREE] = row;
  }

  /** The order at a place of a list, or 0 when it has ended. */
  order(row: number, leg: number): number {
    return ((this.words[row + List.OPEN] >>> leg) & 1) === 1 ? this.words[row + List.ORDERS + leg] : 0;
  }

  /** The id of the first order of a list. */
  firstOrderId(row: number): number {
    return this.doubles[(row + List.ID) >> 1] * ORDERS_PER_COMMAND;
  }

  /** Adds all rows to a digest that knows none of them. */
  digestAll(): void {
    for (let row = List.WORDS; row < this.#scalars[Scalar.LIST_TOP]; row += List.WORDS) {
      if (this.words[row + List.OPEN] === 0) continue;
      this.words[row + List.HASH_A] = 0;
      this.words[row + List.HASH_B] = 0;
      this.rehash(row);
    }
  }

  /** Brings the digest up to date with a row. */
  rehash(row: number): void {
    const w = this.words;
    const id = this.doubles[(row + List.ID) >> 1];
    const idLo = id | 0;
    const idHi = (id / 0x1_0000_0000) | 0;
    const created = this.doubles[(row + List.CREATED_US) >> 1];
    const createdLo = created | 0;
    const createdHi = (created / 0x1_0000_0000) | 0;
    const account = w[row + List.ACCOUNT];
    const market = w[row + List.MARKET];
    const contingency = w[row + List.CONTINGENCY];
    const phase = w[row + List.PHASE];
    const open = w[row + List.OPEN];
    const a = digestEnd(
      (Math.imul(Tag.LIST, KeyA.K0) +
        Math.imul(idLo, KeyA.K1) +
        Math.imul(idHi, KeyA.K2) +
        Math.imul(account, KeyA.K3) +
        Math.imul(market, KeyA.K4) +
        Math.imul(contingency, KeyA.K5) +
        Math.imul(phase, KeyA.K6) +
        Math.imul(createdLo, KeyA.K7) +
        Math.imul(createdHi, KeyA.K8) +
        Math.imul(open, KeyA.K9)) |
        0,
    );
    const b = digestEnd(
      (Math.imul(Tag.LIST, KeyB.K0) +
        Math.imul(idLo ^ (idLo >>> 16), KeyB.K1) +
        Math.imul(idHi ^ (idHi >>> 16), KeyB.K2) +
        Math.imul(account ^ (account >>> 16), KeyB.K3) +
        Math.imul(market ^ (market >>> 16), KeyB.K4) +
        Math.imul(contingency, KeyB.K5) +
        Math.imul(phase, KeyB.K6) +
        Math.imul(createdLo ^ (createdLo >>> 16), KeyB.K7) +
        Math.imul(createdHi ^ (createdHi >>> 16), KeyB.K8) +
        Math.imul(open, KeyB.K9)) |
        0,
    );
    this.#digest.replace(w[row + List.HASH_A], w[row + List.HASH_B], a, b);
    w[row + List.HASH_A] = a;
    w[row + List.HASH_B] = b;
  }
}
