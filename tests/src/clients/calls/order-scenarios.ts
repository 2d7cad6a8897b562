/** Calls that change what is open: what a client was told is what the exchange then has. */
import assert from "node:assert/strict";
import type { OrderRequest, OrderView } from "./calls.js";
import { refusedWith } from "./refused-with.js";
import type { Scenario } from "./scenario.js";
import { ownId, type World } from "./world.js";

function assertOrder(order: OrderView, asked: OrderRequest, status: string, executed = 0): void {
  assert.deepEqual(
    [order.status, order.type, order.side, order.executed],
    [status, asked.type, asked.side, executed],
  );
  assert.match(order.id, /^\d+$/);
  if (asked.quantity !== undefined) assert.equal(order.quantity, asked.quantity);
  if (asked.price !== undefined) assert.equal(order.price, asked.price);
  if (asked.newClientOrderId !== undefined) assert.equal(order.clientOrderId, asked.newClientOrderId);
}

/** A stop of each type that rests untriggered: on the far side of the market. */
const STOPS = [
  { type: "STOP_LOSS", side: "BUY", at: (world: World) => world.price + 50, limit: false },
  { type: "STOP_LOSS_LIMIT", side: "BUY", at: (world: World) => world.price + 50, limit: true },
  { type: "TAKE_PROFIT", side: "BUY", at: (world: World) => world.price - 50, limit: false },
  { type: "TAKE_PROFIT_LIMIT", side: "BUY", at: (world: World) => world.price - 50, limit: true },
] as const;

