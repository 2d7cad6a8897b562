/** Exact sums of the decimals that the API answers with, as 10^-12 in bigint: no float in a check of money. */
const PLACES = 12;

export function units(text: string | number): bigint {
  const [whole, fraction = ""] = String(text).split(".") as [string, string?];
  if (!/^-?\d+$/.test(whole) || !/^\d*$/.test(fraction)) throw new RangeError(`${text} is no plain decimal`);
  const negative = whole.startsWith("-");
  const value = BigInt(whole.replace("-", "") + fraction.padEnd(PLACES, "0").slice(0, PLACES));
  return negative ? -value : value;
}

/** Product of two decimals, rounded down to 10^-12. */
export function product(a: string | number, b: string | number): bigint {
  return (units(a) * units(b)) / 10n ** BigInt(PLACES);
}
