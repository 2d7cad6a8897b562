import { type OrderTermsState, readTermsState, type WordBuffer } from "@buttonwood/protocol";

/** The cell of an order without terms, as nearly all are. */
export const NO_TERMS = "";

/** An order's terms as a cell of its row: six whole numbers. Its terms stand at `at` (see TermsBlock). */
export function termsText(buffer: WordBuffer, at: number): string {
  const terms = readTermsState(buffer, at);
  return `${terms.contingency} ${terms.leg} ${terms.displayLots} ${terms.trailingBips} ${terms.trailingTicks} ${terms.expiresUs}`;
}

/** Reads what {@link termsText} wrote; undefined: the order has none. */
export function readTermsText(text: string): OrderTermsState | undefined {
  if (text === NO_TERMS) return undefined;
  const [contingency, leg, displayLots, trailingBips, trailingTicks, expiresUs] = text.split(" ").map(Number);
  return {
    contingency: contingency as OrderTermsState["contingency"],
    leg: leg!,
    displayLots: displayLots!,
    trailingBips: trailingBips!,
    trailingTicks: trailingTicks!,
    expiresUs: expiresUs!,
  };
}
