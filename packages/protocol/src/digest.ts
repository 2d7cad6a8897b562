/**
 * The state digest: two 32-bit lanes, each the sum (mod 2^32) of one hash per entry of the state, so that it can
 * be kept up to date entry by entry and does not depend on the order in which entries lie in memory.
 * It tells states apart; it is no defence against an attacker (the journal's hash chain is).
 */
export const DIGEST_SEED_A = 0x9e3779b1 | 0;
export const DIGEST_SEED_B = 0x7feb352d | 0;
const MULTIPLIER_A = 0x85ebca6b | 0;
const MULTIPLIER_B = 0xc2b2ae35 | 0;

/** Folds a word into lane A of a chain, which tells the order of its words. */
export function digestA(lane: number, word: number): number {
  const x = Math.imul(lane ^ word, MULTIPLIER_A);
  return x ^ (x >>> 15);
}

/** Folds a word into lane B of a chain. */
export function digestB(lane: number, word: number): number {
  const x = Math.imul(lane ^ word, MULTIPLIER_B);
  return x ^ (x >>> 13);
}

/** Odd factors of lane A, by the place of a word in its entry; the tag stands at 0. */
export const enum KeyA {
  K0 = 1541420729,
  K1 = 454851045,
  K2 = -1394616771,
  K3 = -352468385,
  K4 = 436270539,
  K5 = 1292797715,
  K6 = 107332755,
  K7 = 2003106813,
  K8 = 1860262629,
  K9 = -1943515693,
  K10 = -2105743469,
  K11 = 1319006189,
  K12 = -436439337,
  K13 = 1458065989,
  K14 = 439542631,
}

/** Those of lane B. */
export const enum KeyB {
  K0 = 1065433749,
  K1 = 1124176789,
  K2 = -644868699,
  K3 = 824228063,
  K4 = -1448438193,
  K5 = -184587189,
  K6 = -1035764673,
  K7 = -804645909,
  K8 = -434429317,
  K9 = -474217431,
  K10 = -2019824583,
  K11 = 1083837189,
  K12 = 1381575215,
  K13 = -79635089,
  K14 = -1489686917,
}

/**
 * Ends the hash of an entry. The hash is `digestEnd` of, mod 2^32, the sum of each word × its factor (lane A), or
 * of each word with its upper half folded into its lower × its factor (lane B): products that do not wait for each
 * other, where a chain of folds would. Two words that differ in their top bits alone cancel in lane A; the folding
 * is there so that they do not in lane B.
 */
export function digestEnd(sum: number): number {
  const x = Math.imul(sum ^ (sum >>> 16), MULTIPLIER_A);
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
