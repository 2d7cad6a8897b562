import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Depth, DepthLevel } from "../api/market-data-types.js";
import { NetworkError } from "../errors.js";
import type { DepthUpdate } from "../streams/stream-types.js";
import { BookSync } from "./book-sync.js";
import { bookDigest, OrderBook, sameBook } from "./order-book.js";

/** Numbers from 0 to below a bound, the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed % 0x7fffffff || 1;
  return (below) => {
    state = Number((BigInt(state) * 48_271n) % 0x7fffffffn);
    return state % below;
  };
}

/** An exchange's book as plainly as it can be said: two maps. It tells updates by the rules of `U` and `u`. */
class PlainBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  lastUpdateId = 1000;
  readonly #random: (below: number) => number;
  readonly #prices: number;

  constructor(random: (below: number) => number, prices: number) {
    this.#random = random;
    this.#prices = prices;
  }

  /** Changes some levels and returns the message about it. */
  change(): DepthUpdate {
    const count = 1 + this.#random(4);
    const changed = { bids: new Set<number>(), asks: new Set<number>() };
    for (let i = 0; i < count; i++) {
      const side = this.#random(2) === 0 ? "bids" : "asks";
      const cents =
        side === "bids" ? 50_000 - this.#random(this.#prices) : 50_001 + this.#random(this.#prices);
      const lots = this.#random(3) === 0 ? 0 : 1 + this.#random(1_000);
      if (lots === 0) this[side].delete(cents);
      else this[side].set(cents, lots);
      changed[side].add(cents);
    }
    const first = this.lastUpdateId + 1;
    this.lastUpdateId += count;
    const rows = (side: "bids" | "asks"): DepthLevel[] =>
      [...changed[side]].map((cents) => [priceText(cents), quantityText(this[side].get(cents) ?? 0)]);
    return {
      e: "depthUpdate",
      E: 0,
      s: "X",
      U: first,
      u: this.lastUpdateId,
      b: rows("bids"),
      a: rows("asks"),
    };
  }

  /** Takes the best levels of a side out, as a large order does. */
  sweep(side: "bids" | "asks", count: number): DepthUpdate {
    const gone = this.depth(count)[side];
    for (const [price] of gone) this[side].delete(Number(price.replace(".", "")));
    const U = this.lastUpdateId + 1;
    this.lastUpdateId += Math.max(1, gone.length);
    const rows = gone.map(([price]) => [price, "0"] as const);
    const none: DepthLevel[] = [];
    const levels = side === "bids" ? { b: rows, a: none } : { b: none, a: rows };
    return { e: "depthUpdate", E: 0, s: "X", U, u: this.lastUpdateId, ...levels };
  }

  depth(limit: number): Depth {
    const rows = (side: Map<number, number>, sign: number): DepthLevel[] =>
      [...side]
        .sort((a, b) => sign * (a[0] - b[0]))
        .slice(0, limit)
        .map(([cents, lots]) => [priceText(cents), quantityText(lots)]);
    return { lastUpdateId: this.lastUpdateId, bids: rows(this.bids, -1), asks: rows(this.asks, 1) };
  }
}

