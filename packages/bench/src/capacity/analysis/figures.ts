/** How figures are written in the sentences of an analysis. */

/** A count or a rate, e.g. `12,345`. */
export const countText = (value: number): string => Math.round(value).toLocaleString("en-US");

/** A share as whole percent, e.g. `85 %`. */
export const percentText = (share: number): string => `${Math.round(share * 100)} %`;

/** Cores, time in ms and the like: three digits, e.g. `0.934`. */
export const measureText = (value: number): string => String(Number(value.toPrecision(3)));
