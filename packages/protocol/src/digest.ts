/**
 * The state digest: two 32-bit lanes, each the sum (mod 2^32) of one hash per entry of the state, so that it can
 * be kept up to date entry by entry and does not depend on the order in which entries lie in memory.
 * It tells states apart; it is no defence against an attacker (the journal's hash chain is).
 */
export const DIGEST_SEED_A = 0x9e3779b1 | 0;
export const DIGEST_SEED_B = 0x7feb352d | 0;
const MULTIPLIER_A = 0x85ebca6b | 0;
const MULTIPLIER_B = 0xc2b2ae35 | 0;

/** Folds a word into lane A. */
export function digestA(lane: number, word: number): number {
  const x = Math.imul(lane ^ word, MULTIPLIER_A);
  return x ^ (x >>> 15);
}

/** Folds a word into lane B. */
export function digestB(lane: number, word: number): number {
  const x = Math.imul(lane ^ word, MULTIPLIER_B);
  return x ^ (x >>> 13);
}

/** The low 32 bits of a non-negative integer up to 2^53, as a signed word. */
export function lowWord(value: number): number {
  return value | 0;
}

/** The bits above the low 32 of a non-negative integer up to 2^53. */
export function highWord(value: number): number {
  return (value / 0x1_0000_0000) | 0;
}
