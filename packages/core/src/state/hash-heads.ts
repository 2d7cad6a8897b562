/** Heads of a chained hash for up to `entries` entries: the smallest power of two that is not below. */
export function hashHeads(entries: number): Int32Array {
  let size = 16;
  while (size < entries) size *= 2;
  return new Int32Array(size);
}

/** Spreads a pair of small numbers over the heads. */
export function hashPair(a: number, b: number): number {
  const x = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  return x ^ (x >>> 15);
}
