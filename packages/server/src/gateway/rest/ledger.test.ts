/** An account's ledger: it adds up to the balances, whatever was traded, and is the same from every page. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Parameters, TestExchange, type TestKey } from "../../main/testing/test-exchange.js";
import { randomOf, testSeed } from "../../platform/testing/random.js";

interface Entry {
  readonly id: string;
  readonly time: number;
  readonly type: string;
  readonly asset: string;
  readonly amount: string;
  readonly reference?: string;
  readonly symbol?: string;
  readonly tradeId?: number;
  readonly orderId?: number;
}

const ALICE = 1;
const ROUNDS = 120;

let exchange: TestExchange;
before(async () => {
  exchange = await TestExchange.start({ limits: "none" });
});
after(() => exchange.close());

async function ask(key: TestKey, parameters: Parameters = {}): Promise<Entry[]> {
  const { status, body } = await exchange.signed(key, "GET", "/api/v3/account/ledger", parameters);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function refused(parameters: Parameters): Promise<number> {
  const { status, body } = await exchange.signed(exchange.alice, "GET", "/api/v3/account/ledger", parameters);
  assert.equal(status, 400, JSON.stringify(body));
  return body.code;
}

/** Exact: 12 decimals hold every asset's units. */
const SCALE = 12;
function units(text: string): bigint {
  const [, minus = "", whole = "0", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const value = BigInt(whole + fraction.padEnd(SCALE, "0"));
  return minus === "" ? value : -value;
}

async function balances(key: TestKey): Promise<Map<string, bigint>> {
  const { body } = await exchange.signed(key, "GET", "/api/v3/account");
  return new Map(
    (body.balances as { asset: string; free: string; locked: string }[]).map(({ asset, free, locked }) => [
      asset,
      units(free) + units(locked),
    ]),
  );
}

async function trade(random: () => number): Promise<void> {
  const whole = (below: number): number => Math.floor(random() * below);
  const [symbol, middle] = (
    [
      ["BTCUSDT", 60_000],
      ["ETHUSDT", 3_000],
      ["AAPLUSD", 190],
    ] as const
  )[whole(3)]!;
  const key = random() < 0.5 ? exchange.alice : exchange.bob;
  const { status, body } = await exchange.signed(key, "POST", "/api/v3/order", {
    symbol,
    side: random() < 0.5 ? "BUY" : "SELL",
    type: "LIMIT",
    timeInForce: random() < 0.8 ? "GTC" : "IOC",
    price: (middle * (0.999 + whole(20) / 10_000)).toFixed(2),
    quantity: `${1 + whole(9)}.${whole(100)}`,
    // Now and then with oneself.
    selfTradePreventionMode: "NONE",
  });
  assert.ok(status === 200 || body.code === -2010, JSON.stringify(body));
}

async function pay(random: () => number, number: number): Promise<void> {
  const { reason } = await exchange.engine.submit({
    kind: random() < 0.5 ? "DEPOSIT" : "WITHDRAW",
    account: ALICE,
    asset: Math.floor(random() * 7),
    amount: 1 + Math.floor(random() * 10_000),
    reference: `ledger test ${number}`,
  });
  assert.equal(reason, 0);
}

describe("an account's ledger", () => {
  it(`adds up to what the account has, of every asset (seed ${testSeed})`, async () => {
    const random = randomOf(testSeed);
    for (let i = 0; i < ROUNDS; i++) {
      if (random() < 0.15) await pay(random, i);
      else await trade(random);
    }
    for (const key of [exchange.alice, exchange.bob]) {
      const sums = new Map<string, bigint>();
      const entries = await ask(key, { startTime: 0, limit: 1000 });
      assert.ok(entries.length < 1000, "one page holds it all");
      for (const { asset, amount } of entries) sums.set(asset, (sums.get(asset) ?? 0n) + units(amount));
      assert.deepEqual(sums, new Map([...(await balances(key))].filter(([asset]) => sums.has(asset))));
    }
    const types = new Set((await ask(exchange.alice, { startTime: 0, limit: 1000 })).map(({ type }) => type));
    assert.deepEqual([...types].sort(), ["COMMISSION", "DEPOSIT", "TRADE", "WITHDRAWAL"]);
  });

  it("names what an entry comes from", async () => {
    const entries = await ask(exchange.alice, { startTime: 0, limit: 1000 });
    const [first] = entries;
    assert.deepEqual(first, {
      id: first!.id,
      time: first!.time,
      type: "DEPOSIT",
      asset: "USD",
      amount: "1000000.00000000",
      reference: "first start USD",
    });
    const ofTrade = entries.filter(({ tradeId }) => tradeId !== undefined);
    const [one] = ofTrade;
    const { body: trades } = await exchange.signed(exchange.alice, "GET", "/api/v3/myTrades", {
      symbol: one!.symbol!,
    });
    const told = trades.find(
      (row: { id: number; orderId: number }) => row.id === one!.tradeId && row.orderId === one!.orderId,
    );
    const parts = ofTrade.filter(
      ({ symbol, tradeId, orderId }) =>
        symbol === one!.symbol && tradeId === one!.tradeId && orderId === one!.orderId,
    );
    const sign = (isLess: boolean): string => (isLess ? "-" : "");
    assert.deepEqual(
      parts.map(({ type, amount, time }) => [type, amount, time]),
      [
        ["TRADE", sign(!told.isBuyer) + told.qty, told.time],
        ["TRADE", sign(told.isBuyer) + told.quoteQty, told.time],
        ["COMMISSION", `-${told.commission}`, told.time],
      ],
    );
    assert.equal(parts[2]!.asset, told.commissionAsset);
  });

  it("is the same from every page, forwards, backwards, and of one asset", async () => {
    const all = await ask(exchange.alice, { startTime: 0, limit: 1000 });
    assert.deepEqual(await ask(exchange.alice, { limit: 1000 }), all);
    assert.deepEqual(await ask(exchange.alice, { limit: 7 }), all.slice(-7));
    for (const [asset, limit] of [
      [undefined, 7],
      ["USDT", 5],
      [undefined, 1],
    ] as const) {
      const expected = asset === undefined ? all : all.filter((entry) => entry.asset === asset);
      const of = asset === undefined ? { limit } : { limit, asset };
      const count = limit === 1 ? 12 : expected.length;
      const up = await ask(exchange.alice, { ...of, startTime: 0 });
      while (up.length < count) {
        const [same, ...more] = await ask(exchange.alice, {
          ...of,
          limit: limit + 1,
          fromId: up.at(-1)!.id,
        });
        assert.deepEqual(same, up.at(-1));
        up.push(...more);
      }
      assert.deepEqual(up.slice(0, count), expected.slice(0, count));
      const down = await ask(exchange.alice, of);
      while (down.length < count)
        down.unshift(...(await ask(exchange.alice, { ...of, beforeId: down[0]!.id })));
      assert.deepEqual(down.slice(-count), expected.slice(-count));
    }
    assert.deepEqual(await ask(exchange.alice, { beforeId: all[0]!.id }), []);
    const middle = all[Math.floor(all.length / 2)]!.time;
    assert.deepEqual(
      await ask(exchange.alice, { startTime: middle, endTime: middle, limit: 1000 }),
      all.filter(({ time }) => time === middle),
    );
  });

  it("refuses what it can't read", async () => {
    const [entry] = await ask(exchange.alice, { limit: 1 });
    const { id } = entry!;
    assert.equal(await refused({ asset: "NONE" }), -1130);
    assert.equal(await refused({ fromId: "12" }), -1100);
    assert.equal(await refused({ fromId: id, startTime: 0 }), -1128);
    assert.equal(await refused({ fromId: id, beforeId: id }), -1128);
    assert.equal(await refused({ startTime: 2, endTime: 1 }), -1128);
    const unsigned = await exchange.public("/api/v3/account/ledger");
    assert.equal(unsigned.status, 401);
    // Numbers beyond all that there are find what there is.
    assert.deepEqual(await ask(exchange.alice, { fromId: Array(5).fill("9".repeat(16)).join("-") }), []);
  });
});