export const orderScenarios = (own: { rest: boolean }): readonly Scenario[] => {
  const title = (rest: string, method: string, what = ""): string =>
    (own.rest ? rest : method) + (what === "" ? "" : ` (${what})`);
  const place = (what: string): string => title("POST /api/v3/order", "order.place", what);
  return [
    {
      title: place("LIMIT, GTC"),
      needs: ["placeOrder"],
      run: async (client, world) => {
        await world.quote();
        const asked = world.resting({ newClientOrderId: ownId() });
        const order = await client.placeOrder(asked);
        assertOrder(order, asked, "NEW");
        assert.deepEqual(await world.open(), [order.id]);
        assert.deepEqual(await world.order(order.id), order);
      },
    },
    {
      title: place("LIMIT, IOC"),
      needs: ["placeOrder"],
      run: async (client, world) => {
        await world.quote();
        const quantity = world.quantity(21);
        const asked = world.resting({ timeInForce: "IOC", price: world.ask, quantity });
        assertOrder(await client.placeOrder(asked), asked, "EXPIRED", world.quantity(20));
        assert.deepEqual(await world.open(), []);
      },
    },
    {
      title: place("LIMIT, FOK"),
      needs: ["placeOrder"],
      run: async (client, world) => {
        await world.quote();
        const asked = world.resting({ timeInForce: "FOK", price: world.ask, quantity: world.quantity(21) });
        assertOrder(await client.placeOrder(asked), asked, "EXPIRED");
        const fits = { ...asked, quantity: world.quantity(2) };
        assertOrder(await client.placeOrder(fits), fits, "FILLED", world.quantity(2));
      },
    },
    {
      title: place("LIMIT_MAKER"),
      needs: ["placeOrder"],
      run: async (client, world) => {
        await world.quote();
        const { timeInForce: _, ...asked } = world.resting({ type: "LIMIT_MAKER" });
        assertOrder(await client.placeOrder(asked), asked, "NEW");
        const crossing = client.placeOrder({ ...asked, price: world.ask });
        await refusedWith(crossing, -2010, /Order would immediately match and take\./);
      },
    },
    {
      title: place("MARKET by quantity"),
      needs: ["placeOrder"],
      run: async (client, world) => {
        await world.quote();
        const { symbol } = world;
        const asked = { symbol, side: "SELL", type: "MARKET", quantity: world.quantity(1) } as const;
        const order = await client.placeOrder(asked);
        assertOrder(order, asked, "FILLED", asked.quantity);
        const [trade] = await world.readOwn("/api/v3/myTrades", { symbol, orderId: order.id });
        assert.equal(Number(trade.price), world.bid);
      },
    },
    {
      title: place("MARKET by amount"),
      needs: ["placeOrder"],
      run: async (client, world) => {
        await world.quote();
        const quoteOrderQty = Number((world.ask * world.quantity(1)).toFixed(6));
        const asked = { symbol: world.symbol, side: "BUY", type: "MARKET", quoteOrderQty } as const;
        assertOrder(await client.placeOrder(asked), asked, "FILLED", world.quantity(1));
      },
    },
    ...STOPS.map(
      ({ type, side, at, limit }): Scenario => ({
        title: place(type),
        needs: ["placeOrder"],
        run: async (client, world) => {
          await world.quote();
          const stopPrice = at(world);
          const asked: OrderRequest = {
            symbol: world.symbol,
            side,
            type,
            quantity: world.quantity(1),
            stopPrice,
            ...(limit ? { price: stopPrice + 1, timeInForce: "GTC" } : {}),
          };
          const { id } = await client.placeOrder(asked);
          const held = await world.readOwn("/api/v3/order", { symbol: world.symbol, orderId: id });
          assert.deepEqual(
            [held.status, held.type, Number(held.stopPrice), Number(held.price), held.isWorking],
            ["NEW", type, stopPrice, limit ? stopPrice + 1 : 0, false],
          );
        },
      }),
    ),
    {
      title: place("self-trade prevention"),
      needs: ["placeOrder"],
      run: async (client, world) => {
        await world.clear();
        const resting = world.resting({ side: "SELL", price: world.ask });
        const own = await world.place(world.alice, resting);
        const asked = world.resting({ price: world.ask, selfTradePreventionMode: "EXPIRE_TAKER" });
        assert.equal((await client.placeOrder(asked)).status, "EXPIRED_IN_MATCH");
        assert.deepEqual(await world.open(), [own]);
        await client.placeOrder({ ...asked, selfTradePreventionMode: "EXPIRE_BOTH" });
        assert.deepEqual(await world.open(), []);
      },
    },
    {
      title: title("POST /api/v3/order/test", "order.test"),
      needs: ["testOrder"],
      run: async (client, world) => {
        await world.quote();
        await client.testOrder(world.resting());
        assert.deepEqual(await world.open(), []);
        await assert.rejects(client.testOrder(world.resting({ quantity: 0 })));
      },
    },
    {
      title: title("GET /api/v3/order", "order.status", "by id"),
      needs: ["order"],
      run: async (client, world) => {
        await world.quote();
        const id = await world.place(world.alice, world.resting());
        assert.deepEqual(await client.order(world.symbol, id), await world.order(id));
        await refusedWith(client.order(world.symbol, "4"), -2013, /Order does not exist\./);
      },
    },
    {
      title: title("GET /api/v3/order", "order.status", "by client order id"),
      needs: ["orderByClientId"],
      run: async (client, world) => {
        await world.quote();
        const newClientOrderId = ownId();
        const id = await world.place(world.alice, world.resting({ newClientOrderId }));
        assert.deepEqual(await client.orderByClientId(world.symbol, newClientOrderId), await world.order(id));
      },
    },
    {
      title: title("DELETE /api/v3/order", "order.cancel"),
      needs: ["cancelOrder"],
      run: async (client, world) => {
        await world.quote();
        const asked = world.resting({ newClientOrderId: ownId() });
        const id = await world.place(world.alice, asked);
        const canceled = await client.cancelOrder(world.symbol, id);
        assertOrder(canceled, asked, "CANCELED");
        assert.equal(canceled.id, id);
        assert.deepEqual(await world.open(), []);
        await refusedWith(client.cancelOrder(world.symbol, id), -2011, /Unknown order sent\./);
      },
    },
    {
      title: title("DELETE /api/v3/openOrders", "openOrders.cancelAll"),
      needs: ["cancelOpenOrders"],
      run: async (client, world) => {
        await world.quote();
        for (const away of [1, 2, 3])
          await world.place(world.alice, world.resting({ price: world.low - away }));
        await client.cancelOpenOrders(world.symbol);
        assert.deepEqual(await world.open(), []);
      },
    },
    {
      title: title("POST /api/v3/order/cancelReplace", "order.cancelReplace"),
      needs: ["cancelReplace"],
      run: async (client, world) => {
        await world.quote();
        const id = await world.place(world.alice, world.resting());
        const asked = world.resting({ price: world.low - 1, quantity: world.quantity(3) });
        const placed = await client.cancelReplace(id, asked);
        assertOrder(placed, asked, "NEW");
        assert.deepEqual(await world.open(), [placed.id]);
        assert.equal((await world.order(id)).status, "CANCELED");
        await refusedWith(client.cancelReplace(id, asked), -2022, /Order cancel-replace failed\./);
        assert.deepEqual(await world.open(), [placed.id]);
      },
    },
    {
      title: title("PUT /api/v3/order/amend/keepPriority", "order.amend.keepPriority"),
      needs: ["amendOrder"],
      run: async (client, world) => {
        await world.quote();
        const id = await world.place(world.alice, world.resting());
        await client.amendOrder(world.symbol, id, world.quantity(1));
        assert.equal((await world.order(id)).quantity, world.quantity(1));
        await refusedWith(client.amendOrder(world.symbol, id, world.quantity(5)), -2038, /amend/);
      },
    },
  ];
};
