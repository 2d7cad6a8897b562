/**
 * Exact decimals. Money arrives and leaves as text and lives as integers of a smallest unit; no float in between.
 */

/** The powers of ten that are exact in a double. */
export const POWERS_OF_TEN: readonly number[] = Array.from({ length: 16 }, (_, i) => 10 ** i);

/** Digits, at most one point with digits on both sides: no sign, exponent, blank or separator. */
const PLAIN_DECIMAL = /^\d{1,20}(?:\.\d{1,20})?$/;

/** Why text is not an amount: it is no plain decimal, has more decimals than the unit, or is too large. */
export const DecimalError = { SYNTAX: "syntax", PRECISION: "precision", RANGE: "range" } as const;
export type DecimalError = (typeof DecimalError)[keyof typeof DecimalError];

/**
 * Reads a plain decimal as an integer of units of 10^-decimals, exactly. Zeros after the last decimal are allowed.
 * Returns the reason instead of a number when it can't; never rounds.
 */
export function parseDecimal(text: string, decimals: number): number | DecimalError {
  if (!PLAIN_DECIMAL.test(text)) return DecimalError.SYNTAX;
  const point = text.indexOf(".");
  const whole = point < 0 ? text : text.slice(0, point);
  let fraction = point < 0 ? "" : text.slice(point + 1);
  if (fraction.length > decimals) {
    if (/[1-9]/.test(fraction.slice(decimals))) return DecimalError.PRECISION;
    fraction = fraction.slice(0, decimals);
  }
  const digits = (whole + fraction.padEnd(decimals, "0")).replace(/^0+(?=\d)/, "");
  if (digits.length > 16) return DecimalError.RANGE;
  // At most 16 digits: the nearest double is the number itself up to 2^53, and larger ones are refused.
  const units = Number(digits);
  return units <= Number.MAX_SAFE_INTEGER ? units : DecimalError.RANGE;
}

/** Writes an integer of units of 10^-decimals with exactly `places` decimals (default: `decimals`). */
export function formatDecimal(units: number, decimals: number, places = decimals): string {
  if (!Number.isSafeInteger(units)) throw new RangeError(`${units} is no exact amount`);
  const negative = units < 0;
  const digits = String(negative ? -units : units).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  const shown = places <= decimals ? fraction.slice(0, places) : fraction.padEnd(places, "0");
  if (places < decimals && /[1-9]/.test(fraction.slice(places))) {
    throw new RangeError(`${units} × 10^-${decimals} does not fit ${places} decimals`);
  }
  return (negative ? "-" : "") + whole + (places > 0 ? `.${shown}` : "");
}
