/** The contract between core and projection: what the projection answers is what the engine knows. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  CancelRestriction,
  type Command,
  decodeEvents,
  type Event,
  type OrderState,
  OrderStatus,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import type { MarketDataMessage } from "../feed/market-data-port.js";
import type { EngineClient } from "../transport/engine-port.js";
import { firstStart, must } from "./first-start.js";
import { rebuildDataFolder } from "./rebuild-data-folder.js";
import { type RunningEngine, startEngine } from "./start-engine.js";
import { type ProjectionThread, startProjection } from "./start-projection.js";

const MARKET = 0;
const ALICE = 1;

interface Parts {
  readonly engine: RunningEngine;
  readonly projection: ProjectionThread;
}

async function inFolder(run: (dataFolder: string) => Promise<void>): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-projection-"));
  try {
    await run(dataFolder);
  } finally {
    rmSync(dataFolder, { recursive: true });
  }
}

async function withExchange(dataFolder: string, run: (parts: Parts) => Promise<void>): Promise<void> {
  const onFatal = (error: Error): void => {
    throw error;
  };
  const engine = await startEngine({ dataFolder, onFatal });
  const projection = await startProjection({ dataFolder, feedPort: engine.projectionPort, onFatal });
  try {
    await projection.caughtUp;
    await firstStart(dataFolder, engine.client, async () => ({ apiKey: "key", secretKey: "secret" }));
    await run({ engine, projection });
  } finally {
    await projection.close();
    await engine.close();
  }
}

/** A generator with a seed, so that a failing run can be made again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

/** Sends random orders of every kind from both accounts, and returns all that happened. */
async function trade(engine: EngineClient, seed: number, commands: number): Promise<Event[]> {
  const random = randomOf(seed);
  const catalog = await engine.query({ kind: "catalog" });
  const middle = catalog.markets[MARKET]!.referenceTicks;
  const events: Event[] = [];
  let round: Promise<void>[] = [];
  for (let i = 0; i < commands; i++) {
    const account = ALICE + random(2);
    const side = random(2) as Side;
    const order = {
      market: MARKET,
      side,
      type: OrderType.LIMIT as OrderType,
      timeInForce: TimeInForce.GTC as TimeInForce,
      selfTradePrevention: random(5) as SelfTradePrevention,
      priceTicks: middle + random(40) - 20,
      stopTicks: 0,
      lots: 10 + random(50),
      quoteAmount: 0,
      clientOrderId: `${seed}-${i}`,
    };
    const reference = {
      market: MARKET,
      orderId: 0,
      clientOrderId: `${seed}-${Math.max(0, i - 1 - random(60))}`,
    };
    let command: Command = { kind: "NEW_ORDER", account, order };
    const kind = random(20);
    if (kind < 2) {
      const restriction = CancelRestriction.NONE;
      command = { kind: "CANCEL_ORDER", account, ...reference, restriction, cancelId: "" };
    } else if (kind === 2)
      command = { kind: "MOVE_ORDER", account, ...reference, priceTicks: order.priceTicks, lots: 0 };
    else if (kind === 3) command = { kind: "REDUCE_ORDER", account, ...reference, reduceLots: 5, newLots: 0 };
    else if (kind === 4) order.type = OrderType.LIMIT_MAKER;
    else if (kind === 5) order.timeInForce = TimeInForce.IOC;
    else if (kind === 6) order.timeInForce = TimeInForce.FOK;
    else if (kind === 7) Object.assign(order, { type: OrderType.MARKET, priceTicks: 0 });
    else if (kind === 8) {
      const stopTicks = middle + (side === Side.BUY ? 15 : -15);
      Object.assign(order, { type: OrderType.STOP_LOSS_LIMIT, stopTicks });
    } else if (kind === 9 && random(20) === 0) {
      command = { kind: "CANCEL_ALL", account, market: MARKET, side: -1 };
    }
    round.push(
      engine.submit(command).then(({ events: buffer, at, end }) => {
        events.push(...decodeEvents(buffer, at, end));
      }),
    );
    if (round.length === 20) {
      await Promise.all(round);
      round = [];
    }
  }
  await Promise.all(round);
  return events;
}

