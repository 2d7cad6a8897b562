import { Preparation } from "../state/table.js";

const ENTRY_BITS = 25;
const ENTRY_MASK = 2 ** ENTRY_BITS - 1;
/** With as many, every number of an entry has a place. */
const PLACES_MAX = 2 ** (ENTRY_BITS + 1);
/** Places of a new index, at most: 4 MiB, which holds 786,432 ids. */
const PLACES_AT_FIRST = 2 ** 20;

/**
 * Finds entries by the 32-bit hash of their id: open addressing with one word a place, 25 bits for the entry's
 * number and 7 of its hash, so that a look-up that finds nothing (almost all do) reads one cache line and no
 * entry, and the whole stays small enough for a cache.
 *
 * At most three quarters of the places are taken. Number 0 is none.
 *
 * It starts small and doubles as it fills: a table made for the maximum would spread a day's first orders over so
 * many pages of memory that every look-up waits for one. Doubling takes about 30 ns for each entry.
 */
export class IdIndex {
  #places: Int32Array;
  #mask: number;
  /** Entries that fit before it doubles. */
  #room: number;
  readonly #hashOf: (entry: number) => number;
  #preparation: Preparation;

  /**
   * `hashOf` tells the hash of an entry in the index, by its number 1…2^25−1. `placesAtFirst`: a power of two, at
   * least 16.
   */
  constructor(entriesMax: number, hashOf: (entry: number) => number, placesAtFirst = PLACES_AT_FIRST) {
    let places = 16;
    while (places < placesAtFirst && places * 3 < entriesMax * 4) places *= 2;
    this.#places = new Int32Array(places);
    this.#preparation = new Preparation(this.#places);
    this.#mask = places - 1;
    this.#room = (places >> 2) * 3;
    this.#hashOf = hashOf;
  }

  /** Has places ready for as many further entries. */
  prepare(entries: number): void {
    while (this.#room < entries && this.#places.length < PLACES_MAX) this.#double();
    this.#preparation.upTo(this.#places.length);
  }

  /** Where the search for a hash begins. */
  start(hash: number): number {
    return this.#seek(hash, hash & this.#mask);
  }

  /** The word where it begins. */
  wordAt(hash: number): number {
    return this.#places[hash & this.#mask];
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
    if (this.#room === 0) this.#double();
    this.#room--;
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
    this.#room++;
  }

  clear(): void {
    this.#places.fill(0);
    this.#room = (this.#places.length >> 2) * 3;
  }

  #double(): void {
    const old = this.#places;
    this.#places = new Int32Array(old.length * 2);
    this.#preparation = new Preparation(this.#places);
    this.#mask = old.length * 2 - 1;
    this.#room = ((old.length * 2) >> 2) * 3;
    for (let i = 0; i < old.length; i++) {
      const entry = old[i] & ENTRY_MASK;
      if (entry !== 0) this.add(this.#hashOf(entry), entry);
    }
  }
}
