/** The two lanes of the state digest, as sums of entries' hashes, which follow as entries change. */
export class DigestSum {
  /** The sums mod 2^32. */
  a = 0;
  b = 0;

  /** Puts an entry's new hash in the place of its earlier one. */
  replace(oldA: number, oldB: number, a: number, b: number): void {
    this.a = (this.a + a - oldA) | 0;
    this.b = (this.b + b - oldB) | 0;
  }

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
export const enum Tag {
  ORDER = 1,
  BALANCE = 2,
  ID = 3,
  OUTGOING = 4,
  CHANNEL = 5,
  LIST = 6,
  TERMS = 7,
  COUNTDOWN = 8,
  BANDS = 9,
}
