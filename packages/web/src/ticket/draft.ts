/** An order as it is being written: what its fields mean, and the order that comes of them. */
import {
  addDecimals,
  compareDecimals,
  type DepthLevel,
  multiplyDecimals,
  type NewOrder,
  plainDecimal,
  type RestingTimeInForce,
  type Side,
  subtractDecimals,
} from "@buttonwood/client";
import { divideDown, floorToStep, isAmount, placesOf } from "../format.js";

export const TicketType = {
  LIMIT: "LIMIT",
  MARKET: "MARKET",
  STOP_LOSS_LIMIT: "STOP_LOSS_LIMIT",
  LIMIT_MAKER: "LIMIT_MAKER",
} as const;
export type TicketType = (typeof TicketType)[keyof typeof TicketType];

export interface Draft {
  readonly side: Side;
  readonly type: TicketType;
  readonly timeInForce: RestingTimeInForce;
  readonly price: string;
  readonly stopPrice: string;
  readonly quantity: string;
}

export const EMPTY_DRAFT: Draft = {
  side: "BUY",
  type: TicketType.LIMIT,
  timeInForce: "GTC",
  price: "",
  stopPrice: "",
  quantity: "",
};

export type Field = "price" | "stopPrice" | "quantity";

export const FIELD_LABELS: Readonly<Record<Field, string>> = {
  price: "Price",
  stopPrice: "Stop price",
  quantity: "Quantity",
};

/** The fields that a type has, in the order in which they are asked for. */
export function fieldsOf(type: TicketType): readonly Field[] {
  switch (type) {
    case "LIMIT":
    case "LIMIT_MAKER":
      return ["price", "quantity"];
    case "MARKET":
      return ["quantity"];
    case "STOP_LOSS_LIMIT":
      return ["stopPrice", "price", "quantity"];
  }
}

export function hasTimeInForce(type: TicketType): boolean {
  return type === "LIMIT" || type === "STOP_LOSS_LIMIT";
}

/** The first field that holds no amount; everything else is for the exchange to judge. */
export function badField(draft: Draft): Field | undefined {
  return fieldsOf(draft.type).find((field) => !isAmount(draft[field]));
}

/** The order to send. Its fields must have been checked with {@link badField}. */
export function orderOf(symbol: string, draft: Draft): NewOrder {
  const { side, type, timeInForce, price, stopPrice, quantity } = draft;
  switch (type) {
    case "LIMIT":
      return { symbol, side, type, timeInForce, price, quantity };
    case "LIMIT_MAKER":
      return { symbol, side, type, price, quantity };
    case "MARKET":
      return { symbol, side, type, quantity };
    case "STOP_LOSS_LIMIT":
      return { symbol, side, type, timeInForce, price, stopPrice, quantity };
  }
}

/** What an order costs or brings; `isWhole` false: the book that is known holds less than it asks for. */
export interface Total {
  readonly quote: string;
  readonly isWhole: boolean;
}

/** The total of a draft; a market order's is what the other side of the book would give now. */
export function totalOf(draft: Draft, otherSide: readonly DepthLevel[]): Total | undefined {
  const { type, price, quantity } = draft;
  if (!isAmount(quantity)) return undefined;
  if (type !== "MARKET") {
    return isAmount(price) ? { quote: multiplyDecimals(price, quantity), isWhole: true } : undefined;
  }
  let left = plainDecimal(quantity);
  let quote = "0";
  for (const [levelPrice, levelQuantity] of otherSide) {
    const isLast = compareDecimals(levelQuantity, left) >= 0;
    quote = addDecimals(quote, multiplyDecimals(levelPrice, isLast ? left : levelQuantity));
    if (isLast) return { quote, isWhole: true };
    left = subtractDecimals(left, levelQuantity);
  }
  return { quote, isWhole: false };
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
  const share = multiplyDecimals(plainDecimal(free), (percent / 100).toFixed(2));
  if (side === "SELL") return floorToStep(share, step);
  if (price === undefined || !isAmount(price)) return undefined;
  return floorToStep(divideDown(share, price, placesOf(step)), step);
}
