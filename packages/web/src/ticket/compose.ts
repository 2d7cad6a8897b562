/** From a draft to what is sent. */
import {
  compareDecimals,
  multiplyDecimals,
  type NewOco,
  type NewOrder,
  type NewOto,
  type NewOtoco,
  type Side,
  subtractDecimals,
} from "@buttonwood/client";
import { floorToStep, isAmount } from "../format.js";
import type { Draft } from "./draft.js";

export type Composed =
  | { readonly kind: "ORDER"; readonly order: NewOrder }
  | { readonly kind: "OCO"; readonly list: NewOco }
  | { readonly kind: "OTO"; readonly list: NewOto }
  | { readonly kind: "OTOCO"; readonly list: NewOtoco };

/** What the two orders of an OTO or OTOCO need to know of the market. */
export interface PendingTerms {
  readonly step: string;
  /** The working order's fee at most, as a fraction (`0.001`); undefined when it is not known. */
  readonly feeMax: string | undefined;
}

/** What to send. The draft's fields must have been checked. */
export function composed(symbol: string, draft: Draft, terms: PendingTerms): Composed {
  switch (draft.type) {
    case "OCO":
      return { kind: "OCO", list: { ...shared(symbol, draft), ...ocoOf(draft) } };
    case "OTO":
      return { kind: "OTO", list: { ...shared(symbol, draft), ...otoOf(draft, terms) } };
    case "OTOCO":
      return { kind: "OTOCO", list: { ...shared(symbol, draft), ...otocoOf(draft, terms) } };
    case "LIMIT":
    case "MARKET":
    case "LIMIT_MAKER":
    case "STOP_LOSS":
    case "STOP_LOSS_LIMIT":
    case "TAKE_PROFIT":
    case "TAKE_PROFIT_LIMIT":
      return { kind: "ORDER", order: orderOf(symbol, draft) };
  }
}

/** The moment that a date field means, in ms since 1970; NaN when it means none. */
export function momentMs(text: string): number {
  return text === "" ? Number.NaN : new Date(text).getTime();
}

export function otherSide(side: Side): Side {
  return side === "BUY" ? "SELL" : "BUY";
}

/**
 * What the second order of a list trades when that is left open: all that the first one brings. A buyer gets the
 * quantity less the fee.
 */
export function pendingQuantityOf(draft: Draft, { step, feeMax }: PendingTerms): string {
  const { side, quantity, pendingQuantity } = draft;
  if (pendingQuantity !== "" || !isAmount(quantity) || side === "SELL") {
    return pendingQuantity === "" ? quantity : pendingQuantity;
  }
  const fee = multiplyDecimals(quantity, feeMax ?? "0");
  return floorToStep(subtractDecimals(quantity, fee), step);
}

function shared(symbol: string, { prevention }: Draft) {
  return { symbol, ...(prevention === "" ? {} : { selfTradePreventionMode: prevention }) };
}

function orderOf(symbol: string, draft: Draft): NewOrder {
  const { side, type, price, quantity } = draft;
  const common = { ...shared(symbol, draft), side };
  switch (type) {
    case "LIMIT":
      return { ...common, type, price, quantity, ...timeOf(draft) };
    case "LIMIT_MAKER":
      return { ...common, type, price, quantity, ...icebergOf(draft), ...dateOf(draft) };
    case "MARKET":
      return draft.unit === "BASE"
        ? { ...common, type, quantity }
        : { ...common, type, quoteOrderQty: draft.quoteQuantity };
    case "STOP_LOSS":
    case "TAKE_PROFIT":
      return { ...common, type, quantity, ...triggerOf(draft), ...dateOf(draft) };
    case "STOP_LOSS_LIMIT":
    case "TAKE_PROFIT_LIMIT":
      return { ...common, type, price, quantity, ...triggerOf(draft), ...timeOf(draft) };
    case "OCO":
    case "OTO":
    case "OTOCO":
      throw new TypeError(`${type} is a list of orders`);
  }
}

function timeOf(draft: Draft) {
  switch (draft.timeInForce) {
    case "GTD":
      return { timeInForce: "GTD", goodTillDate: momentMs(draft.goodTill), ...icebergOf(draft) } as const;
    case "GTC":
      return { timeInForce: "GTC", ...icebergOf(draft) } as const;
    case "IOC":
    case "FOK":
      return { timeInForce: draft.timeInForce } as const;
  }
}