const priceText = (cents: number): string =>
  `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
const quantityText = (lots: number): string => `0.${String(lots).padStart(6, "0")}`;

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** Runs all that waits for a moment, e.g. for a snapshot. */
const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("BookSync", () => {
  it(`equals the exchange's book after 100,000 messages that were dropped, repeated, reordered and cut off (SEED=${SEED})`, async () => {
    const random = randomOf(SEED);
    const exchange = new PlainBook(random, 800);
    for (let i = 0; i < 2_000; i++) exchange.change();
    let snapshotDelay = 0;
    const sync = new BookSync({
      limit: 5_000,
      retry: { minMs: 0, maxMs: 0 },
      async snapshot(limit) {
        // A snapshot is of the moment of the question, of the answer, or of somewhere between.
        const early = exchange.depth(limit);
        snapshotDelay = random(6);
        for (let i = 0; i < snapshotDelay; i++) await moment();
        if (random(8) === 0) throw new NetworkError("no snapshot now");
        return random(2) === 0 ? early : exchange.depth(limit);
      },
    });
    const faults = { dropped: 0, repeated: 0, reordered: 0, cut: 0 };
    let checked = 0;
    const late: DepthUpdate[] = [];
    sync.begin();
    for (let i = 0; i < 100_000; i++) {
      const update = exchange.change();
      const dice = random(4_000);
      if (dice < 2) {
        // The connection ends: what happens until the next one is told to nobody.
        faults.cut++;
        sync.miss("the connection has ended");
        for (let lost = random(30); lost > 0; lost--) exchange.change();
        sync.begin();
      } else if (dice < 6) faults.dropped++;
      else if (dice < 40) {
        faults.reordered++;
        late.push(update);
      } else {
        sync.take(update);
        if (dice < 80) {
          faults.repeated++;
          sync.take(update);
        }
      }
      if (late.length > random(4) && late.length > 0)
        for (const each of late.splice(0).reverse()) sync.take(each);
      if (i % 10 === 0 || !sync.isSynced) await moment();
      if (sync.isSynced && sync.book.lastUpdateId === exchange.lastUpdateId && i % 50 === 0) {
        checked++;
        assert.ok(sameBook(sync.book.depth(), exchange.depth(5_000)), `after message ${i}`);
      }
    }
    for (const each of late.splice(0)) sync.take(each);
    // The last messages may be lost: only the next one tells.
    sync.take(exchange.change());
    await sync.whenSynced();
    assert.ok(sameBook(sync.book.depth(), exchange.depth(5_000)));
    assert.equal(await sync.book.digest(), await bookDigest(exchange.depth(5_000)));
    for (const [name, count] of Object.entries(faults)) assert.ok(count > 10, `${count} were ${name}`);
    assert.ok(checked > 500, `compared only ${checked} times`);
    const { applied, gaps, snapshots, repeated } = sync.counts;
    assert.ok(applied > 80_000 && gaps > 50 && snapshots > 20 && repeated > 500, JSON.stringify(sync.counts));
    sync.close();
  });

  it("keeps only what it knows of a side that a snapshot has cut off, and fetches more when that is used up", async () => {
    const random = randomOf(SEED + 1);
    const exchange = new PlainBook(random, 300);
    for (let i = 0; i < 3_000; i++) exchange.change();
    const limit = 40;
    const sync = new BookSync({ limit, snapshot: async (levels) => exchange.depth(levels) });
    sync.begin();
    await sync.whenSynced();
    assert.equal(sync.book.isWhole, false);
    for (let i = 0; i < 5_000; i++) {
      sync.take(exchange.change());
      if (i % 200 === 0) sync.take(exchange.sweep(random(2) === 0 ? "bids" : "asks", 15));
      await moment();
      const known = sync.book.depth();
      if (i % 50 !== 0) continue;
      // All that is shown is right, from the best on and without a hole.
      const { bids, asks } = exchange.depth(5_000);
      assert.deepEqual(known.bids.map(String), bids.slice(0, known.bids.length).map(String));
      assert.deepEqual(known.asks.map(String), asks.slice(0, known.asks.length).map(String));
      assert.ok(known.bids.length >= limit / 4, `${known.bids.length} bids are known`);
    }
    assert.equal(sync.counts.gaps, 0);
    assert.ok(sync.counts.snapshots > 1);
    sync.close();
  });

  it("begins by the rules: drops what is older, and lets an update meet the snapshot", async () => {
    let answer: (depth: Depth) => void = () => {};
    const asked: number[] = [];
    const sync = new BookSync({
      snapshot: (limit) => {
        asked.push(limit);
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    });
    const update = (U: number, u: number, quantity: string): DepthUpdate => ({
      e: "depthUpdate",
      E: 0,
      s: "X",
      U,
      u,
      b: [["1.0", quantity]],
      a: [],
    });
    sync.take(update(8, 9, "8"));
    sync.take(update(10, 12, "10"));
    sync.take(update(13, 13, "13"));
    answer({ lastUpdateId: 11, bids: [["1.00", "11"]], asks: [["2", "1"]] });
    await sync.whenSynced();
    assert.deepEqual(asked, [1_000]);
    assert.deepEqual(sync.book.depth(), { lastUpdateId: 13, bids: [["1.0", "13"]], asks: [["2", "1"]] });
    const states: string[] = [];
    sync.onState((state) =>
      states.push(state.kind === "gap" ? state.reason : `${state.kind} by ${state.by}`),
    );
    // A message that overtook the one before it needs no snapshot.
    sync.take(update(15, 15, "15"));
    assert.equal(sync.isSynced, false);
    sync.take(update(14, 14, "14"));
    assert.ok(sync.isSynced);
    assert.deepEqual(states, ["update 14 is missing: 15–15 came", "synced by update"]);
    assert.deepEqual(sync.book.bestBid, ["1.0", "15"]);
    assert.throws(() => sync.book.apply(update(20, 20, "1")), /20–20 do not follow on 15/);
    sync.close();
  });
});

describe("OrderBook", () => {
  it("orders prices by value, however they are spelled", async () => {
    const book = new OrderBook();
    book.reset(
      {
        lastUpdateId: 1,
        bids: [
          ["9.5", "1"],
          ["10", "2"],
        ],
        asks: [["10.10", "1"]],
      },
      10,
    );
    book.apply({
      e: "depthUpdate",
      E: 0,
      s: "X",
      U: 2,
      u: 2,
      b: [
        ["10.00", "3"],
        ["9.50", "0.0"],
      ],
      a: [
        ["100.9", "1"],
        ["11", "2"],
      ],
    });
    assert.deepEqual(book.depth(), {
      lastUpdateId: 2,
      bids: [["10.00", "3"]],
      asks: [
        ["10.10", "1"],
        ["11", "2"],
        ["100.9", "1"],
      ],
    });
    assert.deepEqual(book.bestAsk, ["10.10", "1"]);
    const same = {
      lastUpdateId: 2,
      bids: [["10", "3.00"]],
      asks: [
        ["10.1", "1"],
        ["11.0", "2"],
        ["100.90", "1"],
      ],
    } as const;
    assert.ok(sameBook(book.depth(), same));
    assert.equal(await book.digest(), await bookDigest(same));
    assert.ok(!sameBook(book.depth(), { ...same, lastUpdateId: 3 }));
    assert.notEqual(await book.digest(), await bookDigest({ ...same, bids: [["10", "3.01"]] }));
  });
});
