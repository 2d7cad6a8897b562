import {
  BAND_PPM_MAX,
  type BandFields,
  DECIMALS_MAX,
  DecimalError,
  FEE_PPM_MAX,
  LOTS_MAX,
  type MarketFields,
  NOTIONAL_MAX,
  PRICE_TICKS_MAX,
  parseDecimal,
} from "@buttonwood/protocol";
import type { ExchangeCatalog, MarketEntry } from "../catalog.js";
import { AdminError } from "./admin-error.js";
import type { ListMarketBody, MarketBandsBody } from "./schemas.js";

/** Turns a listing in decimals into one in ticks, lots and units, or says which value does not fit and why. */
export function marketListing(catalog: ExchangeCatalog, body: ListMarketBody): MarketFields {
  const base = catalog.asset(body.baseAsset);
  const quote = catalog.asset(body.quoteAsset);
  if (base === undefined || quote === undefined) {
    const missing = base === undefined ? body.baseAsset : body.quoteAsset;
    throw new AdminError(404, "UNKNOWN_ASSET", `There is no asset ${missing}.`, "List the asset first.");
  }
  if (catalog.market(body.symbol) !== undefined) {
    throw new AdminError(409, "SYMBOL_TAKEN", `${body.symbol} is listed already.`, "Choose another symbol.");
  }
  const tick = step("tickSize", body.tickSize);
  const lot = step("stepSize", body.stepSize);
  const ticks = (name: string, text: string): number => inSteps(name, text, tick, PRICE_TICKS_MAX);
  const lots = (name: string, text: string): number => inSteps(name, text, lot, LOTS_MAX);
  const lotsMin = body.minQuantity === undefined ? 1 : lots("minQuantity", body.minQuantity);
  const lotsMax = body.maxQuantity === undefined ? LOTS_MAX : lots("maxQuantity", body.maxQuantity);
  const unitsOf = (name: string, text: string): number => exact(name, text, quote.decimals);
  const ppmOf = (name: string, text: string | undefined, max: number): number =>
    text === undefined ? 0 : ppm(name, text, max);
  return {
    market: catalog.markets.length,
    symbol: body.symbol,
    baseAsset: base.asset,
    quoteAsset: quote.asset,
    referenceTicks: ticks("referencePrice", body.referencePrice),
    tickMantissa: tick.mantissa,
    tickDecimals: tick.decimals,
    lotMantissa: lot.mantissa,
    lotDecimals: lot.decimals,
    priceTicksMin: body.minPrice === undefined ? 1 : ticks("minPrice", body.minPrice),
    priceTicksMax: body.maxPrice === undefined ? PRICE_TICKS_MAX : ticks("maxPrice", body.maxPrice),
    lotsMin,
    lotsMax,
    marketLotsMax:
      body.maxMarketQuantity === undefined ? lotsMax : lots("maxMarketQuantity", body.maxMarketQuantity),
    notionalMin: body.minNotional === undefined ? 0 : unitsOf("minNotional", body.minNotional),
    notionalMax: body.maxNotional === undefined ? NOTIONAL_MAX : unitsOf("maxNotional", body.maxNotional),
    makerFeePpm: ppmOf("makerFee", body.makerFee ?? "0.001", FEE_PPM_MAX),
    takerFeePpm: ppmOf("takerFee", body.takerFee ?? "0.001", FEE_PPM_MAX),
    openOrdersMax: body.maxOpenOrders ?? 200,
    stopOrdersMax: body.maxStopOrders ?? Math.min(5, body.maxOpenOrders ?? 5),
    bidDownPpm: ppmOf("bidMultiplierDown", body.bidMultiplierDown, BAND_PPM_MAX),
    bidUpPpm: ppmOf("bidMultiplierUp", body.bidMultiplierUp, BAND_PPM_MAX),
    askDownPpm: ppmOf("askMultiplierDown", body.askMultiplierDown, BAND_PPM_MAX),
    askUpPpm: ppmOf("askMultiplierUp", body.askMultiplierUp, BAND_PPM_MAX),
  };
}

interface Step {
  readonly mantissa: number;
  readonly decimals: number;
}

/** A step as mantissa and decimals, with as few decimals as it needs. */
function step(name: string, text: string): Step {
  const [whole, fraction = ""] = text.split(".");
  const decimals = fraction.replace(/0+$/, "").length;
  const mantissa = parseDecimal(`${whole}${decimals === 0 ? "" : `.${fraction}`}`, Math.min(decimals, 15));
  if (typeof mantissa !== "number" || mantissa < 1 || mantissa > 2 ** 31 - 1 || decimals > DECIMALS_MAX) {
    throw invalid(name, text, `a step from 10^-${DECIMALS_MAX} up with at most nine digits`);
  }
  return { mantissa, decimals };
}

function inSteps(name: string, text: string, { mantissa, decimals }: Step, max: number): number {
  const units = parseDecimal(text, decimals);
  if (typeof units !== "number" || units % mantissa !== 0)
    throw invalid(name, text, "a whole number of steps");
  const steps = units / mantissa;
  if (steps > max) throw invalid(name, text, `at most ${max} steps`);
  return steps;
}

/** An amount as an integer of units of 10^-decimals. */
export function exact(name: string, text: string, decimals: number): number {
  const units = parseDecimal(text, decimals);
  if (typeof units === "number") return units;
  const wanted =
    units === DecimalError.PRECISION ? `at most ${decimals} decimals` : "a plain decimal below 2^53 units";
  throw invalid(name, text, wanted);
}

/** A factor in parts per million. Checked here: far out of range it would wrap in the command's 32-bit words. */
export function ppm(name: string, text: string, max: number): number {
  const value = exact(name, text, 6);
  if (value > max) throw invalid(name, text, `at most ${max / 1_000_000}`);
  return value;
}

function invalid(name: string, text: string, wanted: string): AdminError {
  return new AdminError(
    400,
    "INVALID_VALUE",
    `${name} is ${text}; it must be ${wanted}.`,
    "Correct it and send again.",
  );
}

/** Bands as a command sets them. */
export function bandsOf(body: MarketBandsBody, market: MarketEntry): BandFields {
  const multiplier = (name: string, text: string | undefined): number =>
    text === undefined ? 0 : ppm(name, text, BAND_PPM_MAX);
  const { tickMantissa: mantissa, tickDecimals: decimals } = market.fields;
  return {
    market: market.market,
    referenceTicks:
      body.referencePrice === undefined
        ? 0
        : inSteps("referencePrice", body.referencePrice, { mantissa, decimals }, PRICE_TICKS_MAX),
    bidDownPpm: multiplier("bidMultiplierDown", body.bidMultiplierDown),
    bidUpPpm: multiplier("bidMultiplierUp", body.bidMultiplierUp),
    askDownPpm: multiplier("askMultiplierDown", body.askMultiplierDown),
    askUpPpm: multiplier("askMultiplierUp", body.askMultiplierUp),
  };
}
