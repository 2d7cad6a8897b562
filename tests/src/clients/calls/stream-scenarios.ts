/** Streams: the values of what was done, as events of the client. */
import assert from "node:assert/strict";
import { causing } from "../../support/eventually.js";
import { operator } from "../../support/operator.js";
import type { Driver, Listen, StreamEvent, Streams } from "./calls.js";
import type { DriverScenario } from "./scenario.js";
import type { World } from "./world.js";

/** Causes something until an event is heard that is meant, and answers all events and that one. */
export async function heard(
  listen: (onEvent: (event: StreamEvent) => void) => Promise<() => Promise<void>>,
  isMeant: (event: StreamEvent, before: readonly StreamEvent[]) => boolean,
  cause: () => Promise<unknown>,
): Promise<{ readonly events: readonly StreamEvent[]; readonly meant: StreamEvent }> {
  const events: StreamEvent[] = [];
  let found: (event: StreamEvent) => void;
  const listening = new Promise<StreamEvent>((resolve) => {
    found = resolve;
  });
  const stop = await listen((event) => {
    if (isMeant(event, events)) found(event);
    events.push(event);
  });
  try {
    return { meant: await causing(listening, cause), events };
  } finally {
    await stop();
  }
}

function row(
  title: string,
  name: keyof Streams,
  isMeant: (event: StreamEvent, world: World) => boolean,
  cause: (world: World) => Promise<unknown> = (world) => world.trade(),
  check: (events: readonly StreamEvent[], world: World) => void = () => undefined,
): DriverScenario {
  return {
    title,
    has: (driver) => driver.streams[name] !== undefined,
    run: async (driver, world) => {
      await world.quote();
      const listen = driver.streams[name] as Listen;
      const { events } = await heard(
        (onEvent) => listen(world.symbol, onEvent),
        (event) => isMeant(event, world),
        () => cause(world),
      );
      check(events, world);
    },
  };
}

const isTrade = (event: StreamEvent, world: World): boolean =>
  event.s === world.symbol &&
  Number(event.p) === world.ask &&
  Number(event.q) === world.quantity(1) &&
  event.m === false;

const isTicker = (event: StreamEvent, world: World): boolean =>
  event.s === world.symbol && Number(event.c) === world.ask && Number(event.v) > 0;

let level = 0;
/** A new level of the book, of five units, beside those that rest. */
async function addLevel(world: World): Promise<void> {
  level = (level + 1) % 5;
  await world.place(world.bob, world.resting({ price: world.low - level, quantity: world.quantity(5) }));
}

/** Whether a side has a level of five units below the quote. */
function hasLevel(event: StreamEvent, world: World): boolean {
  const bids = (event.b ?? event.bids ?? []) as readonly (readonly [unknown, unknown])[];
  return bids.some(
    ([price, quantity]) => Number(price) <= world.low && Number(quantity) >= world.quantity(5),
  );
}

/** Depth messages follow each other without a gap. */
function assertGapless(events: readonly StreamEvent[]): void {
  for (let i = 1; i < events.length; i++) {
    if (events[i]?.U !== undefined) assert.equal(events[i]?.U, Number(events[i - 1]?.u) + 1);
  }
}

export const streamScenarios: readonly DriverScenario[] = [
  row("<symbol>@trade", "trade", isTrade),
  row("<symbol>@aggTrade", "aggTrade", isTrade),
  row("<symbol>@kline_1m", "kline", (event, world) => {
    const { i, c, v } = event.k as { i: string; c: unknown; v: unknown };
    return i === "1m" && Number(c) === world.ask && Number(v) > 0;
  }),
  row("<symbol>@miniTicker", "miniTicker", isTicker),
  row("<symbol>@ticker", "ticker", isTicker),
  row("<symbol>@bookTicker", "bookTicker", (event, world) => {
    const best = [event.b, event.a].map(Number);
    return event.s === world.symbol && best[0] === world.bid && best[1] === world.ask && Number(event.A) > 0;
  }),
  row("<symbol>@avgPrice", "avgPrice", (event, world) => {
    const price = Number(event.w);
    return event.s === world.symbol && price >= world.bid && price <= world.ask;
  }),
  row("<symbol>@depth", "depth", hasLevel, addLevel, assertGapless),
  row("<symbol>@depth@100ms", "depth100ms", hasLevel, addLevel, assertGapless),
  row("<symbol>@depth5", "depth5", hasLevel, addLevel),
  row("!miniTicker@arr", "allMiniTickers", isTicker),
  row("!ticker@arr", "allTickers", isTicker),
];

/** Reports of one order, in the order they came. */
function reportsOf(events: readonly StreamEvent[], id: string): readonly StreamEvent[] {
  return events.filter((event) => event.e === "executionReport" && String(event.i) === id);
}

type IsMeant = (event: StreamEvent, before: readonly StreamEvent[], world: World) => boolean;

const isReport =
  (execution: string): IsMeant =>
  (event, _before, world) =>
    event.e === "executionReport" && event.s === world.symbol && event.x === execution;

