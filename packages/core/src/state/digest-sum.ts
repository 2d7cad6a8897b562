import { DIGEST_SEED_A, DIGEST_SEED_B, digestA, digestB } from "@buttonwood/protocol";

/**
 * The two lanes of the state digest, as sums of entries' hashes. Entries are added and taken out as they
 * change. Callers put the words of an entry into `words` and call `hash`: one loop with one call site, which
 * the compiler always inlines, where a chain of thirty calls would not be.
 */
export class DigestSum {
  /** The sums mod 2^32. */
  a = 0;
  b = 0;
  /** The words of the entry at hand, without its tag. */
  readonly words = new Int32Array(32);
  /** What `hash` came to. */
  hashA = 0;
  hashB = 0;

  /** Hashes the first `count` of `words` under a tag. */
  hash(tag: number, count: number): void {
    const { words } = this;
    let a = digestA(DIGEST_SEED_A, tag);
    let b = digestB(DIGEST_SEED_B, tag);
    for (let i = 0; i < count; i++) {
      const word = words[i];
      a = digestA(a, word);
      b = digestB(b, word);
    }
    this.hashA = a;
    this.hashB = b;
  }

  /** Puts the hash at hand in the place of an earlier one of the same entry. */
  replace(a: number, b: number): void {
    this.a = (this.a + this.hashA - a) | 0;
    this.b = (this.b + this.hashB - b) | 0;
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

export const enum Tag {
  /** Tags that begin the hash of an entry. */
  ORDER = 1,
  BALANCE = 2,
  ID = 3,
}

/** Multiplying by it is dividing by 2^32, exactly. */
export const TWO_TO_MINUS_32 = 2 ** -32;
