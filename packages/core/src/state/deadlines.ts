/**
 * Times at which something is due, earliest first, at one time lowest key first: a binary heap. What is no longer due
 * stays until its turn comes, or until it fills half of the heap: `isDue` says whether a key still is at that time.
 */
export class Deadlines {
  readonly #isDue: (timeUs: number, key: number) => boolean;
  #times = new Float64Array(64);
  #keys = new Float64Array(64);
  #size = 0;

  constructor(isDue: (timeUs: number, key: number) => boolean) {
    this.#isDue = isDue;
  }

  clear(): void {
    this.#size = 0;
  }

  add(timeUs: number, key: number): void {
    if (this.#size === this.#times.length) this.#makeRoom();
    this.#rise(this.#size++, timeUs, key);
  }

  /** Time of the earliest entry that is still due, µs; 0: there is none. */
  get nextUs(): number {
    while (this.#size > 0 && !this.#isDue(this.#times[0], this.#keys[0])) this.#drop();
    return this.#size > 0 ? this.#times[0] : 0;
  }

  /** The key of that entry, of which there must be one: {@link nextUs} was just asked. */
  get nextKey(): number {
    return this.#keys[0];
  }

  #drop(): void {
    this.#size--;
    if (this.#size > 0) this.#sink(this.#times[this.#size], this.#keys[this.#size]);
  }

  #isBefore(at: number, timeUs: number, key: number): boolean {
    return this.#times[at] < timeUs || (this.#times[at] === timeUs && this.#keys[at] < key);
  }

  #rise(from: number, timeUs: number, key: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#isBefore(parent, timeUs, key)) break;
      this.#times[at] = this.#times[parent];
      this.#keys[at] = this.#keys[parent];
      at = parent;
    }
    this.#times[at] = timeUs;
    this.#keys[at] = key;
  }

  /** Lets an entry sink from the top. */
  #sink(timeUs: number, key: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#isBefore(child + 1, this.#times[child], this.#keys[child])) child++;
      if (!this.#isBefore(child, timeUs, key)) break;
      this.#times[at] = this.#times[child];
      this.#keys[at] = this.#keys[child];
      at = child;
    }
    this.#times[at] = timeUs;
    this.#keys[at] = key;
  }

  /** Leaves out what is no longer due; what is then more than half full becomes twice as large. */
  #makeRoom(): void {
    const times = this.#times;
    const keys = this.#keys;
    const size = this.#size;
    let due = 0;
    for (let i = 0; i < size; i++) {
      if (!this.#isDue(times[i], keys[i])) continue;
      times[due] = times[i];
      keys[due] = keys[i];
      due++;
    }
    if (due > size / 2) {
      this.#times = new Float64Array(2 * size);
      this.#keys = new Float64Array(2 * size);
    }
    this.#size = 0;
    for (let i = 0; i < due; i++) this.#rise(this.#size++, times[i], keys[i]);
  }
}
