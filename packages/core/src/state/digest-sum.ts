/**
 * The two lanes of the state digest, as sums of entries' hashes. Entries are added and taken out as they
 * change. The words of the entry at hand are folded by the callers, who know them.
 */
export class DigestSum {
  /** The sums mod 2^32. */
  a = 0;
  b = 0;

  add(a: number, b: number): void {
    this.a = (this.a + a) | 0;
    this.b = (this.b + b) | 0;
  }

  subtract(a: number, b: number): void {
    this.a = (this.a - a) | 0;
    this.b = (this.b - b) | 0;
  }
}

/** Tags that begin the hash of an entry. */
export const TAG_ORDER = 1;
export const TAG_BALANCE = 2;
export const TAG_ID = 3;

/** Multiplying by it is dividing by 2^32, exactly. */
export const TWO_TO_MINUS_32 = 2 ** -32;
