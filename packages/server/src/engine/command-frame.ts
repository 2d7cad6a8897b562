import { CommandHeader, type WordBuffer } from "@buttonwood/protocol";

/** The size of the command at a word, in words. */
export function commandWords(commands: WordBuffer, at: number): number {
  return commands.i32[at]! >>> 8;
}

/**
 * Counts the commands in bytes that came over a transport. Answers −1 when they are no whole records: a size
 * that is odd, too small, or beyond the end. What a record says is the core's business; that it ends is ours.
 */
export function countCommands(bytes: Uint8Array): number {
  if (bytes.byteLength % 8 !== 0 || bytes.byteOffset % 8 !== 0) return -1;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  let count = 0;
  let at = 0;
  while (at < words.length) {
    const size = words[at]! >>> 8;
    if (size < CommandHeader.WORDS || size % 2 !== 0 || at + size > words.length) return -1;
    at += size;
    count++;
  }
  return count;
}