/** The book as the engine's open orders make it: working orders only, stops that wait are not in it. */
async function bookOf(engine: EngineClient): Promise<{ bids: number[][]; asks: number[][] }> {
  const sides = [new Map<number, number>(), new Map<number, number>()] as const;
  for (const account of [ALICE, ALICE + 1]) {
    for (const order of await engine.query({ kind: "openOrders", account, market: MARKET })) {
      if (order.workingUs === 0) continue;
      const left = order.lots - order.executedLots - order.preventedLots;
      const levels = sides[order.side];
      levels.set(order.priceTicks, (levels.get(order.priceTicks) ?? 0) + left);
    }
  }
  const bids = [...sides[Side.BUY]].sort((a, b) => b[0] - a[0]);
  const asks = [...sides[Side.SELL]].sort((a, b) => a[0] - b[0]);
  return { bids, asks };
}

async function compare({ engine, projection }: Parts, events: readonly Event[]): Promise<void> {
  const { client } = projection;
  const { sequence: atLeast } = await engine.client.query({ kind: "status" });

  const lastOf = new Map<number, OrderState>();
  const trades: number[][] = [];
  for (const event of events) {
    if ("order" in event) lastOf.set(event.order.orderId, event.order);
    if (event.kind === "ORDER_FILLED" && !event.isMaker) {
      trades.push([event.tradeId, event.priceTicks, event.lots]);
    }
  }
  const orders = [];
  for (const account of [ALICE, ALICE + 1]) {
    const query = { account, market: MARKET, fromOrderId: 0, limit: 100_000, atLeast };
    orders.push(...(await client.orders(query)));
  }
  assert.ok(orders.length > 0);
  for (const { updatedUs, ...order } of orders) {
    assert.ok(updatedUs >= order.createdUs);
    assert.deepEqual(order, lastOf.get(order.orderId));
  }
  assert.equal(orders.length, lastOf.size);

  const stored = await client.trades({ market: MARKET, fromTradeId: 0, limit: 100_000 });
  assert.deepEqual(
    stored.map((row) => [row.tradeId, row.priceTicks, row.lots]),
    trades.sort((a, b) => a[0]! - b[0]!),
  );
  let prevented = 0;
  for (const { orderId, account, preventedLots } of lastOf.values()) {
    const query = { account, market: MARKET, orderId, limit: 1000, atLeast };
    let lots = 0;
    for (const match of await client.preventedMatches(query)) {
      assert.equal(match.selfTradePrevention, lastOf.get(match.takerOrderId)!.selfTradePrevention);
      lots += match.takerOrderId === orderId ? match.takerLots : match.makerLots;
      prevented++;
    }
    assert.equal(lots, preventedLots);
  }
  assert.ok(prevented > 0);
  const { bids, asks } = await client.depth(MARKET, 5000);
  assert.deepEqual({ bids, asks }, await bookOf(engine.client));

  const ticker = await client.ticker(MARKET);
  const sum = (amount: (row: (typeof stored)[number]) => number): number =>
    stored.reduce((total, row) => total + amount(row), 0);
  assert.equal(ticker.trades, stored.length);
  assert.equal(
    ticker.lots,
    sum((row) => row.lots),
  );
  assert.equal(
    ticker.quote,
    sum((row) => row.quote),
  );
  assert.equal(ticker.highTicks, Math.max(...stored.map((row) => row.priceTicks)));
  assert.deepEqual([ticker.firstTradeId, ticker.lastTradeId], [1, stored.length]);
  const candles = await client.candles({
    market: MARKET,
    interval: "1s",
    startUs: 0,
    limit: 1000,
    timeZoneMinutes: 0,
  });
  assert.equal(
    candles.reduce((total, candle) => total + candle.lots, 0),
    ticker.lots,
  );
}

