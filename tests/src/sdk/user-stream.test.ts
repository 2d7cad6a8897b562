/** An account's own stream against a real exchange: what happens while nobody listens is told afterwards, once. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import {
  ApiSession,
  addDecimals,
  compareDecimals,
  type NewOrder,
  RestClient,
  UserStream,
  type UserStreamEvent,
} from "@buttonwood/client";
import { eventually } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";
import { FaultyProxy } from "../support/faulty-proxy.js";

const SYMBOL = "BTCUSDT";

let exchange: Exchange;
let proxy: FaultyProxy;
let alice: RestClient;
let bob: RestClient;
const opened: UserStream[] = [];

before(async () => {
  // A load is not to be told apart from a fault by rate limits.
  exchange = await Exchange.start({ args: ["--limits", "none"] });
  proxy = await FaultyProxy.start(exchange.port);
  alice = new RestClient({ url: exchange.url, credentials: exchange.keys.alice });
  bob = new RestClient({ url: exchange.url, credentials: exchange.keys.bob });
});

afterEach(async () => {
  for (const stream of opened.splice(0)) stream.close();
  proxy.restore();
  for (const rest of [alice, bob]) {
    for (const { symbol, orderId } of await rest.openOrders()) await rest.cancelOrder({ symbol, orderId });
  }
});

after(async () => {
  await proxy?.close();
  await exchange?.remove();
});

async function open(): Promise<{ stream: UserStream; events: UserStreamEvent[] }> {
  const stream = await UserStream.open({
    url: proxy.url,
    credentials: exchange.keys.alice,
    reconnect: { minMs: 10, maxMs: 100 },
  });
  opened.push(stream);
  const events: UserStreamEvent[] = [];
  stream.onEvent((event) => events.push(event));
  return { stream, events };
}

const limit = (side: "BUY" | "SELL", price: string, quantity: string, symbol = SYMBOL): NewOrder => ({
  symbol,
  side,
  type: "LIMIT",
  timeInForce: "GTC",
  price,
  quantity,
});

const iceberg = {
  symbol: SYMBOL,
  side: "BUY",
  type: "LIMIT",
  price: "45000.00",
  quantity: "0.02",
  icebergQty: "0.01",
  timeInForce: "GTD",
} as const;

function ordersOf(events: readonly UserStreamEvent[], orderId: number): string[] {
  return events.flatMap((event) =>
    event.kind === "order" && event.order.orderId === orderId ? [event.order.status] : [],
  );
}

const fillsOf = (events: readonly UserStreamEvent[]) =>
  events.flatMap((event) => (event.kind === "fill" ? [event.fill] : []));

/** What the stream knows is what the exchange says. */
async function assertKnown(stream: UserStream): Promise<void> {
  const key = ({ orderId }: { orderId: number }): number => orderId;
  await eventually("the stream to know what the exchange knows", async () => {
    const [open, { balances }] = await Promise.all([alice.openOrders(), alice.account()]);
    const sameOrders =
      open.map(key).sort().join() === stream.openOrders.map(key).sort().join() &&
      open.every((order) =>
        stream.openOrders.some(
          (known) =>
            known.orderId === order.orderId &&
            known.status === order.status &&
            known.isWorking === order.isWorking &&
            known.orderListId === order.orderListId &&
            compareDecimals(known.icebergQty, order.icebergQty) === 0 &&
            known.trailingDelta === order.trailingDelta &&
            known.goodTillDate === order.goodTillDate &&
            compareDecimals(known.executedQty, order.executedQty) === 0 &&
            known.clientOrderId === order.clientOrderId,
        ),
      );
    const sameBalances = balances.every(({ asset, free, locked }) => {
      const known = stream.balances.get(asset);
      return (
        known !== undefined &&
        compareDecimals(known.free, free) === 0 &&
        compareDecimals(known.locked, locked) === 0
      );
    });
    return (sameOrders && sameBalances) || undefined;
  });
}

