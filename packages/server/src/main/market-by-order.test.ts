/** The book order by order: what a client rebuilds from it is what the engine has and goes by. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  CancelRestriction,
  type Command,
  Contingency,
  decodeEvents,
  type Event,
  type NewOrderFields,
  type OrderState,
  OrderStatus,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import type { MarketDataMessage, OrdersSnapshot, RestingOrder } from "../feed/market-data-port.js";
import { systemClock } from "../platform/clock.js";
import type { EngineClient } from "../transport/engine-port.js";
import { firstStart } from "./first-start.js";
import { rebuildDataFolder } from "./rebuild-data-folder.js";
import { startEngine } from "./start-engine.js";
import { type ProjectionThread, startProjection } from "./start-projection.js";

const MARKET = 0;
const ACCOUNTS = [1, 2];
const LIMIT = 100_000;

interface Parts {
  readonly engine: EngineClient;
  readonly client: ProjectionThread["client"];
}

async function inFolder(run: (dataFolder: string) => Promise<void>): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-market-by-order-"));
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
    await run({ engine: engine.client, client: projection.client });
  } finally {
    await projection.close();
    await engine.close();
  }
}

/** How long orders are good that expire: many do while a test runs. */
const GOOD_US = 100_000;

/** Random commands of every kind that changes a book, from a seed. The price goes up and comes back. */
class Trader {
  readonly #seed: number;
  readonly #middle: number;
  #state: number;
  #count = 0;

  constructor(seed: number, middle: number) {
    this.#seed = seed;
    this.#state = seed;
    this.#middle = middle;
  }

  next(): Command {
    const random = (below: number): number => {
      this.#state = Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
      return ((this.#state ^ (this.#state >>> 13)) >>> 0) % below;
    };
    const i = this.#count++;
    const account = ACCOUNTS[random(2)]!;
    const side = random(2) as Side;
    const middle = this.#middle + (Math.floor(i / 100) % 2) * 14;
    const order: { -readonly [K in keyof NewOrderFields]: NewOrderFields[K] } = {
      market: MARKET,
      side,
      type: OrderType.LIMIT,
      timeInForce: TimeInForce.GTC,
      selfTradePrevention: random(5) as SelfTradePrevention,
      // Few prices, so that queues are long.
      priceTicks: middle + random(12) - 6 + (side === Side.BUY ? -2 : 2),
      stopTicks: 0,
      lots: 10 + random(50),
      quoteAmount: 0,
      clientOrderId: `${this.#seed}-${i}`,
    };
    const clientOrderId = `${this.#seed}-${Math.max(0, i - 1 - random(40))}`;
    const reference = { market: MARKET, orderId: 0, clientOrderId };
    const stopTicks = middle + (side === Side.BUY ? 3 : -3);
    const terms = { displayLots: 0, trailingBips: 0, expiresUs: 0 };
    switch (random(26)) {
      case 0:
      case 1: {
        const restriction = CancelRestriction.NONE;
        return { kind: "CANCEL_ORDER", account, ...reference, restriction, cancelId: "" };
      }
      case 2:
        return {
          kind: "MOVE_ORDER",
          account,
          ...reference,
          priceTicks: order.priceTicks,
          lots: random(2) * 30,
        };
      case 3:
        return { kind: "REDUCE_ORDER", account, ...reference, reduceLots: 5, newLots: 0 };
      case 4:
        order.type = OrderType.LIMIT_MAKER;
        break;
      case 5:
        order.timeInForce = TimeInForce.IOC;
        break;
      case 6:
        order.timeInForce = TimeInForce.FOK;
        break;
      case 7:
        Object.assign(order, { type: OrderType.MARKET, priceTicks: 0 });
        break;
      case 8:
      case 9:
        Object.assign(order, {
          type: OrderType.STOP_LOSS_LIMIT,
          stopTicks,
        });
        break;
      case 10:
      case 11:
      case 12:
      case 13:
        order.terms = { ...terms, displayLots: 6 + random(4) };
        break;
      case 14: {
        const displayLots = random(2) * 7;
        order.terms = { ...terms, displayLots, expiresUs: systemClock.nowUs() + GOOD_US };
        break;
      }
      case 15: {
        order.type = OrderType.STOP_LOSS_LIMIT;
        order.terms = { ...terms, trailingBips: 10, expiresUs: systemClock.nowUs() + GOOD_US };
        break;
      }
      case 19:
        return { kind: "TICK", account };
      case 16:
        return this.#list(account, Contingency.OCO, this.#pair(order, middle));
      case 17: {
        const pending = {
          ...order,
          clientOrderId: `${order.clientOrderId}-pending`,
          side: random(2) as Side,
        };
        const shown = { ...pending, terms: { ...terms, displayLots: 8 } };
        return this.#list(account, Contingency.OTO, [order, random(2) === 0 ? pending : shown]);
      }
      case 18: {
        const lots = 10 + random(20);
        const pair = this.#pair({ ...order, lots, side: random(2) as Side }, middle);
        return this.#list(account, Contingency.OTOCO, [order, ...pair]);
      }
    }
    return { kind: "NEW_ORDER", account, order };
  }

  #list(account: number, contingency: Contingency, legs: readonly NewOrderFields[]): Command {
    const listClientOrderId = `list-${legs[0]!.clientOrderId}`;
    return { kind: "ORDER_LIST", account, contingency, listClientOrderId, legs };
  }

  /** An order that rests above or below, and a stop on the other side of it. */
  #pair(order: NewOrderFields, middle: number): NewOrderFields[] {
    const isSell = order.side === Side.SELL;
    const priceTicks = isSell ? middle + 4 : middle - 4;
    const stopTicks = isSell ? middle - 7 : middle + 7;
    const clientOrderId = `${order.clientOrderId}-stop`;
    const type = OrderType.STOP_LOSS_LIMIT;
    const limit = {
      ...order,
      type: OrderType.LIMIT_MAKER,
      priceTicks,
      clientOrderId: `${clientOrderId}-not`,
    };
    const stop = { ...order, type, priceTicks: stopTicks, stopTicks, clientOrderId };
    return isSell ? [limit, stop] : [stop, limit];
  }
}

