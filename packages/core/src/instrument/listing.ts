import {
  BAND_PPM_MAX,
  DECIMALS_MAX,
  FEE_PPM_MAX,
  ListMarket,
  LOTS_MAX,
  NOTIONAL_MAX,
  PRICE_TICKS_MAX,
  SUPPLY_MAX,
  type WordBuffer,
} from "@buttonwood/protocol";

/** Whether `value` is low…high; false for anything that is no number. */
const within = (value: number, low: number, high: number): boolean => value >= low && value <= high;

/** Whether the numbers of a LIST_MARKET command, other than assets and symbol, make a market. */
export function isMarketSound(command: WordBuffer, at: number): boolean {
  const w = (field: number): number => command.i32[at + field];
  const d = (field: number): number => command.f64[(at + field) >> 1];
  const notionalMin = d(ListMarket.NOTIONAL_MIN);
  const notionalMax = d(ListMarket.NOTIONAL_MAX);
  const bands = [
    ListMarket.BID_DOWN_PPM,
    ListMarket.BID_UP_PPM,
    ListMarket.ASK_DOWN_PPM,
    ListMarket.ASK_UP_PPM,
  ];
  return (
    w(ListMarket.TICK_MANTISSA) >= 1 &&
    w(ListMarket.LOT_MANTISSA) >= 1 &&
    within(w(ListMarket.TICK_DECIMALS), 0, DECIMALS_MAX) &&
    within(w(ListMarket.LOT_DECIMALS), 0, DECIMALS_MAX) &&
    w(ListMarket.PRICE_TICKS_MIN) >= 1 &&
    within(
      w(ListMarket.REFERENCE_TICKS),
      w(ListMarket.PRICE_TICKS_MIN),
      Math.min(w(ListMarket.PRICE_TICKS_MAX), PRICE_TICKS_MAX),
    ) &&
    w(ListMarket.PRICE_TICKS_MAX) <= PRICE_TICKS_MAX &&
    within(w(ListMarket.LOTS_MIN), 1, w(ListMarket.LOTS_MAX)) &&
    w(ListMarket.LOTS_MAX) <= LOTS_MAX &&
    within(w(ListMarket.MARKET_LOTS_MAX), w(ListMarket.LOTS_MIN), w(ListMarket.LOTS_MAX)) &&
    Number.isInteger(notionalMin) &&
    Number.isInteger(notionalMax) &&
    within(notionalMin, 0, notionalMax) &&
    notionalMax <= NOTIONAL_MAX &&
    areFeesSound(w(ListMarket.MAKER_FEE_PPM), w(ListMarket.TAKER_FEE_PPM)) &&
    w(ListMarket.OPEN_ORDERS_MAX) >= 1 &&
    within(w(ListMarket.STOP_ORDERS_MAX), 0, w(ListMarket.OPEN_ORDERS_MAX)) &&
    bands.every((band) => within(w(band), 0, BAND_PPM_MAX))
  );
}

export function areFeesSound(makerFeePpm: number, takerFeePpm: number): boolean {
  return within(makerFeePpm, 0, FEE_PPM_MAX) && within(takerFeePpm, 0, FEE_PPM_MAX);
}

/**
 * `mantissa × 10^exponent` if it is a whole number, 1…2^52, else 0. Exact: listing is rare, so it may cost a
 * big integer.
 */
export function wholeUnits(mantissa: bigint, exponent: number): number {
  const power = 10n ** BigInt(Math.abs(exponent));
  if (exponent < 0 && mantissa % power !== 0n) return 0;
  const value = exponent < 0 ? mantissa / power : mantissa * power;
  return value >= 1n && value <= BigInt(SUPPLY_MAX) ? Number(value) : 0;
}