describe("UserStream", () => {
  it("knows order lists, icebergs, trailing stops and dates as the exchange tells them", async () => {
    const { stream, events } = await open();
    await alice.placeOrder({ ...iceberg, goodTillDate: Date.now() + 3_600_000 });
    const stop = { symbol: SYMBOL, side: "BUY", type: "STOP_LOSS", quantity: "0.01" } as const;
    await alice.placeOrder({ ...stop, trailingDelta: 500 });
    const list = await alice.placeOto({
      symbol: SYMBOL,
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "59000.00",
      workingQuantity: "0.01",
      workingTimeInForce: "GTC",
      pendingType: "STOP_LOSS",
      pendingSide: "SELL",
      pendingQuantity: "0.01",
      pendingStopPrice: "40000.00",
    });
    await assertKnown(stream);
    await bob.placeOrder(limit("SELL", "59000.00", "0.01"));
    const pending = list.orders[1]!.orderId;
    await eventually("the pending order to begin", () =>
      ordersOf(events, pending).length === 2 ? true : undefined,
    );
    assert.deepEqual(ordersOf(events, pending), ["PENDING_NEW", "NEW"]);
    await assertKnown(stream);
  });

  it("knows the account when it opens, and tells each change once", async () => {
    const resting = await alice.placeOrder(limit("BUY", "50000.00", "0.01"));
    const { stream, events } = await open();
    assert.deepEqual(
      stream.openOrders.map(({ orderId }) => orderId),
      [resting.orderId],
    );
    await assertKnown(stream);
    assert.deepEqual(events, []);
    const sold = await bob.placeOrder(limit("SELL", "60000.00", "0.03"));
    const bought = await alice.placeOrder(limit("BUY", "60000.00", "0.01"));
    await alice.cancelOrder({ symbol: SYMBOL, orderId: resting.orderId });
    await eventually(
      "the end of the canceled order",
      () => ordersOf(events, resting.orderId).length > 0 || undefined,
    );
    assert.deepEqual(ordersOf(events, bought.orderId), ["NEW", "FILLED"]);
    assert.deepEqual(ordersOf(events, resting.orderId), ["CANCELED"]);
    const [fill, ...more] = fillsOf(events);
    assert.deepEqual([fill!.tradeId, fill!.isMaker, more.length], [bought.fills[0]!.tradeId, false, 0]);
    assert.ok(events.some(({ kind }) => kind === "balances"));
    assert.equal((await bob.getOrder({ symbol: SYMBOL, orderId: sold.orderId })).status, "PARTIALLY_FILLED");
    await assertKnown(stream);
  });

  it("tells after a gap what has ended, begun, and been filled in it: all, once, between gap and repaired", async () => {
    const ends = await alice.placeOrder(limit("BUY", "50000.00", "0.01"));
    const fills = await alice.placeOrder(limit("SELL", "60000.00", "0.02"));
    const stays = await alice.placeOrder(limit("BUY", "50001.00", "0.01"));
    const { stream, events } = await open();
    proxy.down();
    await eventually("the gap", () => stream.isInGap || undefined);
    await alice.cancelOrder({ symbol: SYMBOL, orderId: ends.orderId });
    await bob.placeOrder(limit("BUY", "60000.00", "0.005"));
    await bob.placeOrder(limit("BUY", "60000.00", "0.005"));
    const begun = await alice.placeOrder(limit("BUY", "49000.00", "0.01"));
    const brief = await alice.placeOrder(limit("BUY", "48000.00", "0.01"));
    await alice.cancelOrder({ symbol: SYMBOL, orderId: brief.orderId });
    // On a symbol of which nothing was heard before.
    const [ask] = [await bob.placeOrder(limit("SELL", "3000.00", "0.1", "ETHUSDT"))];
    const elsewhere = await alice.placeOrder(limit("BUY", "3000.00", "0.1", "ETHUSDT"));
    assert.equal(ask.status, "NEW");
    assert.equal(elsewhere.status, "FILLED");
    proxy.restore();
    const repaired = await eventually("the repair", () => events.find(({ kind }) => kind === "repaired"));
    assert.ok(repaired.kind === "repaired");
    assert.deepEqual([repaired.fills, repaired.orders], [3, 5]);
    assert.equal(events[0]!.kind, "gap");
    assert.equal(events.at(-1)!.kind, "repaired");
    assert.ok(events.slice(1, -1).every((event) => "isRepaired" in event && event.isRepaired));
    assert.deepEqual(ordersOf(events, ends.orderId), ["CANCELED"]);
    assert.deepEqual(ordersOf(events, fills.orderId), ["PARTIALLY_FILLED"]);
    assert.deepEqual(ordersOf(events, begun.orderId), ["NEW"]);
    assert.deepEqual(ordersOf(events, brief.orderId), ["CANCELED"]);
    assert.deepEqual(ordersOf(events, elsewhere.orderId), ["FILLED"]);
    assert.deepEqual(ordersOf(events, stays.orderId), []);
    assert.deepEqual(
      fillsOf(events)
        .map(({ orderId }) => orderId)
        .sort(),
      [fills.orderId, fills.orderId, elsewhere.orderId].sort(),
    );
    await assertKnown(stream);
  });

  it("tells every fill once over many gaps in the midst of trading, and knows the balances to the last digit", async () => {
    const { stream, events } = await open();
    const before = new Map(stream.balances);
    let isDone = false;
    const cutting = (async () => {
      while (!isDone) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        proxy.cut();
      }
    })();
    const trading = async (rest: RestClient, side: "BUY" | "SELL"): Promise<void> => {
      for (let i = 0; i < 150; i++) {
        const price = `${60_000 + (i % 7) * (side === "BUY" ? 1 : -1)}.00`;
        const { orderId, status } = await rest.placeOrder(limit(side, price, `0.00${1 + (i % 5)}`));
        if (i % 3 === 0 && status !== "FILLED")
          await rest.cancelOrder({ symbol: SYMBOL, orderId }).catch(() => {});
      }
    };
    try {
      await Promise.all([trading(alice, "BUY"), trading(bob, "SELL"), trading(alice, "SELL")]);
    } finally {
      isDone = true;
      await cutting;
    }
    await alice.cancelOpenOrders({ symbol: SYMBOL }).catch(() => {});
    await assertKnown(stream);
    const trades = await alice.myTrades({ symbol: SYMBOL, limit: 1000, startTime: 0 });
    const key = ({ tradeId, orderId }: { tradeId: number; orderId: number }): string =>
      `${tradeId} ${orderId}`;
    const told = fillsOf(events).map(key);
    assert.equal(new Set(told).size, told.length, "a fill was told twice");
    const first = Math.min(...fillsOf(events).map(({ tradeId }) => tradeId));
    const expected = trades.filter(({ id }) => id >= first).map(({ id, orderId }) => `${id} ${orderId}`);
    assert.deepEqual([...told].sort(), expected.sort());
    assert.ok(told.length > 50, `${told.length} fills`);
    const gaps = events.filter(({ kind }) => kind === "gap").length;
    assert.ok(gaps > 3, `${gaps} gaps`);
    assert.equal(events.filter(({ kind }) => kind === "repaired").length, gaps);
    // What the fills say is what the balance did.
    let base = addDecimals(before.get("BTC")!.free, before.get("BTC")!.locked);
    for (const fill of fillsOf(events)) {
      base = addDecimals(base, fill.side === "BUY" ? fill.qty : `-${fill.qty}`);
      if (fill.commissionAsset === "BTC") base = addDecimals(base, `-${fill.commission}`);
    }
    const after = stream.balances.get("BTC")!;
    assert.equal(compareDecimals(base, addDecimals(after.free, after.locked)), 0);
  });

  it("goes on over a crash of the exchange, and over a session that it shares", async () => {
    const session = await ApiSession.open({
      url: exchange.url,
      credentials: exchange.keys.alice,
      reconnect: { minMs: 10, maxMs: 100 },
    });
    const stream = await UserStream.open({ session, symbols: [SYMBOL] });
    opened.push(stream);
    const events: UserStreamEvent[] = [];
    const reading = (async () => {
      for await (const event of stream) events.push(event);
    })();
    const placed = await session.placeOrder(limit("BUY", "50000.00", "0.01"));
    await exchange.kill();
    await exchange.restart();
    await session.cancelOrder({ symbol: SYMBOL, orderId: placed.orderId });
    await eventually("its end", () => ordersOf(events, placed.orderId).includes("CANCELED") || undefined);
    await eventually("the repair", () => events.some(({ kind }) => kind === "repaired") || undefined);
    assert.deepEqual(ordersOf(events, placed.orderId), ["NEW", "CANCELED"]);
    await assertKnown(stream);
    stream.close();
    await reading;
    assert.ok(session.isOpen);
    session.close();
  });
});
