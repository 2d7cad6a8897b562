/** Order lists: orders of which one ends another, or begins when another is filled. */
import assert from "node:assert/strict";
import type { OrderView, ReportedListView } from "./calls.js";
import { listView } from "./list-json.js";
import { becomes, cancel, entry, exits, listOf, openLists, ordersOf, placedOco } from "./list-steps.js";
import { refusedWith } from "./refused-with.js";
import type { Scenario } from "./scenario.js";
import type { World } from "./world.js";

/** What must be true of an order of a list. */
type Leg = Pick<OrderView, "type" | "side" | "status" | "price"> & { readonly stopPrice?: number };

/** What the client was told of a list that it has just placed is what was asked, and what the exchange says. */
async function assertPlaced(
  world: World,
  { list, reports }: ReportedListView,
  asked: { readonly contingency: "OCO" | "OTO"; readonly clientId: string },
  legs: readonly Leg[],
): Promise<void> {
  assert.match(list.listId, /^\d+$/);
  assert.deepEqual(list, {
    ...asked,
    listId: list.listId,
    symbol: world.symbol,
    statusType: "EXEC_STARTED",
    status: "EXECUTING",
    orderIds: reports.map(({ id }) => id),
  });
  assert.deepEqual(
    reports.map(({ type, side, status, price, stopPrice, quantity, executed, listId }) => {
      return { type, side, status, price, stopPrice, quantity, executed, listId };
    }),
    legs.map((leg) => {
      return { stopPrice: 0, ...leg, quantity: world.quantity(2), executed: 0, listId: list.listId };
    }),
  );
  assert.deepEqual(await listOf(world, list.listId), list);
  assert.deepEqual(await ordersOf(world, list), reports);
  assert.deepEqual([...(await world.open())].sort(), [...list.orderIds].sort());
  assert.deepEqual(await openLists(world), [list]);
}

/** Nothing is open, lists neither. */
async function fresh(world: World): Promise<void> {
  await world.quote();
  assert.deepEqual(await openLists(world), []);
}

