import { digestEnd, KeyA, KeyB, TermsBlock, type WordBuffer } from "@buttonwood/protocol";
import { type DigestSum, Tag } from "../state/digest-sum.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import { newTable } from "../state/table.js";

// The terms of an order that has some, or is of a list.
export const enum Terms {
  /** 1: what remains of the order is locked; 0: nothing is. */
  HELD = 0,
  /** Lots of an iceberg shown at a time; 0: all. */
  DISPLAY = 1,
  /** Lots that are not shown; 0 unless the order rests in the book. */
  HIDDEN = 2,
  TRAILING_BIPS = 3,
  /** The best price of a trailing stop; 0: it does not track. */
  TRAILING_TICKS = 4,
  /** The row of its list, 0: in none. */
  LIST = 5,
  /** `contingency | leg << 8` */
  LEG = 6,
  /** Double, µs; 0: never. */
  EXPIRES_US = 8,
  HASH_A = 10,
  HASH_B = 11,
  /** Of a free row. */
  NEXT_FREE = 12,
  WORDS = 16,
}

/** Terms of the few orders that have some. A row is named by the position of its first word; 0 is none. */
export class TermsTable {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly #scalars: Float64Array;
  readonly #digest: DigestSum;
  readonly #max: number;

  constructor(max: number, scalars: Float64Array, digest: DigestSum) {
    const table = newTable((max + 1) * Terms.WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
    this.#scalars = scalars;
    this.#digest = digest;
    this.#max = max;
    scalars[Scalar.TERMS_TOP] = Terms.WORDS;
  }

  /** Rows that can be taken. */
  get room(): number {
    return this.#max - this.#scalars[Scalar.TERMS_COUNT];
  }

  /** Takes a row, all 0. There must be room. */
  take(): number {
    const s = this.#scalars;
    let row = position(s[Scalar.TERMS_FREE]);
    if (row !== 0) {
      s[Scalar.TERMS_FREE] = this.words[row + Terms.NEXT_FREE];
    } else {
      row = position(s[Scalar.TERMS_TOP]);
      s[Scalar.TERMS_TOP] = row + Terms.WORDS;
    }
    s[Scalar.TERMS_COUNT]++;
    this.words.fill(0, row, row + Terms.WORDS);
    return row;
  }

  free(row: number): void {
    const s = this.#scalars;
    this.#digest.subtract(this.words[row + Terms.HASH_A], this.words[row + Terms.HASH_B]);
    this.words[row + Terms.NEXT_FREE] = s[Scalar.TERMS_FREE];
    s[Scalar.TERMS_FREE] = row;
    s[Scalar.TERMS_COUNT]--;
  }

  /** Writes a row as the block of an event. */
  write(row: number, out: WordBuffer, at: number): void {
    const w = this.words;
    out.i32[at + TermsBlock.LIST] = w[row + Terms.LEG];
    out.i32[at + TermsBlock.DISPLAY_LOTS] = w[row + Terms.DISPLAY];
    out.i32[at + TermsBlock.TRAILING_BIPS] = w[row + Terms.TRAILING_BIPS];
    out.i32[at + TermsBlock.TRAILING_TICKS] = w[row + Terms.TRAILING_TICKS];
    out.f64[(at + TermsBlock.EXPIRES_US) >> 1] = this.doubles[(row + Terms.EXPIRES_US) >> 1];
    out.f64[(at + TermsBlock.RESERVED) >> 1] = 0;
  }

  /** Says that the digest knows nothing of a row yet. */
  clearHash(row: number): void {
    this.words[row + Terms.HASH_A] = 0;
    this.words[row + Terms.HASH_B] = 0;
  }

  /** Brings the digest up to date with a row, and the id of its order. */
  rehash(row: number, idLo: number, idHi: number): void {
    const w = this.words;
    const expires = this.doubles[(row + Terms.EXPIRES_US) >> 1];
    const expiresLo = expires | 0;
    const expiresHi = (expires / 0x1_0000_0000) | 0;
    const leg = w[row + Terms.LEG];
    const held = w[row + Terms.HELD];
    const display = w[row + Terms.DISPLAY];
    const hidden = w[row + Terms.HIDDEN];
    const bips = w[row + Terms.TRAILING_BIPS];
    const ticks = w[row + Terms.TRAILING_TICKS];
    const a = digestEnd(
      (Math.imul(Tag.TERMS, KeyA.K0) +
        Math.imul(idLo, KeyA.K1) +
        Math.imul(idHi, KeyA.K2) +
        Math.imul(leg, KeyA.K3) +
        Math.imul(held, KeyA.K4) +
        Math.imul(display, KeyA.K5) +
        Math.imul(hidden, KeyA.K6) +
        Math.imul(bips, KeyA.K7) +
        Math.imul(ticks, KeyA.K8) +
        Math.imul(expiresLo, KeyA.K9) +
        Math.imul(expiresHi, KeyA.K10)) |
        0,
    );
    const b = digestEnd(
      (Math.imul(Tag.TERMS, KeyB.K0) +
        Math.imul(idLo ^ (idLo >>> 16), KeyB.K1) +
        Math.imul(idHi ^ (idHi >>> 16), KeyB.K2) +
        Math.imul(leg ^ (leg >>> 16), KeyB.K3) +
        Math.imul(held, KeyB.K4) +
        Math.imul(display ^ (display >>> 16), KeyB.K5) +
        Math.imul(hidden ^ (hidden >>> 16), KeyB.K6) +
        Math.imul(bips ^ (bips >>> 16), KeyB.K7) +
        Math.imul(ticks ^ (ticks >>> 16), KeyB.K8) +
        Math.imul(expiresLo ^ (expiresLo >>> 16), KeyB.K9) +
        Math.imul(expiresHi ^ (expiresHi >>> 16), KeyB.K10)) |
        0,
    );
    this.#digest.replace(w[row + Terms.HASH_A], w[row + Terms.HASH_B], a, b);
    w[row + Terms.HASH_A] = a;
    w[row + Terms.HASH_B] = b;
  }
}