async function traderFor(engine: EngineClient, seed: number): Promise<Trader> {
  const catalog = await engine.query({ kind: "catalog" });
  return new Trader(seed, catalog.markets[MARKET]!.referenceTicks);
}

/** The book by orders when it has everything that the engine has done. */
async function settled({ engine, client }: Parts): Promise<OrdersSnapshot> {
  const { sequence: atLeast } = await engine.query({ kind: "status" });
  await client.orders({ account: 1, market: MARKET, limit: 1, atLeast });
  return client.depthOrders(MARKET, LIMIT);
}

async function openOrders({ engine }: Parts): Promise<OrderState[]> {
  const all = ACCOUNTS.map((account) => engine.query({ kind: "openOrders", account, market: MARKET }));
  return (await Promise.all(all)).flat();
}

/** Waits until the last order has expired that will, and is told of: nothing happens by itself from then on. */
async function settledForGood(parts: Parts): Promise<OrdersSnapshot> {
  while ((await openOrders(parts)).some(({ terms }) => (terms?.expiresUs ?? 0) > 0)) {
    await parts.engine.submit({ kind: "TICK", account: 1 });
  }
  return settled(parts);
}

/** Is what the engine's open orders are, sorted by price, and adds up to the book by prices. */
async function checkWhole(parts: Parts, book: OrdersSnapshot): Promise<void> {
  const { client } = parts;
  const open = new Map<number, string>();
  const displays = new Map<number, number>();
  for (const order of await openOrders(parts)) {
    if (order.workingUs === 0) continue;
    const lots = order.lots - order.executedLots - order.preventedLots;
    const display = order.terms?.displayLots ?? 0;
    if (display > 0) displays.set(order.orderId, Math.min(display, lots));
    open.set(order.orderId, `${order.side} ${order.priceTicks} ${display > 0 ? "shown in parts" : lots}`);
  }
  const sides = [book.bids, book.asks];
  const shown = sides.flatMap((orders, side) =>
    orders.map(([id, ticks, lots]) => {
      const display = displays.get(id);
      assert.ok(lots > 0 && lots <= (display ?? lots), `order ${id} shows ${lots} of ${display} lots`);
      return [id, `${side} ${ticks} ${display === undefined ? lots : "shown in parts"}`];
    }),
  );
  assert.deepEqual(new Map(shown as [number, string][]), open);
  assert.equal(shown.length, open.size);
  const { bids, asks, lastUpdateId } = await client.depth(MARKET, LIMIT);
  assert.deepEqual(sides.map(levelsOf), [bids, asks]);
  assert.equal(book.lastUpdateId, lastUpdateId);
}