function icebergOf({ icebergQuantity }: Draft) {
  return icebergQuantity === "" ? {} : { icebergQty: icebergQuantity };
}

function dateOf({ goodTill }: Draft) {
  return goodTill === "" ? {} : { goodTillDate: momentMs(goodTill) };
}

function triggerOf({ stopPrice, trailingDelta }: Draft) {
  if (trailingDelta === "") return { stopPrice };
  const delta = { trailingDelta: Number(trailingDelta) };
  return stopPrice === "" ? delta : { stopPrice, ...delta };
}

/** A pair that closes a position: a limit order that earns on one side of the price, a stop on the other. */
function ocoOf({ side, quantity, price, stopPrice, stopLimitPrice }: Draft) {
  const isBuy = side === "BUY";
  return { side, quantity, ...pair("", isBuy, price, stopPrice, stopLimitPrice) } as Omit<NewOco, "symbol">;
}

function workingOf({ side, price, quantity }: Draft) {
  return {
    workingType: "LIMIT",
    workingSide: side,
    workingPrice: price,
    workingQuantity: quantity,
    workingTimeInForce: "GTC",
  } as const;
}

function otoOf(draft: Draft, terms: PendingTerms): Omit<NewOto, "symbol"> {
  const { pendingType, pendingPrice, pendingStopPrice } = draft;
  const isTimed = pendingType === "LIMIT" || pendingType.endsWith("_LIMIT");
  return {
    ...workingOf(draft),
    pendingType,
    pendingSide: otherSide(draft.side),
    pendingQuantity: pendingQuantityOf(draft, terms),
    ...(isTimed || pendingType === "LIMIT_MAKER" ? { pendingPrice } : {}),
    ...(isTimed ? ({ pendingTimeInForce: "GTC" } as const) : {}),
    ...(/^(STOP|TAKE)/.test(pendingType) ? { pendingStopPrice } : {}),
  };
}

function otocoOf(draft: Draft, terms: PendingTerms): Omit<NewOtoco, "symbol"> {
  const { pendingPrice, pendingStopPrice, stopLimitPrice } = draft;
  const side = otherSide(draft.side);
  return {
    ...workingOf(draft),
    pendingSide: side,
    pendingQuantity: pendingQuantityOf(draft, terms),
    ...pair("pending", side === "BUY", pendingPrice, pendingStopPrice, stopLimitPrice),
  } as Omit<NewOtoco, "symbol">;
}

/** The two orders of a pair: who sells earns above and stops below, who buys the other way round. */
function pair(
  prefix: "" | "pending",
  isBuy: boolean,
  limit: string,
  stop: string,
  stopLimit: string,
): object {
  const names = prefix === "" ? ["above", "below"] : ["pendingAbove", "pendingBelow"];
  const [limitName, stopName] = isBuy ? [names[1], names[0]] : names;
  return {
    [`${limitName}Type`]: "LIMIT_MAKER",
    [`${limitName}Price`]: limit,
    [`${stopName}Type`]: stopLimit === "" ? "STOP_LOSS" : "STOP_LOSS_LIMIT",
    [`${stopName}StopPrice`]: stop,
    ...(stopLimit === "" ? {} : { [`${stopName}Price`]: stopLimit, [`${stopName}TimeInForce`]: "GTC" }),
  };
}

/** The price at which an order that is filled costs most; undefined while it is not known. */
export function priceToReckon(draft: Draft): string | undefined {
  const { type, side, price, stopPrice, stopLimitPrice } = draft;
  switch (type) {
    case "MARKET":
      return undefined;
    case "STOP_LOSS":
    case "TAKE_PROFIT":
      return amountOf(stopPrice);
    case "OCO": {
      const limit = amountOf(price);
      const stop = amountOf(stopLimitPrice === "" ? stopPrice : stopLimitPrice);
      if (side === "SELL" || limit === undefined || stop === undefined) return limit;
      return compareDecimals(limit, stop) > 0 ? limit : stop;
    }
    case "LIMIT":
    case "LIMIT_MAKER":
    case "STOP_LOSS_LIMIT":
    case "TAKE_PROFIT_LIMIT":
    case "OTO":
    case "OTOCO":
      return amountOf(price);
  }
}

function amountOf(text: string): string | undefined {
  return isAmount(text) ? text : undefined;
}
