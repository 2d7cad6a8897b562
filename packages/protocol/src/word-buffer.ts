/**
 * A growing buffer of 32-bit words in which commands and events are written and read in place. Records start
 * and end on an even word, so that a double inside lies on its own eight bytes.
 */
export class WordBuffer {
  /** Words in use. */
  length = 0;
  i32: Int32Array;
  f64: Float64Array;
  u8: Uint8Array;

  constructor(capacityWords = 1 << 16) {
    const buffer = new ArrayBuffer(capacityWords * 4);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }

  /** A buffer over a copy of bytes that were taken from another one. */
  static from(bytes: Uint8Array): WordBuffer {
    if (bytes.byteLength % 8 !== 0) throw new RangeError(`${bytes.byteLength} bytes are no whole records`);
    const words = new WordBuffer(Math.max(2, bytes.byteLength / 4));
    words.u8.set(bytes);
    words.length = bytes.byteLength / 4;
    return words;
  }

  /** The words of bytes that are given away, without a copy. Bytes of a larger buffer start on an even word. */
  static over(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): WordBuffer {
    const { byteLength } = bytes;
    if (byteLength % 8 !== 0) throw new RangeError(`${byteLength} bytes are no whole records`);
    const [buffer, byteOffset] = bytes instanceof ArrayBuffer ? [bytes, 0] : [bytes.buffer, bytes.byteOffset];
    const words = new WordBuffer(0);
    words.i32 = new Int32Array(buffer, byteOffset, byteLength / 4);
    words.f64 = new Float64Array(buffer, byteOffset, byteLength / 8);
    words.u8 = new Uint8Array(buffer, byteOffset, byteLength);
    words.length = words.i32.length;
    return words;
  }

  /** Makes room for `words` more and returns where they start. They are not cleared. */
  reserve(words: number): number {
    // Below 2^30 in any case; masked, so that the compiler knows it too and leaves checks of each index out.
    const at = this.length & 0x3fffffff;
    const needed = at + words;
    if (needed > this.i32.length) this.#grow(needed);
    this.length = needed;
    return at;
  }

  clear(): void {
    this.length = 0;
  }

  /** The bytes in use, as a view: valid until the next write. */
  bytes(): Uint8Array {
    return this.u8.subarray(0, this.length * 4);
  }

  /** A copy of the words from `start` to `end`. */
  copy(start = 0, end = this.length): Uint8Array {
    return this.u8.slice(start * 4, end * 4);
  }

  #grow(neededWords: number): void {
    let capacity = Math.max(2, this.i32.length);
    while (capacity < neededWords) capacity *= 2;
    const buffer = new ArrayBuffer(capacity * 4);
    new Uint8Array(buffer).set(this.u8);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }
}

/** Journals and snapshots are little endian, and typed arrays have the machine's order. */
if (new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1) {
  throw new Error("Buttonwood needs a little-endian machine");
}
