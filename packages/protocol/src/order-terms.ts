/**
 * Terms that few orders have: what is shown of an iceberg, how far a trailing stop trails, until when an order is good,
 * and the list that it belongs to. They follow the usual words of commands and events of such orders alone, whose
 * records are longer by them.
 */
import type { Contingency } from "./enums.js";
import type { WordBuffer } from "./word-buffer.js";

/** Terms of an order as it is asked for, behind the words of its command. All 0: an order without terms. */
export const enum TermsWords {
  /** Lots of an iceberg that are shown at a time; 0 = all. */
  DISPLAY_LOTS = 0,
  /** Basis points by which the price must come back from its best before a trailing stop triggers; 0 = no trailing. */
  TRAILING_BIPS = 1,
  /** Double: µs since 1970, at which the order expires; 0 = never. */
  EXPIRES_US = 2,
  RESERVED = 4,
  WORDS = 6,
}

/** Terms of an order as it is, behind the words of its events. */
export const enum TermsBlock {
  /** `contingency | leg << 8`; 0: in no list. */
  LIST = 0,
  DISPLAY_LOTS = 1,
  TRAILING_BIPS = 2,
  /** The best price since a trailing stop began to track; 0: it does not track yet. */
  TRAILING_TICKS = 3,
  EXPIRES_US = 4,
  RESERVED = 6,
  WORDS = 8,
}

/** Terms of an order that is asked for; see {@link TermsWords}. Absent ones are 0. */
export interface OrderTerms {
  readonly displayLots: number;
  readonly trailingBips: number;
  readonly expiresUs: number;
}

/** Terms of an order as it is after an event; see {@link TermsBlock}. */
export interface OrderTermsState extends OrderTerms {
  /** 0: in no list. */
  readonly contingency: Contingency | 0;
  /** Its place in the list, 0…2. */
  readonly leg: number;
  readonly trailingTicks: number;
}

export function writeTerms(buffer: WordBuffer, at: number, terms: OrderTerms): void {
  buffer.i32[at + TermsWords.DISPLAY_LOTS] = terms.displayLots;
  buffer.i32[at + TermsWords.TRAILING_BIPS] = terms.trailingBips;
  buffer.f64[(at + TermsWords.EXPIRES_US) >> 1] = terms.expiresUs;
}

export function readTerms(buffer: WordBuffer, at: number): OrderTerms {
  return {
    displayLots: buffer.i32[at + TermsWords.DISPLAY_LOTS]!,
    trailingBips: buffer.i32[at + TermsWords.TRAILING_BIPS]!,
    expiresUs: buffer.f64[(at + TermsWords.EXPIRES_US) >> 1]!,
  };
}

export function writeTermsState(buffer: WordBuffer, at: number, terms: OrderTermsState): void {
  buffer.i32[at + TermsBlock.LIST] = terms.contingency | (terms.leg << 8);
  buffer.i32[at + TermsBlock.DISPLAY_LOTS] = terms.displayLots;
  buffer.i32[at + TermsBlock.TRAILING_BIPS] = terms.trailingBips;
  buffer.i32[at + TermsBlock.TRAILING_TICKS] = terms.trailingTicks;
  buffer.f64[(at + TermsBlock.EXPIRES_US) >> 1] = terms.expiresUs;
}

export function readTermsState(buffer: WordBuffer, at: number): OrderTermsState {
  const list = buffer.i32[at + TermsBlock.LIST]!;
  return {
    contingency: (list & 0xff) as Contingency | 0,
    leg: list >>> 8,
    displayLots: buffer.i32[at + TermsBlock.DISPLAY_LOTS]!,
    trailingBips: buffer.i32[at + TermsBlock.TRAILING_BIPS]!,
    trailingTicks: buffer.i32[at + TermsBlock.TRAILING_TICKS]!,
    expiresUs: buffer.f64[(at + TermsBlock.EXPIRES_US) >> 1]!,
  };
}
