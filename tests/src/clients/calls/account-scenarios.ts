/** What an account has and did. */
import assert from "node:assert/strict";
import { preventedMatchView } from "./list-json.js";
import type { Scenario } from "./scenario.js";
import { orderView } from "./world.js";

export const accountScenarios = (own: { rest: boolean }): readonly Scenario[] => {
  const title = (rest: string, method: string): string => (own.rest ? `GET ${rest}` : method);
  return [
    {
      title: title("/api/v3/openOrders", "openOrders.status"),
      needs: ["openOrders"],
      run: async (client, world) => {
        await world.quote();
        const ids = [];
        for (const away of [1, 2]) {
          ids.push(await world.place(world.alice, world.resting({ price: world.low - away })));
        }
        const expected = await Promise.all(ids.map((id) => world.order(id)));
        const open = [...(await client.openOrders(world.symbol))];
        assert.deepEqual(
          open.sort((a, b) => Number(a.id) - Number(b.id)),
          expected,
        );
        await world.clear();
        assert.deepEqual(await client.openOrders(world.symbol), []);
      },
    },
    {
      title: title("/api/v3/allOrders", "allOrders"),
      needs: ["allOrders"],
      run: async (client, world) => {
        await world.clear();
        const id = await world.place(world.alice, world.resting());
        await world.clear();
        const orders = await world.readOwn("/api/v3/allOrders", { symbol: world.symbol });
        const all = await client.allOrders(world.symbol);
        assert.deepEqual(all, orders.map(orderView));
        assert.deepEqual([all.at(-1)?.id, all.at(-1)?.status], [id, "CANCELED"]);
      },
    },
    {
      title: title("/api/v3/myTrades", "myTrades"),
      needs: ["myTrades"],
      run: async (client, world) => {
        await world.quote();
        const orderId = await world.trade();
        const trade = (await client.myTrades(world.symbol)).at(-1);
        const raw = (await world.readOwn("/api/v3/myTrades", { symbol: world.symbol })).at(-1);
        assert.deepEqual(trade, {
          orderId,
          price: world.ask,
          quantity: world.quantity(1),
          isMaker: false,
          commission: Number(raw.commission),
          commissionAsset: world.market.base,
        });
        assert.ok(Number(raw.commission) > 0);
      },
    },
    {
      title: title("/api/v3/myPreventedMatches", "myPreventedMatches"),
      needs: ["preventedMatches"],
      run: async (client, world) => {
        await world.clear();
        const { symbol, ask } = world;
        const resting = { price: ask };
        const makerOrderId = await world.place(world.alice, world.resting({ ...resting, side: "SELL" }));
        const prevented = async (mode: "EXPIRE_TAKER" | "DECREMENT", units: number) => ({
          symbol,
          takerOrderId: await world.place(
            world.alice,
            world.resting({ ...resting, selfTradePreventionMode: mode, quantity: world.quantity(units) }),
          ),
          makerOrderId,
          mode,
          price: ask,
          takerQuantity: world.quantity(units),
          makerQuantity: mode === "DECREMENT" ? world.quantity(units) : 0,
        });
        const expected = [await prevented("EXPIRE_TAKER", 2), await prevented("DECREMENT", 1)];
        const rows = await client.preventedMatches(symbol, makerOrderId);
        assert.deepEqual(
          rows.map(({ id: _, ...row }) => row),
          expected,
        );
        const known = await world.readOwn("/api/v3/myPreventedMatches", { symbol, orderId: makerOrderId });
        assert.deepEqual(rows, known.map(preventedMatchView));
        assert.ok(rows[0]!.id < rows[1]!.id);
        for (const row of rows) {
          assert.deepEqual(await client.preventedMatches(symbol, row.takerOrderId), [row]);
        }
        await world.clear();
      },
    },
    {
      title: title("/api/v3/account", "account.status"),
      needs: ["account"],
      run: async (client, world) => {
        await world.clear();
        await world.place(world.alice, world.resting());
        const { balances } = await world.readOwn("/api/v3/account");
        const account = await client.account();
        for (const { asset, free, locked } of balances) {
          assert.deepEqual(account.get(asset), { free: Number(free), locked: Number(locked) }, asset);
        }
        const locked = account.get(world.market.quote)?.locked ?? 0;
        assert.ok(Math.abs(locked - world.low * world.quantity(2)) < 1e-6, String(locked));
      },
    },
    {
      title: title("/api/v3/account/commission", "account.commission"),
      needs: ["commission"],
      run: async (client, world) => {
        const [fee] = await world.readOwn("/sapi/v1/asset/tradeFee", { symbol: world.symbol });
        assert.deepEqual(await client.commission(world.symbol), {
          maker: Number(fee.makerCommission),
          taker: Number(fee.takerCommission),
        });
      },
    },
    {
      title: title("/api/v3/rateLimit/order", "account.rateLimits.orders"),
      needs: ["orderRateLimits", "placeOrder"],
      run: async (client, world) => {
        await world.quote();
        const before = await client.orderRateLimits();
        await client.placeOrder(world.resting());
        const after = await client.orderRateLimits();
        const ofDay = (limits: typeof before): number =>
          limits.find(({ interval }) => interval === "DAY")?.count ?? 0;
        assert.equal(ofDay(after), ofDay(before) + 1);
        assert.deepEqual(
          after.map(({ interval }) => interval),
          ["SECOND", "DAY"],
        );
      },
    },
  ];
};