export const listScenarios = (own: { rest: boolean }): readonly Scenario[] => {
  const title = (rest: string, method: string): string => (own.rest ? rest : method);
  return [
    {
      title: title("POST /api/v3/orderList/oco", "orderList.place.oco"),
      needs: ["placeOco"],
      run: async (client, world) => {
        await fresh(world);
        await world.lastAt("bid");
        const oco = exits(world);
        const placed = await client.placeOco(oco);
        await assertPlaced(world, placed, { contingency: "OCO", clientId: oco.listClientOrderId }, [
          { type: "LIMIT_MAKER", side: "SELL", status: "NEW", price: oco.price },
          {
            type: "STOP_LOSS_LIMIT",
            side: "SELL",
            status: "NEW",
            price: oco.stopLimitPrice,
            stopPrice: oco.stopPrice,
          },
        ]);
        // A part of the one is enough to end the other.
        await world.take("BUY", oco.price, world.quantity(1));
        await becomes(world, placed.list, ["PARTIALLY_FILLED", "EXPIRED"], "EXECUTING");
        await world.take("BUY", oco.price, world.quantity(1));
        await becomes(world, placed.list, ["FILLED", "EXPIRED"], "ALL_DONE");
        assert.deepEqual(await world.open(), []);

        const crossed = client.placeOco({ ...exits(world), stopPrice: oco.price, price: oco.stopPrice });
        await refusedWith(crossed, -2010, /The relationship of the prices for the orders is not correct\./);
      },
    },
    {
      title: title("POST /api/v3/order/oco", "orderList.place"),
      needs: ["placeOcoLegacy"],
      run: async (client, world) => {
        await fresh(world);
        await world.lastAt("ask");
        const far = { price: world.price + 60, stopPrice: world.bid, stopLimitPrice: world.bid - 1 };
        const oco = { ...exits(world), ...far };
        const placed = await client.placeOcoLegacy(oco);
        await assertPlaced(world, placed, { contingency: "OCO", clientId: oco.listClientOrderId }, [
          { type: "LIMIT_MAKER", side: "SELL", status: "NEW", price: oco.price },
          {
            type: "STOP_LOSS_LIMIT",
            side: "SELL",
            status: "NEW",
            price: oco.stopLimitPrice,
            stopPrice: oco.stopPrice,
          },
        ]);
        // The price falls to the stop, which sells to bob.
        await world.lastAt("bid");
        await becomes(world, placed.list, ["EXPIRED", "FILLED"], "ALL_DONE");
        assert.deepEqual(await world.open(), []);
      },
    },
    {
      title: title("POST /api/v3/orderList/oto", "orderList.place.oto"),
      needs: ["placeOto"],
      run: async (client, world) => {
        await fresh(world);
        const oto = entry(world);
        const placed = await client.placeOto(oto);
        await assertPlaced(world, placed, { contingency: "OTO", clientId: oto.listClientOrderId }, [
          { type: "LIMIT", side: "BUY", status: "NEW", price: oto.workingPrice },
          { type: "LIMIT", side: "SELL", status: "PENDING_NEW", price: oto.pendingPrice },
        ]);
        await world.take("SELL", oto.workingPrice, world.quantity(1));
        await becomes(world, placed.list, ["PARTIALLY_FILLED", "PENDING_NEW"], "EXECUTING");
        await world.take("SELL", oto.workingPrice, world.quantity(1));
        await becomes(world, placed.list, ["FILLED", "NEW"], "EXECUTING");
        assert.deepEqual(await world.open(), placed.list.orderIds.slice(1));
        await world.clear();
        await becomes(world, placed.list, ["FILLED", "CANCELED"], "ALL_DONE");
      },
    },
    {
      title: title("POST /api/v3/orderList/otoco", "orderList.place.otoco"),
      needs: ["placeOtoco"],
      run: async (client, world) => {
        await fresh(world);
        const oto = entry(world);
        const placed = await client.placeOtoco(oto);
        const { orderIds } = placed.list;
        await assertPlaced(world, placed, { contingency: "OTO", clientId: oto.listClientOrderId }, [
          { type: "LIMIT", side: "BUY", status: "NEW", price: oto.workingPrice },
          { type: "LIMIT_MAKER", side: "SELL", status: "PENDING_NEW", price: oto.pendingPrice },
          {
            type: "STOP_LOSS",
            side: "SELL",
            status: "PENDING_NEW",
            price: 0,
            stopPrice: oto.pendingStopPrice,
          },
        ]);
        await world.take("SELL", oto.workingPrice, oto.quantity);
        await becomes(world, placed.list, ["FILLED", "NEW", "NEW"], "EXECUTING");
        // Who cancels one of a pair cancels both.
        const { symbol } = world;
        await world.alice.signed("DELETE", "/api/v3/order", { symbol, orderId: orderIds[1]! });
        await becomes(world, placed.list, ["FILLED", "CANCELED", "CANCELED"], "ALL_DONE");
        assert.deepEqual(await world.open(), []);
      },
    },
    {
      title: title("GET /api/v3/orderList", "orderList.status"),
      needs: ["orderList"],
      run: async (client, world) => {
        await fresh(world);
        const listId = await placedOco(world);
        const known = await listOf(world, listId);
        assert.equal(known.status, "EXECUTING");
        assert.deepEqual(await client.orderList(world.symbol, listId), known);
        await cancel(world, listId);
        const done = { ...known, statusType: "ALL_DONE", status: "ALL_DONE" };
        assert.deepEqual(await client.orderList(world.symbol, listId), done);
        await refusedWith(client.orderList(world.symbol, "4"), -2018, /Order list does not exist\./);
      },
    },
    {
      title: title("DELETE /api/v3/orderList", "orderList.cancel"),
      needs: ["cancelOrderList"],
      run: async (client, world) => {
        await fresh(world);
        const listId = await placedOco(world);
        const before = await listOf(world, listId);
        const orders = await ordersOf(world, before);
        const { list, reports } = await client.cancelOrderList(world.symbol, listId);
        assert.deepEqual(list, { ...before, statusType: "ALL_DONE", status: "ALL_DONE" });
        assert.deepEqual(
          reports,
          orders.map((order) => ({ ...order, status: "CANCELED" })),
        );
        await becomes(world, list, ["CANCELED", "CANCELED"], "ALL_DONE");
        assert.deepEqual(await world.open(), []);
        await refusedWith(client.cancelOrderList(world.symbol, listId), -2011, /Unknown order sent\./);
      },
    },
    {
      title: title("GET /api/v3/openOrderList", "openOrderLists.status"),
      needs: ["openOrderLists"],
      run: async (client, world) => {
        await fresh(world);
        assert.deepEqual(await client.openOrderLists(), []);
        const ids = [await placedOco(world), await placedOco(world)];
        const lists = await Promise.all(ids.map((id) => listOf(world, id)));
        assert.deepEqual(await client.openOrderLists(), lists);
        await cancel(world, ids[0]!);
        assert.deepEqual(await client.openOrderLists(), lists.slice(1));
        await cancel(world, ids[1]!);
        assert.deepEqual(await client.openOrderLists(), []);
      },
    },
    {
      title: title("GET /api/v3/allOrderList", "allOrderLists"),
      needs: ["allOrderLists"],
      run: async (client, world) => {
        await fresh(world);
        const ids = [await placedOco(world), await placedOco(world)];
        await cancel(world, ids[0]!);
        const all = await client.allOrderLists();
        assert.deepEqual(all, (await world.readOwn("/api/v3/allOrderList")).map(listView));
        assert.deepEqual(
          all.slice(-2).map(({ listId, status }) => [listId, status]),
          [
            [ids[0], "ALL_DONE"],
            [ids[1], "EXECUTING"],
          ],
        );
        await cancel(world, ids[1]!);
        assert.equal((await client.allOrderLists()).at(-1)?.status, "ALL_DONE");
      },
    },
  ];
};
