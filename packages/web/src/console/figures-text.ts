/** Figures as the console writes them: as many digits as can be relied on. */

import { shown } from "../format.js";

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const NONE = "–";

export function whole(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : WHOLE.format(value);
}

/** A rate: whole from ten on. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return value > 0 && value < 10 ? value.toFixed(1) : WHOLE.format(value);
}

/** Milliseconds with about three digits. */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return value >= 100 ? WHOLE.format(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function share(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : `${(100 * value).toFixed(0)} %`;
}

export function cores(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : value.toFixed(2);
}

/** A moment in the reader's own time zone, to the second. */
export function moment(timeMs: number): string {
  return new Date(timeMs).toLocaleString("sv-SE");
}

/** A fee as a fraction, in percent: `0.001` is `0.1 %`. */
export function feePercent(fraction: string): string {
  return `${String(Number((Number(fraction) * 100).toFixed(6)))} %`;
}

/** An amount with all its places, and commas between thousands. */
export function amount(value: string): string {
  const isLess = value.startsWith("-");
  const plain = isLess ? value.slice(1) : value;
  return (isLess ? "−" : "") + shown(plain, plain.split(".")[1]?.length ?? 0);
}
