import type { WordBuffer } from "./word-buffer.js";

/** Writes printable ASCII at a word and clears the rest of its `words`. Returns the length in bytes. */
export function writeText(buffer: WordBuffer, at: number, words: number, text: string): number {
  const { u8, i32 } = buffer;
  for (let i = 0; i < words; i++) i32[at + i] = 0;
  const length = text.length;
  if (length > words * 4) throw new RangeError(`"${text}" is longer than ${words * 4} bytes`);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e)
      throw new RangeError(`"${text}" has a character that is not printable ASCII`);
    u8[at * 4 + i] = code;
  }
  return length;
}

/** Reads text of a known length. */
export function readText(buffer: WordBuffer, at: number, length: number): string {
  const start = at * 4;
  return String.fromCharCode.apply(null, buffer.u8.subarray(start, start + length) as unknown as number[]);
}

/** Reads text that ends at the first zero byte, or after `words` words. */
export function readPaddedText(buffer: WordBuffer, at: number, words: number): string {
  let length = 0;
  while (length < words * 4 && buffer.u8[at * 4 + length] !== 0) length++;
  return readText(buffer, at, length);
}
