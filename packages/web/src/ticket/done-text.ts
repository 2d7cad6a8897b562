/** What became of what was sent, in a sentence. */
import type { PlacedOrder, PlacedOrderList } from "@buttonwood/client";
import { shown } from "../format.js";
import type { Market } from "../parts/market-of.js";

export function orderDoneText(placed: PlacedOrder, market: Market): string {
  const { orderId, status, executedQty, origQty } = placed;
  const executed = shown(executedQty, market.quantityPlaces);
  switch (status) {
    case "FILLED":
      return `Filled ${executed} ${market.base} (order ${orderId}).`;
    case "PENDING_NEW":
      return `Order ${orderId} waits for it.`;
    case "NEW":
      return `Order ${orderId} is open.`;
    case "PARTIALLY_FILLED":
      return `Order ${orderId} is open, ${executed} of ${shown(origQty, market.quantityPlaces)} ${market.base} filled.`;
    case "CANCELED":
    case "EXPIRED":
    case "EXPIRED_IN_MATCH":
    case "REJECTED":
      return `Order ${orderId} has ended, ${executed} of ${shown(origQty, market.quantityPlaces)} ${market.base} filled.`;
  }
}

export function listDoneText(placed: PlacedOrderList, market: Market): string {
  const { orderListId, listOrderStatus, orderReports } = placed;
  const state = listOrderStatus === "ALL_DONE" ? "has ended" : "is open";
  const orders = orderReports.map((report) => orderDoneText(report, market)).join(" ");
  return `List ${orderListId} ${state}. ${orders}`;
}
