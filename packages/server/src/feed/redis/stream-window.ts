/** What a stream holds of what this process has put into it, so that its size stays within a number of bytes. */
export class StreamWindow {
  readonly #bytesMax: number;
  readonly #entries: { readonly sequence: number; readonly bytes: number }[] = [];
  #first = 0;
  #bytes = 0;
  #floor = 0;
  #last = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Lowest sequence that is kept; 0 = all. */
  get floor(): number {
    return this.#floor;
  }

  /** Highest sequence that was put in. */
  get last(): number {
    return this.#last;
  }

  /** Entries that are kept, and their bytes. */
  get entries(): number {
    return this.#entries.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** An entry is put at the end; the oldest ones go when there is too much. */
  add(sequence: number, bytes: number): void {
    this.#entries.push({ sequence, bytes });
    this.#bytes += bytes;
    this.#last = sequence;
    while (this.#bytes > this.#bytesMax && this.#first < this.#entries.length - 1) this.#drop();
  }

  /** Everything up to a sequence has been read by all. */
  read(sequence: number): void {
    while (this.#first < this.#entries.length && this.#entries[this.#first]!.sequence <= sequence)
      this.#drop();
    this.#floor = Math.max(this.#floor, sequence + 1);
  }

  #drop(): void {
    const { sequence, bytes } = this.#entries[this.#first++]!;
    this.#bytes -= bytes;
    this.#floor = Math.max(this.#floor, sequence + 1);
    if (this.#first * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
