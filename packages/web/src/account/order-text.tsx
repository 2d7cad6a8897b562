/** An order's type, prices and terms, as tables show them. */
import { isZero, type Order } from "@buttonwood/client";
import { momentText, shown, shownAmount } from "../format.js";
import type { Market } from "../parts/market-of.js";

export function typeText({ type, timeInForce }: Pick<Order, "type" | "timeInForce">): string {
  return `${type.toLowerCase().replaceAll("_", " ")} ${timeInForce}`;
}

/** The price, and what it waits for. A market order has none. */
export function priceText(order: Order, market: Market | undefined) {
  const price = (value: string): string =>
    market === undefined ? shownAmount(value) : shown(value, market.pricePlaces);
  const isStop = !isZero(order.stopPrice);
  return (
    <>
      {isZero(order.price) ? "market" : price(order.price)}
      {isStop && <small> at {price(order.stopPrice)}</small>}
    </>
  );
}

/** What few orders have: an iceberg's part, a trailing delta, a date; empty for all others. */
export function termsText(order: Order, market: Market | undefined): string {
  const { icebergQty, trailingDelta, goodTillDate } = order;
  const quantity = market === undefined ? shownAmount(icebergQty) : shown(icebergQty, market.quantityPlaces);
  return [
    ...(isZero(icebergQty) ? [] : [`shows ${quantity}`]),
    ...(trailingDelta === undefined ? [] : [`trails ${(trailingDelta / 100).toFixed(2)} %`]),
    ...(goodTillDate === undefined ? [] : [`till ${momentText(goodTillDate, Date.now())}`]),
  ].join(", ");
}