function levelsOf(orders: readonly RestingOrder[]): number[][] {
  const levels: number[][] = [];
  for (const [, ticks, lots] of orders) {
    if (levels.at(-1)?.[0] === ticks) levels.at(-1)![1]! += lots;
    else levels.push([ticks, lots]);
  }
  return levels;
}

/** Ids of the resting orders that a command met, in the order in which it met them first. */
function makersMet(events: readonly Event[], before: OrdersSnapshot): number[] {
  const resting = new Set([...before.bids, ...before.asks].map(([id]) => id));
  const met: number[] = [];
  let taker = 0;
  for (const event of events) {
    switch (event.kind) {
      case "ORDER_ACCEPTED":
        if (event.order.status !== OrderStatus.PENDING_NEW) taker = event.order.orderId;
        break;
      case "ORDER_TRIGGERED":
      case "ORDER_RELEASED":
      case "ORDER_AMENDED":
        taker = event.order.orderId;
        break;
      case "ORDER_FILLED":
      case "ORDER_PREVENTED": {
        const { orderId } = event.order;
        if (orderId !== taker && resting.has(orderId) && !met.includes(orderId)) met.push(orderId);
      }
    }
  }
  return met;
}

/** Orders of lists that were not met in a command, but ended with another one of their list. */
function endedUnmet(events: readonly Event[], met: readonly number[]): Set<number> {
  const ended = new Set<number>();
  for (const event of events) {
    if (event.kind !== "ORDER_EXPIRED" || (event.order.terms?.contingency ?? 0) === 0) continue;
    if (!met.includes(event.order.orderId)) ended.add(event.order.orderId);
  }
  return ended;
}

/**
 * Takes a whole side of the book with one order, which meets what is shown, in the order in which it is shown, before
 * anything that icebergs show next.
 */
async function sweep(parts: Parts, side: Side): Promise<void> {
  const { asks, bids } = await settled(parts);
  const shown = side === Side.BUY ? asks : bids;
  const remaining = (await openOrders(parts)).reduce(
    (sum, order) => sum + order.lots - order.executedLots,
    0,
  );
  const { events, at, end } = await parts.engine.submit({
    kind: "NEW_ORDER",
    account: ACCOUNTS[0]!,
    order: {
      market: MARKET,
      side,
      type: OrderType.LIMIT,
      timeInForce: TimeInForce.IOC,
      selfTradePrevention: SelfTradePrevention.NONE,
      priceTicks: shown.at(-1)![1],
      stopTicks: 0,
      lots: remaining,
      quoteAmount: 0,
      clientOrderId: `sweep-${side}`,
    },
  });
  const first: RestingOrder[] = [];
  const seen = new Set<number>();
  for (const event of decodeEvents(events, at, end)) {
    if (event.kind === "ORDER_EXPIRED" && event.reason === Reason.IMMEDIATE_REMAINDER) break;
    if (event.kind !== "ORDER_FILLED" || !event.isMaker || seen.has(event.order.orderId)) continue;
    seen.add(event.order.orderId);
    first.push([event.order.orderId, event.priceTicks, event.lots]);
  }
  assert.deepEqual(first, shown);
}

/** A client's book by orders, kept as the page of the API says. */
class ClientBook {
  readonly #sides: [RestingOrder[], RestingOrder[]];
  lastUpdateId: number;

  constructor({ lastUpdateId, bids, asks }: OrdersSnapshot) {
    this.lastUpdateId = lastUpdateId;
    this.#sides = [[...bids], [...asks]];
  }

  take(message: MarketDataMessage & { readonly kind: "depthOrders" }): void {
    if (message.lastUpdateId <= this.lastUpdateId) return;
    assert.ok(message.firstUpdateId <= this.lastUpdateId + 1, "a message was missed");
    this.lastUpdateId = message.lastUpdateId;
    for (const id of message.removed) this.#remove(id);
    for (const [id, lots] of message.changed) {
      for (const orders of this.#sides) {
        const at = orders.findIndex(([other]) => other === id);
        if (at >= 0) orders[at] = [id, orders[at]![1], lots];
      }
    }
    for (const [side, orders] of [message.bids, message.asks].entries()) {
      for (const order of orders) {
        this.#remove(order[0]);
        this.#sides[side]!.push(order);
      }
    }
  }

  /** Best price first; what has the same price stays in its order. */
  get snapshot(): OrdersSnapshot {
    const [bids, asks] = this.#sides;
    return {
      lastUpdateId: this.lastUpdateId,
      bids: [...bids].sort((a, b) => b[1] - a[1]),
      asks: [...asks].sort((a, b) => a[1] - b[1]),
    };
  }