describe("startProjection", () => {
  it("knows what the engine knows: live, after a restart, and after a rebuild", () =>
    inFolder(async (dataFolder) => {
      const events: Event[] = [];
      await withExchange(dataFolder, async (parts) => {
        events.push(...(await trade(parts.engine.client, 1, 1500)));
        await compare(parts, events);
      });
      await withExchange(dataFolder, async (parts) => {
        await compare(parts, events);
        events.push(...(await trade(parts.engine.client, 2, 500)));
        await compare(parts, events);
      });
      const { sequence, target } = await rebuildDataFolder(dataFolder);
      assert.equal(sequence, target);
      await withExchange(dataFolder, (parts) => compare(parts, events));
    }));

  it("leads a listener from snapshot to snapshot without a gap", () =>
    inFolder((dataFolder) =>
      withExchange(dataFolder, async ({ engine, projection }) => {
        const { client } = projection;
        const settled = async (): Promise<void> => {
          const { sequence: atLeast } = await engine.client.query({ kind: "status" });
          await client.orders({ account: ALICE, market: MARKET, limit: 1, atLeast });
        };
        await trade(engine.client, 3, 200);
        await settled();
        const messages: (MarketDataMessage & { kind: "depth" })[] = [];
        const listed: number[] = [];
        const stops = [
          client.subscribe(MARKET, "depth", (message) => {
            if (message.kind === "depth") messages.push(message);
          }),
          client.subscribe(MARKET, "trade", (message) => {
            if (message.kind === "trade") listed.push(...message.trades.map(({ tradeId }) => tradeId));
          }),
        ];
        const snapshot = await client.depth(MARKET, 5000);
        const before = (await client.trades({ market: MARKET, limit: 1 }))[0]!.tradeId;
        await trade(engine.client, 4, 600);
        await settled();
        const after = await client.depth(MARKET, 5000);
        while ((messages.at(-1)?.lastUpdateId ?? 0) < after.lastUpdateId) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        for (const stop of stops) stop();
        const sides = [new Map(snapshot.bids), new Map(snapshot.asks)] as const;
        let lastUpdateId = snapshot.lastUpdateId;
        for (const message of messages) {
          assert.equal(message.firstUpdateId, lastUpdateId + 1);
          lastUpdateId = message.lastUpdateId;
          for (const [side, levels] of [message.bids, message.asks].entries()) {
            for (const [price, lots] of levels) {
              if (lots === 0) sides[side]!.delete(price);
              else sides[side]!.set(price, lots);
            }
          }
        }
        assert.equal(lastUpdateId, after.lastUpdateId);
        assert.deepEqual(
          [...sides[0]].sort((a, b) => b[0] - a[0]),
          after.bids,
        );
        assert.deepEqual(
          [...sides[1]].sort((a, b) => a[0] - b[0]),
          after.asks,
        );
        const last = (await client.trades({ market: MARKET, limit: 1 }))[0]!.tradeId;
        assert.deepEqual(
          listed,
          Array.from({ length: last - before }, (_, i) => before + 1 + i),
        );
      }),
    ));

  it("lets a client read its own writes, and gives up on a sequence that never comes", () =>
    inFolder((dataFolder) =>
      withExchange(dataFolder, async ({ engine, projection }) => {
        const order = {
          market: MARKET,
          side: Side.BUY,
          type: OrderType.LIMIT,
          timeInForce: TimeInForce.GTC,
          selfTradePrevention: SelfTradePrevention.NONE,
          priceTicks: (await engine.client.query({ kind: "catalog" })).markets[MARKET]!.referenceTicks,
          stopTicks: 0,
          lots: 1000,
          quoteAmount: 0,
        };
        for (let i = 0; i < 50; i++) {
          const clientOrderId = `mine-${i}`;
          const { sequence, reason } = await engine.client.submit({
            kind: "NEW_ORDER",
            account: ALICE,
            order: { ...order, clientOrderId },
          });
          assert.equal(reason, Reason.OK);
          const query = { account: ALICE, market: MARKET, orderId: 0, clientOrderId, atLeast: sequence };
          assert.equal((await projection.client.order(query))?.orderId, sequence * 4);
        }
        await must(engine.client, { kind: "CANCEL_ALL", account: ALICE, market: -1, side: -1 });
        const { sequence } = await engine.client.query({ kind: "status" });
        const query = { account: ALICE, market: MARKET, limit: 1, atLeast: sequence };
        assert.equal((await projection.client.orders(query))[0]?.status, OrderStatus.CANCELED);
        await assert.rejects(projection.client.orders({ ...query, atLeast: sequence + 1 }), {
          name: "HistoryLagsError",
          message: /stand at sequence \d+ and have not reached sequence \d+ in time/,
        });
      }),
    ));
});
