/** Open orders as they are shown: those of one list together. */
import type { Order } from "@buttonwood/client";

export interface OrderGroup {
  /** Undefined: a single order. */
  readonly list: { readonly orderListId: number; readonly symbol: string; readonly kind: string } | undefined;
  readonly orders: readonly Order[];
}

/** Groups in the order in which their newest orders come; within a list, as the list has them. */
export function orderGroups(newestFirst: readonly Order[]): readonly OrderGroup[] {
  const lists = new Map<string, Order[]>();
  const groups: Order[][] = [];
  for (const order of newestFirst) {
    const key = `${order.symbol} ${order.orderListId}`;
    const known = order.orderListId === -1 ? undefined : lists.get(key);
    if (known !== undefined) {
      known.push(order);
      continue;
    }
    const orders = [order];
    groups.push(orders);
    if (order.orderListId !== -1) lists.set(key, orders);
  }
  return groups.map((orders) => {
    const [{ orderListId, symbol }] = orders as [Order, ...Order[]];
    if (orderListId === -1) return { list: undefined, orders };
    const sorted = orders.toSorted((a, b) => a.orderId - b.orderId);
    return { list: { orderListId, symbol, kind: kindOf(sorted) }, orders: sorted };
  });
}

/** What a list is as far as its open orders tell: an OTOCO whose first order is filled has become an OCO. */
function kindOf(orders: readonly Order[]): string {
  const pending = orders.filter(({ status }) => status === "PENDING_NEW").length;
  if (pending === 2) return "OTOCO";
  if (pending === 1) return "OTO";
  return orders.length === 2 ? "OCO" : "List";
}