  #remove(id: number): void {
    for (const side of [0, 1]) this.#sides[side] = this.#sides[side]!.filter(([other]) => other !== id);
  }
}

describe("market by order", () => {
  it("shows the open orders as they will trade: live, after a restart, and after a rebuild", () =>
    inFolder(async (dataFolder) => {
      let met = 0;
      const kinds = new Map<string, number>();
      /** Sends commands one by one: each meets resting orders from the front of what was shown before it. */
      const trade = async (parts: Parts, seed: number, commands: number): Promise<void> => {
        const trader = await traderFor(parts.engine, seed);
        for (let i = 0; i < commands; i++) {
          const status = await parts.engine.query({ kind: "status" });
          const before = await settled(parts);
          const { sequence, events, at, end } = await parts.engine.submit(trader.next());
          const decoded = decodeEvents(events, at, end);
          for (const event of decoded) {
            const isPart = event.kind === "ORDER_FILLED" && event.isMaker && event.order.terms?.displayLots;
            const kind = isPart ? "a fill of an iceberg" : event.kind;
            kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
          }
          // Orders have expired in between.
          if (sequence !== status.sequence + 1) continue;
          const makers = makersMet(decoded, before);
          const gone = endedUnmet(decoded, makers);
          for (const side of [before.bids, before.asks]) {
            const orders = side.filter(([id]) => !gone.has(id));
            const own = makers.filter((id) => orders.some(([other]) => other === id));
            assert.deepEqual(
              own,
              orders.slice(0, own.length).map(([id]) => id),
            );
            met += own.length;
          }
        }
        await checkWhole(parts, await settledForGood(parts));
      };
      let last: OrdersSnapshot | undefined;
      await withExchange(dataFolder, async (parts) => {
        await trade(parts, 1, 600);
        last = await settled(parts);
        assert.ok(last.bids.length > 5 && last.asks.length > 5);
      });
      await withExchange(dataFolder, async (parts) => {
        assert.deepEqual(await settled(parts), last);
        await trade(parts, 2, 300);
        last = await settled(parts);
      });
      await rebuildDataFolder(dataFolder);
      await withExchange(dataFolder, async (parts) => {
        assert.deepEqual(await settled(parts), last);
        await trade(parts, 3, 50);
        await sweep(parts, Side.BUY);
        await sweep(parts, Side.SELL);
        await checkWhole(parts, await settledForGood(parts));
      });
      assert.ok(met > 100);
      for (const kind of ["ORDER_LIST", "ORDER_RELEASED", "ORDER_TRIGGERED", "a fill of an iceberg"]) {
        assert.ok((kinds.get(kind) ?? 0) > 5, `${kinds.get(kind)} × ${kind}`);
      }
    }));

  it("leads listeners from any snapshot to the next without a gap", () =>
    inFolder((dataFolder) =>
      withExchange(dataFolder, async (parts) => {
        const trader = await traderFor(parts.engine, 4);
        const burst = (commands: number): Promise<unknown> =>
          Promise.all(Array.from({ length: commands }, () => parts.engine.submit(trader.next())));
        await burst(200);
        await settled(parts);
        const messages: (MarketDataMessage & { kind: "depthOrders" })[] = [];
        const stop = parts.client.subscribe(MARKET, "depthOrders", (message) => {
          if (message.kind === "depthOrders") messages.push(message);
        });
        // Snapshots from the midst of what later messages merge.
        const snapshots: OrdersSnapshot[] = [];
        for (let i = 0; i < 60; i++) {
          snapshots.push(await parts.client.depthOrders(MARKET, LIMIT));
          await burst(10);
        }
        const end = await settledForGood(parts);
        await checkWhole(parts, end);
        while ((messages.at(-1)?.lastUpdateId ?? 0) < end.lastUpdateId) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        stop();
        for (const [i, message] of messages.entries()) {
          if (i > 0) assert.equal(message.firstUpdateId, messages[i - 1]!.lastUpdateId + 1);
        }
        assert.ok(messages.some(({ changed }) => changed.length > 0));
        for (const snapshot of snapshots) {
          const book = new ClientBook(snapshot);
          for (const message of messages) book.take(message);
          assert.deepEqual(book.snapshot, end);
        }
        const { bids } = await parts.client.depthOrders(MARKET, 3);
        assert.deepEqual(bids, end.bids.slice(0, 3));
      }),
    ));
});
