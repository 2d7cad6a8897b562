/** What is done with order lists beside the client, and what the exchange itself then says of them. */
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.js";
import type { OcoRequest, OrderListView, OrderView, OtoRequest } from "./calls.js";
import { listView, ocoParameters, otocoParameters } from "./list-json.js";
import { ownId, type World } from "./world.js";

/** Sells two units between bob's prices, or far below them. The last price must be bob's bidding one. */
export const exits = (world: World): OcoRequest => ({
  symbol: world.symbol,
  listClientOrderId: ownId(),
  side: "SELL",
  quantity: world.quantity(2),
  price: world.price,
  stopPrice: world.price - 60,
  stopLimitPrice: world.price - 61,
});

/** Buys two units between bob's prices, and then sells them far above (or far below, when there is a stop). */
export const entry = (world: World): OtoRequest => ({
  symbol: world.symbol,
  listClientOrderId: ownId(),
  quantity: world.quantity(2),
  workingPrice: world.price,
  pendingPrice: world.price + 60,
  pendingStopPrice: world.price - 60,
});

async function placed(world: World, kind: string, parameters: object): Promise<string> {
  const answer = await world.alice.signed("POST", `/api/v3/orderList/${kind}`, { ...parameters });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return String(answer.body.orderListId);
}

/** A list that stands, made without the client; answers its id. */
export async function placedOco(world: World): Promise<string> {
  await world.lastAt("bid");
  return placed(world, "oco", ocoParameters(exits(world)));
}

export const placedOtoco = (world: World): Promise<string> =>
  placed(world, "otoco", otocoParameters(entry(world)));

export async function cancel(world: World, listId: string): Promise<void> {
  const { symbol } = world;
  const answer = await world.alice.signed("DELETE", "/api/v3/orderList", { symbol, orderListId: listId });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

/** What the exchange itself says of a list of alice's. */
export async function listOf(world: World, orderListId: string): Promise<OrderListView> {
  return listView(await world.readOwn("/api/v3/orderList", { orderListId }));
}

/** Of all her lists that are open. */
export async function openLists(world: World): Promise<readonly OrderListView[]> {
  return (await world.readOwn("/api/v3/openOrderList")).map(listView);
}

/** Of the orders of a list, in their order. */
export const ordersOf = (world: World, list: OrderListView): Promise<OrderView[]> =>
  Promise.all(list.orderIds.map((id) => world.order(id)));

/** The list comes to have orders with these statuses, and a status of its own, and is among the open ones or is not. */
export async function becomes(
  world: World,
  { listId, orderIds }: OrderListView,
  statuses: readonly string[],
  status: "EXECUTING" | "ALL_DONE",
): Promise<void> {
  // What others do to a list may come to its owner's history later than to their own.
  const list = await eventually(`a list that is ${status}`, async () => {
    const now = await listOf(world, listId);
    const orders = await ordersOf(world, now);
    const isThere = now.status === status && orders.every((order, i) => order.status === statuses[i]);
    return isThere ? now : undefined;
  });
  assert.deepEqual(
    [list.orderIds, list.statusType],
    [orderIds, status === "EXECUTING" ? "EXEC_STARTED" : "ALL_DONE"],
  );
  const isOpen = (await openLists(world)).some((one) => one.listId === listId);
  assert.equal(isOpen, status === "EXECUTING");
}
