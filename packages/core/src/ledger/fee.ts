const MILLION = 1_000_000;

/**
 * `floor(amount × ppm / 10^6)`, exact for whole amounts up to 2^52 and 0…100,000 ppm.
 *
 * The quotient by a million is below 2^33, where doubles lie 2^-20 apart: closer than the millionth by which a
 * quotient can miss the next whole number, so that rounding never lifts it there.
 */
export function feeOf(amount: number, ppm: number): number {
  const product = amount * ppm;
  if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / MILLION);
  const millions = Math.floor(amount / MILLION);
  return millions * ppm + Math.floor(((amount - millions * MILLION) * ppm) / MILLION);
}
