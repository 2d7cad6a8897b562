import { position } from "../state/position.js";

const TOP_BITS = 0x80808080 | 0;
const ONES = 0x01010101;

export const enum LowestByte {
  /** The lowest byte an id may hold ("!"), four times. */
  NO_BLANK = 0x21212121,
  /** The lowest byte a name or reference may hold (the blank), four times. */
  BLANK = 0x20202020,
}

/**
 * Whether text of 1…words × 4 bytes is printable ASCII from `lowest` on, with nothing but zeros behind its end.
 * Looks at four bytes at a time: a byte b below 0x80 is in range if neither b + 0x80 − lowest loses its top bit
 * nor b + 1 gains it, and neither carries into its neighbour.
 */
export function isText(
  w: Int32Array,
  textAt: number,
  words: number,
  length: number,
  lowest: number,
): boolean {
  if (!(length >= 1 && length <= words * 4)) return false;
  const at = position(textAt);
  const whole = length >> 2;
  for (let i = 0; i < whole; i++) if (!areBytesIn(w[at + i], lowest)) return false;
  let next = whole;
  const rest = (length & 3) << 3;
  if (rest !== 0) {
    const word = w[at + whole];
    if (word >>> rest !== 0 || !areBytesIn(word | (lowest << rest), lowest)) return false;
    next++;
  }
  for (let i = next; i < words; i++) if (w[at + i] !== 0) return false;
  return true;
}

function areBytesIn(word: number, lowest: number): boolean {
  return (
    (word & TOP_BITS) === 0 &&
    (((word | TOP_BITS) - lowest) & TOP_BITS) === TOP_BITS &&
    ((word + ONES) & TOP_BITS) === 0
  );
}

/** The length in bytes of text that ends at its first zero byte. */
export function paddedLength(w: Int32Array, at: number, words: number): number {
  let length = 0;
  while (length < words * 4 && ((w[at + (length >> 2)] >>> ((length & 3) << 3)) & 0xff) !== 0) length++;
  return length;
}
