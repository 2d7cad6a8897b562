import type { WordBuffer } from "@buttonwood/protocol";
import { BalanceEvent, digestEnd, EventType, KeyA, KeyB } from "@buttonwood/protocol";
import { type DigestSum, Tag } from "../state/digest-sum.js";
import { hashHeads, hashPair } from "../state/hash-heads.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import { newTable } from "../state/table.js";

// Words of a row. The two amounts are doubles: integers of the asset's smallest unit, 0…2^52.
export const enum Balance {
  FREE = 0,
  LOCKED = 2,
  ACCOUNT = 4,
  ASSET = 5,
  HASH_A = 6,
  HASH_B = 7,
  CHAIN = 8,
  /** The next row of the same account, oldest last. */
  NEXT = 9,
  /** 1 while the command at hand has touched the row. */
  TOUCHED = 10,
  /** A cache line. */
  WORDS = 16,
}

/**
 * Free and locked amounts by account and asset. A row, once taken, stays. Rows are named by the position of
 * their first word; 0 is none.
 */
export class Balances {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly heads: Int32Array;
  /** Rows the command at hand has touched, in order of first touch. */
  readonly #touched: Int32Array;
  #touchedCount = 0;
  readonly #scalars: Float64Array;
  readonly #digest: DigestSum;
  readonly #max: number;

  constructor(max: number, scalars: Float64Array, digest: DigestSum) {
    const table = newTable((max + 1) * Balance.WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
    this.heads = hashHeads(max);
    this.#touched = new Int32Array(max);
    this.#scalars = scalars;
    this.#digest = digest;
    this.#max = max;
    scalars[Scalar.BALANCE_TOP] = Balance.WORDS;
  }

  /** Rows that can still be taken. */
  get room(): number {
    return this.#max + 1 - this.#scalars[Scalar.BALANCE_TOP] / Balance.WORDS;
  }

  find(account: number, asset: number): number {
    const w = this.words;
    let row = this.heads[hashPair(account, asset) & (this.heads.length - 1)];
    while (row !== 0 && (w[row + Balance.ACCOUNT] !== account || w[row + Balance.ASSET] !== asset)) {
      row = w[row + Balance.CHAIN];
    }
    return row;
  }

  /** The row, taken if there is none yet. There must be room. `listHeads` holds each account's first row. */
  take(account: number, asset: number, listHeads: Int32Array): number {
    const found = this.find(account, asset);
    if (found !== 0) return found;
    const w = this.words;
    const row = this.#scalars[Scalar.BALANCE_TOP];
    this.#scalars[Scalar.BALANCE_TOP] = row + Balance.WORDS;
    const head = hashPair(account, asset) & (this.heads.length - 1);
    w[row + Balance.ACCOUNT] = account;
    w[row + Balance.ASSET] = asset;
    w[row + Balance.CHAIN] = this.heads[head];
    this.heads[head] = row;
    w[row + Balance.NEXT] = listHeads[account];
    listHeads[account] = row;
    return row;
  }

  /** Notes that the command at hand names this balance. */
  touch(place: number): void {
    const row = position(place);
    if (this.words[row + Balance.TOUCHED] !== 0) return;
    this.words[row + Balance.TOUCHED] = 1;
    this.#touched[this.#touchedCount++] = row;
  }

  /** Ends a command: one BALANCE for each touched row, and the digest follows. */
  emitTouched(out: WordBuffer): void {
    const count = this.#touchedCount;
    if (count === 0) return;
    this.#touchedCount = 0;
    const w = this.words;
    const f = this.doubles;
    const start = out.reserve(count * BalanceEvent.WORDS);
    const o = out.i32;
    const of = out.f64;
    for (let i = 0; i < count; i++) {
      const at = position(start + i * BalanceEvent.WORDS);
      const row = position(this.#touched[i]);
      w[row + Balance.TOUCHED] = 0;
      o[at] = EventType.BALANCE | (BalanceEvent.WORDS << 8);
      o[at + 1] = w[row + Balance.ACCOUNT];
      o[at + BalanceEvent.ASSET] = w[row + Balance.ASSET];
      o[at + BalanceEvent.RESERVED] = 0;
      of[(at + BalanceEvent.FREE) >> 1] = f[row >> 1];
      of[(at + BalanceEvent.LOCKED) >> 1] = f[(row + Balance.LOCKED) >> 1];
      this.rehash(row);
    }
  }

  /** Brings the digest up to date with a row. */
  rehash(place: number): void {
    const row = position(place);
    const w = this.words;
    const free = this.doubles[row >> 1];
    const locked = this.doubles[(row + Balance.LOCKED) >> 1];
    let a = 0;
    let b = 0;
    if (free !== 0 || locked !== 0) {
      const account = w[row + Balance.ACCOUNT];
      const asset = w[row + Balance.ASSET];
      const freeLo = free | 0;
      const freeHi = (free / 0x1_0000_0000) | 0;
      const lockedLo = locked | 0;
      const lockedHi = (locked / 0x1_0000_0000) | 0;
      a = digestEnd(
        (Math.imul(Tag.BALANCE, KeyA.K0) +
          Math.imul(account, KeyA.K1) +
          Math.imul(asset, KeyA.K2) +
          Math.imul(freeLo, KeyA.K3) +
          Math.imul(freeHi, KeyA.K4) +
          Math.imul(lockedLo, KeyA.K5) +
          Math.imul(lockedHi, KeyA.K6)) |
          0,
      );
      b = digestEnd(
        (Math.imul(Tag.BALANCE, KeyB.K0) +
          Math.imul(account ^ (account >>> 16), KeyB.K1) +
          Math.imul(asset ^ (asset >>> 16), KeyB.K2) +
          Math.imul(freeLo ^ (freeLo >>> 16), KeyB.K3) +
          Math.imul(freeHi ^ (freeHi >>> 16), KeyB.K4) +
          Math.imul(lockedLo ^ (lockedLo >>> 16), KeyB.K5) +
          Math.imul(lockedHi ^ (lockedHi >>> 16), KeyB.K6)) |
          0,
      );
    }
    this.#digest.replace(w[row + Balance.HASH_A], w[row + Balance.HASH_B], a, b);
    w[row + Balance.HASH_A] = a;
    w[row + Balance.HASH_B] = b;
  }

  /** Makes the index anew from the rows. */
  rebuildIndex(): void {
    const w = this.words;
    this.heads.fill(0);
    for (let row = Balance.WORDS; row < this.#scalars[Scalar.BALANCE_TOP]; row += Balance.WORDS) {
      const head = hashPair(w[row + Balance.ACCOUNT], w[row + Balance.ASSET]) & (this.heads.length - 1);
      w[row + Balance.CHAIN] = this.heads[head];
      this.heads[head] = row;
    }
  }

  /** Forgets what the digest was told of a row; for restoring. */
  clearHash(row: number): void {
    this.words[row + Balance.HASH_A] = 0;
    this.words[row + Balance.HASH_B] = 0;
  }
}
