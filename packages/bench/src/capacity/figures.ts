/** How figures are written. What is no finite number (nothing was measured) becomes a dash. */

export const NOTHING = "–";

const grouped = (value: number, decimals: number): string =>
  value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** A number with thousands separated, e.g. `1,234.50` for two decimals. */
export function figure(value: number, decimals = 0): string {
  return Number.isFinite(value) ? grouped(value, decimals) : NOTHING;
}

/** How often `base` goes into `value`, e.g. `3.12×`. */
export function timesOf(value: number, base: number): string {
  return base > 0 && Number.isFinite(value) ? `${grouped(value / base, 2)}×` : NOTHING;
}

/** `part` of `whole` in percent. Rounded down, so that 100.00 means all of them. */
export function percentOf(part: number, whole: number): string {
  return whole > 0 ? grouped(Math.floor((part * 10_000) / whole) / 100, 2) : NOTHING;
}

/** A share as whole percent, e.g. `85 %`. */
export const percentText = (share: number): string => `${Math.round(share * 100)} %`;

/** Cores, time in ms and the like: three digits, e.g. `0.934`. */
export const measureText = (value: number): string => String(Number(value.toPrecision(3)));

/** A word behind its number, e.g. `1 order`, `2 orders`. */
export function counted(value: number, word: string): string {
  return `${figure(value)} ${word}${value === 1 ? "" : "s"}`;
}
