/** Orders that belong together, orders that hide or follow, and what self-trade prevention kept from happening. */
import assert from "node:assert/strict";
import type { Calls, OcoRequest, OrderListView, OtoRequest } from "./calls.js";
import type { DriverScenario, Scenario } from "./scenario.js";
import { userRow } from "./stream-scenarios.js";
import type { World } from "./world.js";

/** Sells above the market, or below it when it falls. */
function exits(world: World): OcoRequest {
  return {
    symbol: world.symbol,
    side: "SELL",
    quantity: world.quantity(2),
    price: world.price + 60,
    stopPrice: world.price - 60,
    stopLimitPrice: world.price - 61,
  };
}

/** Buys at the market, and then sells above it (or below it, when there is a stop). */
function entry(world: World): OtoRequest {
  return {
    symbol: world.symbol,
    quantity: world.quantity(2),
    workingPrice: world.low,
    pendingPrice: world.price + 60,
    pendingStopPrice: world.price - 60,
  };
}

async function assertOpen(world: World, list: OrderListView, count: number): Promise<void> {
  assert.match(list.listId, /^\d+$/);
  assert.equal(list.orderIds.length, count);
  const known = await world.readOwn("/api/v3/orderList", { orderListId: list.listId });
  assert.deepEqual(
    known.orders.map(({ orderId }: { orderId: number }) => String(orderId)).sort(),
    [...list.orderIds].sort(),
  );
}

/** A list that stands, made without the client. */
async function placed(world: World): Promise<string> {
  const oco = exits(world);
  const answer = await world.alice.signed("POST", "/api/v3/orderList/oco", {
    symbol: oco.symbol,
    side: oco.side,
    quantity: oco.quantity,
    aboveType: "LIMIT_MAKER",
    abovePrice: oco.price,
    belowType: "STOP_LOSS_LIMIT",
    belowStopPrice: oco.stopPrice,
    belowPrice: oco.stopLimitPrice,
    belowTimeInForce: "GTC",
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return String(answer.body.orderListId);
}

type ListCall = (client: Calls, world: World) => Promise<void>;

const placeOco: ListCall = async (client, world) => {
  await world.quote();
  await assertOpen(world, await client.placeOco(exits(world)), 2);
};

const placeOcoLegacy: ListCall = async (client, world) => {
  await world.quote();
  await assertOpen(world, await client.placeOcoLegacy(exits(world)), 2);
};

const placeOto: ListCall = async (client, world) => {
  await world.quote();
  await assertOpen(world, await client.placeOto(entry(world)), 2);
};

const placeOtoco: ListCall = async (client, world) => {
  await world.quote();
  await assertOpen(world, await client.placeOtoco(entry(world)), 3);
};

const findList: ListCall = async (client, world) => {
  await world.quote();
  const listId = await placed(world);
  await assertOpen(world, await client.orderList(world.symbol, listId), 2);
};

const cancelList: ListCall = async (client, world) => {
  await world.quote();
  const listId = await placed(world);
  const canceled = await client.cancelOrderList(world.symbol, listId);
  assert.equal(canceled.listId, listId);
  assert.deepEqual(await world.open(), []);
};

const openLists: ListCall = async (client, world) => {
  await world.quote();
  const listId = await placed(world);
  assert.deepEqual(
    (await client.openOrderLists()).map((list) => list.listId),
    [listId],
  );
};

const allLists: ListCall = async (client, world) => {
  await world.quote();
  const listId = await placed(world);
  await world.clear();
  assert.equal((await client.allOrderLists()).at(-1)?.listId, listId);
};

const placeIceberg: ListCall = async (client, world) => {
  await world.quote();
  const quantity = world.quantity(4);
  const { id } = await client.placeOrder(world.resting({ quantity, icebergQty: world.quantity(1) }));
  const order = await world.readOwn("/api/v3/order", { symbol: world.symbol, orderId: id });
  assert.equal(Number(order.icebergQty), world.quantity(1));
  const { bids } = await world.read("/api/v3/depth", { limit: 5 });
  const level = bids.find(([price]: [string]) => Number(price) === world.low);
  assert.equal(Number(level?.[1]), world.quantity(1), "the book shows its tip");
};

const placeTrailing: ListCall = async (client, world) => {
  await world.quote();
  const { symbol } = world;
  const asked = { symbol, side: "SELL", type: "STOP_LOSS", quantity: world.quantity(1) } as const;
  const { id } = await client.placeOrder({ ...asked, trailingDelta: 100 });
  const order = await world.readOwn("/api/v3/order", { symbol, orderId: id });
  assert.deepEqual([order.status, order.trailingDelta], ["NEW", 100]);
};

const preventedMatches: ListCall = async (client, world) => {
  await world.clear();
  await world.place(world.alice, world.resting({ side: "SELL", price: world.ask }));
  const taker = await world.place(
    world.alice,
    world.resting({ price: world.ask, selfTradePreventionMode: "EXPIRE_TAKER" }),
  );
  assert.equal((await client.preventedMatches(world.symbol, taker)).length, 1);
};

export const listScenarios = (own: { rest: boolean }): readonly Scenario[] => {
  const title = (rest: string, method: string, what = ""): string =>
    (own.rest ? rest : method) + (what === "" ? "" : ` (${what})`);
  return [
    {
      title: title("POST /api/v3/order", "order.place", "iceberg"),
      needs: ["placeOrder"],
      run: placeIceberg,
    },
    {
      title: title("POST /api/v3/order", "order.place", "trailing stop"),
      needs: ["placeOrder"],
      run: placeTrailing,
    },
    {
      title: title("POST /api/v3/orderList/oco", "orderList.place.oco"),
      needs: ["placeOco"],
      run: placeOco,
    },
    {
      title: title("POST /api/v3/order/oco", "orderList.place"),
      needs: ["placeOcoLegacy"],
      run: placeOcoLegacy,
    },
    {
      title: title("POST /api/v3/orderList/oto", "orderList.place.oto"),
      needs: ["placeOto"],
      run: placeOto,
    },
    {
      title: title("POST /api/v3/orderList/otoco", "orderList.place.otoco"),
      needs: ["placeOtoco"],
      run: placeOtoco,
    },
    {
      title: title("GET /api/v3/orderList", "orderList.status"),
      needs: ["orderList"],
      run: findList,
    },
    {
      title: title("DELETE /api/v3/orderList", "orderList.cancel"),
      needs: ["cancelOrderList"],
      run: cancelList,
    },
    {
      title: title("GET /api/v3/openOrderList", "openOrderLists.status"),
      needs: ["openOrderLists"],
      run: openLists,
    },
    {
      title: title("GET /api/v3/allOrderList", "allOrderLists"),
      needs: ["allOrderLists"],
      run: allLists,
    },
    {
      title: title("GET /api/v3/myPreventedMatches", "myPreventedMatches"),
      needs: ["preventedMatches"],
      run: preventedMatches,
    },
  ];
};

/** What an account is told of its order lists. */
export const listUserScenarios: readonly DriverScenario[] = [
  userRow(
    "listStatus",
    (event, _before, world) =>
      event.e === "listStatus" && event.s === world.symbol && event.l === "EXEC_STARTED",
    placed,
  ),
];
