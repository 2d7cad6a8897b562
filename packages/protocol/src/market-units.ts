/** What a lot and a tick of a market are in units of its assets. The core lists only markets where both are whole. */
import type { MarketFields } from "./command.js";

/** Units of the base asset in one lot. */
export function lotUnitsOf(market: MarketFields, baseDecimals: number): number {
  return scaled(market.lotMantissa, baseDecimals - market.lotDecimals);
}

/** Units of the quote asset in one lot at one tick. */
export function tickLotUnitsOf(market: MarketFields, quoteDecimals: number): number {
  return scaled(
    market.tickMantissa * market.lotMantissa,
    quoteDecimals - market.tickDecimals - market.lotDecimals,
  );
}

function scaled(mantissa: number, exponent: number): number {
  return exponent >= 0 ? mantissa * 10 ** exponent : mantissa / 10 ** -exponent;
}
