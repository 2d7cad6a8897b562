/** Plain decimals as text (`60000.10`), compared and added exactly: no floats anywhere. */

const FORM = /^(-?)([0-9]+)(?:\.([0-9]+))?$/;

interface Parts {
  /** All digits as one integer, with the sign. */
  readonly units: bigint;
  readonly places: number;
}

function partsOf(text: string): Parts {
  const match = FORM.exec(text);
  if (match === null) throw new RangeError(`${JSON.stringify(text)} is no plain decimal`);
  const [, sign, whole, fraction = ""] = match;
  const units = BigInt(whole! + fraction);
  return { units: sign === "-" ? -units : units, places: fraction.length };
}

function scaled({ units, places }: Parts, to: number): bigint {
  return units * 10n ** BigInt(to - places);
}

/** Below 0 when a < b, 0 when they are equal (`1.0` and `1`), above 0 when a > b. Throws RangeError for other text. */
export function compareDecimals(a: string, b: string): number {
  if (a === b) return 0;
  const left = partsOf(a);
  const right = partsOf(b);
  const places = Math.max(left.places, right.places);
  const difference = scaled(left, places) - scaled(right, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The same number in one spelling: no needless zeros, no `-0`. Throws RangeError for other text. */
export function plainDecimal(text: string): string {
  return written(partsOf(text));
}

/** a + b, exact. */
export function addDecimals(a: string, b: string): string {
  const left = partsOf(a);
  const right = partsOf(b);
  const places = Math.max(left.places, right.places);
  return written({ units: scaled(left, places) + scaled(right, places), places });
}

/** a − b, exact. */
export function subtractDecimals(a: string, b: string): string {
  const left = partsOf(a);
  const right = partsOf(b);
  const places = Math.max(left.places, right.places);
  return written({ units: scaled(left, places) - scaled(right, places), places });
}

/** a × b, exact. */
export function multiplyDecimals(a: string, b: string): string {
  const left = partsOf(a);
  const right = partsOf(b);
  return written({ units: left.units * right.units, places: left.places + right.places });
}

/** Whether a decimal is zero, however many zeros it has. */
export function isZero(text: string): boolean {
  return partsOf(text).units === 0n;
}

function written({ units, places }: Parts): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
