/** What an order will cost and bring, as far as it can be known before: total, fee, share of what is free. */
import {
  addDecimals,
  compareDecimals,
  type DepthLevel,
  multiplyDecimals,
  plainDecimal,
  type Side,
  subtractDecimals,
} from "@buttonwood/client";
import { divideDown, floorToStep, isAmount, placesOf } from "../format.js";
import { priceToReckon } from "./compose.js";
import type { Draft } from "./draft.js";

/** What an order trades, of both assets; `isWhole` false: the book that is known holds less than it asks for. */
export interface Total {
  readonly base: string;
  readonly quote: string;
  readonly isWhole: boolean;
}

/** An account's fees of a market, as fractions: `0.001` is 0.1 %. */
export interface FeeRates {
  readonly maker: string;
  readonly taker: string;
}

/** Fees in the asset that the order brings; undefined: the order can't be of that role. */
export interface Fees {
  readonly maker: string | undefined;
  readonly taker: string | undefined;
  /** What is left after the higher one. */
  readonly received: string;
}

/** The total of a draft; a market order's is what the other side of the book would give now. `step` is the market's. */
export function totalOf(draft: Draft, otherSide: readonly DepthLevel[], step: string): Total | undefined {
  const { type, unit, quantity, quoteQuantity } = draft;
  if (type !== "MARKET") {
    const price = priceToReckon(draft);
    if (price === undefined || !isAmount(quantity)) return undefined;
    return { base: plainDecimal(quantity), quote: multiplyDecimals(price, quantity), isWhole: true };
  }
  if (unit === "BASE") return isAmount(quantity) ? byQuantity(quantity, otherSide) : undefined;
  return isAmount(quoteQuantity) ? byAmount(quoteQuantity, otherSide, step) : undefined;
}

function byQuantity(quantity: string, levels: readonly DepthLevel[]): Total {
  let left = plainDecimal(quantity);
  let quote = "0";
  for (const [price, available] of levels) {
    const isLast = compareDecimals(available, left) >= 0;
    quote = addDecimals(quote, multiplyDecimals(price, isLast ? left : available));
    if (isLast) return { base: plainDecimal(quantity), quote, isWhole: true };
    left = subtractDecimals(left, available);
  }
  return { base: subtractDecimals(quantity, left), quote, isWhole: false };
}

/** Whole steps only: the last level that is reached gives what the rest of the amount pays for. */
function byAmount(amount: string, levels: readonly DepthLevel[], step: string): Total {
  let left = plainDecimal(amount);
  let base = "0";
  let quote = "0";
  for (const [price, available] of levels) {
    const affordable = floorToStep(divideDown(left, price, placesOf(step)), step);
    const isLast = compareDecimals(available, affordable) >= 0;
    const taken = isLast ? affordable : available;
    base = addDecimals(base, taken);
    quote = addDecimals(quote, multiplyDecimals(price, taken));
    if (isLast) return { base, quote, isWhole: true };
    left = subtractDecimals(left, multiplyDecimals(price, taken));
  }
  return { base, quote, isWhole: false };
}

/** The roles in which an order can be filled. */
function rolesOf({ type, timeInForce }: Draft): { readonly maker: boolean; readonly taker: boolean } {
  if (type === "LIMIT_MAKER") return { maker: true, taker: false };
  const isAtOnce = type === "MARKET" || type === "STOP_LOSS" || type === "TAKE_PROFIT";
  const isLimited = type === "LIMIT" || type === "STOP_LOSS_LIMIT" || type === "TAKE_PROFIT_LIMIT";
  return { maker: !isAtOnce && !(isLimited && /IOC|FOK/.test(timeInForce)), taker: true };
}

/** Fees are taken of what an order brings: of the base asset for a buyer, of the quote asset for a seller. */
export function feesOf(draft: Draft, total: Total, rates: FeeRates): Fees {
  const brought = draft.side === "BUY" ? total.base : total.quote;
  const roles = rolesOf(draft);
  const maker = roles.maker ? multiplyDecimals(brought, rates.maker) : undefined;
  const taker = roles.taker ? multiplyDecimals(brought, rates.taker) : undefined;
  const [a, b] = [maker ?? "0", taker ?? "0"];
  return { maker, taker, received: subtractDecimals(brought, compareDecimals(a, b) > 0 ? a : b) };
}

/** A fraction in per cent, `0.1 %` for `0.001`. */
export function percentText(fraction: string): string {
  return `${multiplyDecimals(plainDecimal(fraction), "100")} %`;
}

/**
 * The quantity that a share of what is free can buy or sell, in whole steps; undefined while no price is known.
 * `free` is of the quote asset for BUY and of the base asset for SELL; `percent` 0 to 100.
 */
export function quantityOfShare(
  side: Side,
  free: string,
  percent: number,
  price: string | undefined,
  step: string,
): string | undefined {
  const share = shareOf(free, percent);
  if (side === "SELL") return floorToStep(share, step);
  if (price === undefined || !isAmount(price)) return undefined;
  return floorToStep(divideDown(share, price, placesOf(step)), step);
}

/** A share of an amount, exact; `percent` is whole, 0 to 100. */
export function shareOf(amount: string, percent: number): string {
  return multiplyDecimals(plainDecimal(amount), (percent / 100).toFixed(2));
}
