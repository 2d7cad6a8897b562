/** Decimals in text, cut, grouped and divided exactly: what is shown is what the exchange said. */
import { compareDecimals, plainDecimal } from "@buttonwood/client";

/** Places after the point that a step has, e.g. 2 for `0.01000000`. */
export function placesOf(step: string): number {
  return plainDecimal(step).split(".")[1]?.length ?? 0;
}

/** A decimal with so many places: padded, or cut (never rounded up: a balance must not look larger than it is). */
export function toPlaces(value: string, places: number): string {
  const [whole = "0", fraction = ""] = value.split(".");
  return places === 0 ? whole : `${whole}.${fraction.padEnd(places, "0").slice(0, places)}`;
}

/** As {@link toPlaces}, with commas between thousands: for reading. */
export function shown(value: string, places: number): string {
  const [whole = "0", fraction] = toPlaces(value, places).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A balance: all its places but needless zeros, at least two. */
export function shownAmount(value: string): string {
  const plain = plainDecimal(value);
  return shown(plain, Math.max(2, placesOf(plain)));
}

/** A large amount in few characters, e.g. `1.23M`: for volumes, where the magnitude counts. */
export function shownVolume(value: string): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 }).format(
    Number(value),
  );
}

/** a ÷ b cut to so many places. Throws RangeError when b is zero. */
export function divideDown(a: string, b: string, places: number): string {
  const left = unitsOf(a);
  const right = unitsOf(b);
  const numerator = left.units * 10n ** BigInt(places + right.places);
  const quotient = numerator / (right.units * 10n ** BigInt(left.places));
  return fromUnits(quotient, places);
}

/** The largest multiple of a step that is not more than the value. */
export function floorToStep(value: string, step: string): string {
  const places = Math.max(placesOf(step), value.split(".")[1]?.length ?? 0);
  const units = toUnits(value, places);
  const stepUnits = toUnits(step, places);
  return plainDecimal(fromUnits(units - (units % stepUnits), places));
}

/** The smallest multiple of a step that is not less than the value. */
export function ceilToStep(value: string, step: string): string {
  const floor = floorToStep(value, step);
  if (compareDecimals(floor, value) === 0) return floor;
  const places = Math.max(placesOf(step), placesOf(floor));
  return plainDecimal(fromUnits(toUnits(floor, places) + toUnits(step, places), places));
}

/** Whether a text is a plain decimal above zero. */
export function isAmount(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text) && /[1-9]/.test(text);
}

/** `14:03:59` in the reader's own time. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toLocaleTimeString("en-GB");
}

/** The time of day of today, and with its date of any other day: `2026-01-31 14:03:59`, in the reader's own time. */
export function momentText(ms: number, nowMs: number): string {
  const day = dayOf(ms);
  return day === dayOf(nowMs) ? timeOfDay(ms) : `${day} ${timeOfDay(ms)}`;
}

/** `2026-11-30`, by the reader's own clock. */
export function dayOf(ms: number): string {
  return new Date(ms).toLocaleDateString("sv-SE");
}

function unitsOf(text: string): { readonly units: bigint; readonly places: number } {
  const places = text.split(".")[1]?.length ?? 0;
  return { units: toUnits(text, places), places };
}

function toUnits(text: string, places: number): bigint {
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(places, "0").slice(0, places));
}

function fromUnits(units: bigint, places: number): string {
  const digits = units.toString().padStart(places + 1, "0");
  if (places === 0) return digits;
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