/** The end of an order of which all was heard: clients may begin to listen in the middle. */
export const isWholeLife: IsMeant = (event, before, world) =>
  isReport("CANCELED")(event, before, world) &&
  reportsOf(before, String(event.i)).some(({ x }) => x === "NEW");

/** A row of an account's own events. */
export function userRow(
  title: string,
  isMeant: IsMeant,
  cause: (world: World) => Promise<string>,
  check: (reports: readonly StreamEvent[], world: World) => void = () => undefined,
): DriverScenario {
  return {
    title,
    has: (driver: Driver) => driver.userEvents !== undefined && driver.untold?.includes(title) !== true,
    run: async (driver, world) => {
      await world.quote();
      const made = new Set<string>();
      const { events, meant } = await heard(
        driver.userEvents!,
        (event, before) => isMeant(event, before, world),
        async () => made.add(await cause(world)),
      );
      const id = String(meant.i);
      if (meant.e === "executionReport") assert.ok(made.has(id), `order ${id} is of somebody else`);
      check(reportsOf(events, id), world);
    },
  };
}

/** Places an order and ends it. */
async function comeAndGo(world: World): Promise<string> {
  const id = await world.place(world.alice, world.resting());
  await world.alice.signed("DELETE", "/api/v3/order", { symbol: world.symbol, orderId: id });
  return id;
}

export const userScenarios: readonly DriverScenario[] = [
  userRow("executionReport (NEW, CANCELED)", isWholeLife, comeAndGo, (reports, world) => {
    const [first, last] = [reports[0], reports.at(-1)];
    assert.deepEqual([first?.x, first?.X, first?.s], ["NEW", "NEW", world.symbol]);
    assert.equal(Number(first?.p), world.low);
    assert.deepEqual([last?.x, last?.X], ["CANCELED", "CANCELED"]);
    assert.equal(last?.C, first?.c, "a cancel's report names the order it ended");
  }),
  userRow(
    "executionReport (TRADE)",
    isReport("TRADE"),
    (world) => world.trade(),
    (reports, world) => {
      const last = reports.at(-1);
      assert.deepEqual([last?.x, last?.X, last?.N], ["TRADE", "FILLED", world.market.base]);
      assert.deepEqual([Number(last?.L), Number(last?.l)], [world.ask, world.quantity(1)]);
      assert.ok(Number(last?.n) > 0);
    },
  ),
  userRow(
    "executionReport (EXPIRED)",
    isReport("EXPIRED"),
    (world) => world.place(world.alice, world.resting({ timeInForce: "IOC" })),
    (reports) => {
      const last = reports.at(-1);
      assert.deepEqual([last?.x, last?.X, Number(last?.z)], ["EXPIRED", "EXPIRED", 0]);
    },
  ),
  userRow(
    "executionReport (REPLACED)",
    isReport("REPLACED"),
    async (world) => {
      const id = await world.place(world.alice, world.resting());
      const newQty = world.quantity(1);
      await world.alice.signed("PUT", "/api/v3/order/amend/keepPriority", {
        symbol: world.symbol,
        orderId: id,
        newQty,
      });
      await world.alice.signed("DELETE", "/api/v3/order", { symbol: world.symbol, orderId: id });
      return id;
    },
    (reports, world) => {
      const report = reports.find(({ x }) => x === "REPLACED");
      assert.deepEqual([report?.X, Number(report?.q)], ["NEW", world.quantity(1)]);
    },
  ),
  userRow(
    "executionReport (TRADE_PREVENTION)",
    isReport("TRADE_PREVENTION"),
    async (world) => {
      await world.clear();
      const price = world.price;
      const own = await world.place(world.alice, world.resting({ side: "SELL", price }));
      const mode = { selfTradePreventionMode: "EXPIRE_TAKER" } as const;
      const taker = await world.place(world.alice, world.resting({ price, ...mode }));
      await world.alice.signed("DELETE", "/api/v3/order", { symbol: world.symbol, orderId: own });
      return taker;
    },
    (reports) => {
      const report = reports.find(({ x }) => x === "TRADE_PREVENTION");
      assert.equal(report?.X, "EXPIRED_IN_MATCH");
    },
  ),
  userRow(
    "outboundAccountPosition",
    (event, _before, world) => {
      const balances = event.e === "outboundAccountPosition" ? (event.B as { a: string; l: string }[]) : [];
      const locked = balances.find(({ a }) => a === world.market.quote)?.l ?? "0";
      return Math.abs(Number(locked) - world.low * world.quantity(2)) < 1e-6;
    },
    comeAndGo,
  ),
  userRow(
    "balanceUpdate",
    (event, _before, world) =>
      event.e === "balanceUpdate" && event.a === world.market.quote && Number(event.d) === 2.5,
    async (world) => {
      const deposit = { asset: world.market.quote, amount: "2.5", reference: `clients-${Date.now()}` };
      await operator(world.exchange, "POST", "/v1/deposits", { account: "alice", ...deposit });
      return "";
    },
  ),
];
