const ENTRY_BITS = 25;
const ENTRY_MASK = 2 ** ENTRY_BITS - 1;

/**
 * Finds entries by the 32-bit hash of their id: open addressing with one word a place, 25 bits for the entry's
 * number and 7 of its hash, so that a look-up that finds nothing (almost all do) reads one cache line and no
 * entry, and the whole stays small enough for a cache.
 *
 * At most three quarters of the places are taken. Number 0 is none.
 */
export class IdIndex {
  readonly #places: Int32Array;
  readonly #mask: number;
  readonly #hashOf: (entry: number) => number;

  /** `hashOf` tells the hash of an entry in the index, by its number 1…2^25−1. */
  constructor(entriesMax: number, hashOf: (entry: number) => number) {
    let places = 16;
    while (places * 3 < entriesMax * 4) places *= 2;
    this.#places = new Int32Array(places);
    this.#mask = places - 1;
    this.#hashOf = hashOf;
  }

  /** Where the search for a hash begins. */
  start(hash: number): number {
    return this.#seek(hash, hash & this.#mask);
  }

  /** Where it goes on. */
  after(hash: number, place: number): number {
    return this.#seek(hash, (place + 1) & this.#mask);
  }

  /** The number of the entry that may be meant, or 0: there is none. */
  entryAt(place: number): number {
    return this.#places[place] & ENTRY_MASK;
  }

  #seek(hash: number, from: number): number {
    const p = this.#places;
    const mask = this.#mask;
    const tag = hash >>> ENTRY_BITS;
    let place = from;
    while (p[place] !== 0 && p[place] >>> ENTRY_BITS !== tag) place = (place + 1) & mask;
    return place;
  }

  add(hash: number, entry: number): void {
    const p = this.#places;
    const mask = this.#mask;
    let place = hash & mask;
    while (p[place] !== 0) place = (place + 1) & mask;
    p[place] = (hash & ~ENTRY_MASK) | entry;
  }

  /** Takes an entry out, and moves those behind it up into the gap, so that no search stops short of them. */
  remove(hash: number, entry: number): void {
    const p = this.#places;
    const mask = this.#mask;
    let gap = hash & mask;
    while ((p[gap] & ENTRY_MASK) !== entry) gap = (gap + 1) & mask;
    for (let place = (gap + 1) & mask; p[place] !== 0; place = (place + 1) & mask) {
      const home = this.#hashOf(p[place] & ENTRY_MASK) & mask;
      // It may move up only if its home does not lie behind the gap.
      if (((place - home) & mask) < ((place - gap) & mask)) continue;
      p[gap] = p[place];
      gap = place;
    }
    p[gap] = 0;
  }

  clear(): void {
    this.#places.fill(0);
  }
}
