/** Orders that show a part of themselves, and stops that follow the price. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { eventually } from "../../support/eventually.js";
import type { OrderRequest } from "./calls.js";
import { refusedWith } from "./refused-with.js";
import type { DriverScenario, Scenario } from "./scenario.js";
import { isWholeLife, userRow } from "./stream-scenarios.js";
import type { World } from "./world.js";

/** The smallest distance that is taken, in basis points. */
const TRAILING_DELTA = 10;

/** Eight units between bob's prices, of which two are shown at a time. */
const iceberg = (world: World): OrderRequest =>
  world.resting({ price: world.price, quantity: world.quantity(8), icebergQty: world.quantity(2) });

/** Sells a unit when the price has come back from its best. */
const trailingStop = (world: World): OrderRequest => ({
  symbol: world.symbol,
  side: "SELL",
  type: "STOP_LOSS",
  quantity: world.quantity(1),
  trailingDelta: TRAILING_DELTA,
});

/** The book comes to show so much at the iceberg's price, and no other bid above bob's. */
async function shows(world: World, units: number): Promise<void> {
  await eventually(`${units} units of the iceberg`, async () => {
    const { bids } = await world.read("/api/v3/depth", { limit: 5 });
    const [best] = bids.map((level: string[]) => level.map(Number));
    return isDeepStrictEqual(best, [world.price, world.quantity(units)]) ? true : undefined;
  });
}

export const termsScenarios = (own: { rest: boolean }): readonly Scenario[] => {
  const title = (what: string): string => `${own.rest ? "POST /api/v3/order" : "order.place"} (${what})`;
  return [
    {
      title: title("iceberg"),
      needs: ["placeOrder"],
      run: async (client, world) => {
        await world.quote();
        const order = await client.placeOrder(iceberg(world));
        assert.deepEqual(
          [order.status, order.quantity, order.icebergQty],
          ["NEW", world.quantity(8), world.quantity(2)],
        );
        assert.deepEqual(await world.order(order.id), order);
        await shows(world, 2);

        await world.take("SELL", world.price, world.quantity(1));
        await shows(world, 1);
        await world.take("SELL", world.price, world.quantity(1));
        await shows(world, 2);
        const traded = await world.order(order.id);
        assert.deepEqual(
          [traded.status, traded.executed, traded.icebergQty],
          ["PARTIALLY_FILLED", world.quantity(2), world.quantity(2)],
        );

        // Of more than ten parts, and of one that is more than the whole.
        const parts = client.placeOrder({ ...iceberg(world), quantity: world.quantity(22) });
        await refusedWith(parts, -1013, /Filter failure: ICEBERG_PARTS/);
        const more = client.placeOrder({ ...iceberg(world), icebergQty: world.quantity(9) });
        await refusedWith(more, -2010, /IcebergQty exceeds QTY\./);
        assert.deepEqual(await world.open(), [order.id]);
      },
    },
    {
      title: title("trailing stop"),
      needs: ["placeOrder"],
      run: async (client, world) => {
        await world.quote();
        await world.lastAt("ask");
        const asked = trailingStop(world);
        const order = await client.placeOrder(asked);
        assert.deepEqual(
          [order.status, order.type, order.trailingDelta, order.stopPrice],
          ["NEW", "STOP_LOSS", TRAILING_DELTA, 0],
        );
        assert.deepEqual(await world.order(order.id), order);
        const near = client.placeOrder({ ...asked, trailingDelta: TRAILING_DELTA - 1 });
        await refusedWith(near, -1013, /Filter failure: TRAILING_DELTA/);

        // The best price that it has seen is bob's asking one. What he bids instead is far enough below.
        const turn = Math.floor(world.ask * (1 - TRAILING_DELTA / 10_000));
        const price = Math.min(turn, world.bid);
        await world.bob.signed("DELETE", "/api/v3/openOrders", { symbol: world.symbol });
        await world.place(world.bob, world.resting({ price }));
        assert.deepEqual(await world.open(), [order.id]);
        await world.lastAt("bid");
        const sold = await world.order(order.id);
        assert.deepEqual([sold.status, sold.executed], ["FILLED", world.quantity(1)]);
        const [trade] = await world.readOwn("/api/v3/myTrades", {
          symbol: world.symbol,
          orderId: order.id,
        });
        assert.equal(Number(trade.price), price);

        await world.quote();
        await world.lastAt("ask");
      },
    },
  ];
};

/** Places an order and ends it. */
const comeAndGo =
  (order: (world: World) => OrderRequest) =>
  async (world: World): Promise<string> => {
    const id = await world.place(world.alice, order(world));
    await world.alice.signed("DELETE", "/api/v3/order", { symbol: world.symbol, orderId: id });
    return id;
  };

export const termsUserScenarios: readonly DriverScenario[] = [
  userRow("executionReport (iceberg)", isWholeLife, comeAndGo(iceberg), (reports, world) => {
    for (const report of reports) {
      assert.deepEqual([Number(report.q), Number(report.F)], [world.quantity(8), world.quantity(2)]);
    }
  }),
  userRow("executionReport (trailing stop)", isWholeLife, comeAndGo(trailingStop), (reports) => {
    for (const report of reports)
      assert.deepEqual([report.o, Number(report.d)], ["STOP_LOSS", TRAILING_DELTA]);
  }),
];
