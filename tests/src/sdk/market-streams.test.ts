/** Market streams against a real exchange, over a proxy that cuts connections and drops messages. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import {
  compareDecimals,
  type KlineEvent,
  MarketStreams,
  RestClient,
  SlowReaderError,
  type StreamGap,
  type TradeEvent,
} from "@buttonwood/client";
import { eventually } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";
import { FaultyProxy } from "../support/faulty-proxy.js";
import { Fate, MessageProxy } from "../support/message-proxy.js";

const SYMBOL = "BTCUSDT";
const FAST = { minMs: 10, maxMs: 100 };

let exchange: Exchange;
let proxy: FaultyProxy;
let alice: RestClient;
let bob: RestClient;
const opened: MarketStreams[] = [];

async function open(url: string, withApi = true): Promise<MarketStreams> {
  const streams = await MarketStreams.open({
    url,
    reconnect: FAST,
    ...(withApi ? { api: new RestClient({ url: exchange.url }) } : {}),
  });
  opened.push(streams);
  return streams;
}

/** Makes trades, one after the other; prices tell them apart. */
async function trade(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const order = { symbol: SYMBOL, type: "LIMIT", timeInForce: "GTC", quantity: "0.001" } as const;
    await bob.placeOrder({ ...order, side: "SELL", price: `${60_000 + i}.00` });
    await alice.placeOrder({ ...order, side: "BUY", price: `${60_000 + i}.00` });
  }
}

before(async () => {
  exchange = await Exchange.start();
  proxy = await FaultyProxy.start(exchange.port);
  alice = new RestClient({ url: exchange.url, credentials: exchange.keys.alice });
  bob = new RestClient({ url: exchange.url, credentials: exchange.keys.bob });
});

afterEach(() => {
  for (const streams of opened.splice(0)) streams.close();
  proxy.restore();
});

after(async () => {
  await proxy?.close();
  await exchange?.remove();
});

describe("MarketStreams", () => {
  it("shares one connection and one stream among all who listen, and ends it with the last of them", async () => {
    const connections = proxy.connections;
    const streams = await open(proxy.url);
    const trades: TradeEvent[] = [];
    const first = streams.trades(SYMBOL);
    const second = streams.trades(SYMBOL);
    const reading = (async () => {
      const read: TradeEvent[] = [];
      for await (const event of second) if (read.push(event) === 3) break;
      return read;
    })();
    first.onMessage((event) => trades.push(event));
    const all = [
      streams.klines(SYMBOL, "1m"),
      streams.ticker(SYMBOL),
      streams.miniTicker(SYMBOL),
      streams.bookTicker(SYMBOL),
      streams.depth(SYMBOL),
      streams.partialDepth(SYMBOL, 5),
      streams.aggTrades(SYMBOL),
      streams.allTickers(),
      streams.allMiniTickers(),
      streams.avgPrice(SYMBOL),
    ];
    const heard = new Map<string, unknown>();
    for (const subscription of all) {
      subscription.onMessage((message: unknown) => heard.set(subscription.name, message));
    }
    await Promise.all([first, second, ...all].map(({ ready }) => ready));
    await trade(3);
    assert.deepEqual(
      (await reading).map(({ p }) => Number(p)),
      [60_000, 60_001, 60_002],
    );
    assert.deepEqual(
      trades.map(({ t }) => t),
      (await reading).map(({ t }) => t),
    );
    await eventually("a message of every stream", () => heard.size === all.length || undefined);
    assert.equal((heard.get("btcusdt@kline_1m") as KlineEvent).k.i, "1m");
    assert.equal(proxy.connections - connections, 1);

    first.close();
    second.close();
    const again = streams.trades(SYMBOL);
    await again.ready;
    const seen = trades.length;
    const next = again.messages().next();
    await trade(1);
    assert.equal(compareDecimals((await next).value!.p, "60000"), 0);
    assert.equal(trades.length, seen);
  });

  it("delivers trades of a gap in their place, between its begin and its end", async () => {
    const streams = await open(proxy.url);
    const subscription = streams.trades(SYMBOL);
    const told: (number | StreamGap["kind"])[] = [];
    let end: StreamGap | undefined;
    subscription.onMessage(({ t }) => told.push(t));
    subscription.onGap((gap) => {
      told.push(gap.kind);
      if (gap.kind === "repaired") end = gap;
    });
    await subscription.ready;
    await trade(2);
    await eventually("two trades", () => told.length === 2 || undefined);
    for (let round = 1; round <= 3; round++) {
      end = undefined;
      proxy.down();
      await eventually("the end of the connection", () => !streams.isOpen || undefined);
      await trade(4);
      proxy.restore();
      // Some come while the gap is being repaired.
      await trade(3);
      const repaired = await eventually("the repair", () => end);
      assert.ok(repaired.kind === "repaired" && repaired.missing === 0 && repaired.delivered >= 4);
      await eventually("all trades", () => {
        const ids = told.filter((entry) => typeof entry === "number");
        return ids.length === 2 + 7 * round || undefined;
      });
    }
    const ids = told.filter((entry) => typeof entry === "number");
    assert.deepEqual(
      ids,
      Array.from({ length: ids.length }, (_, i) => ids[0]! + i),
    );
    const kinds = told.filter((entry) => typeof entry === "string");
    assert.deepEqual(kinds, ["gap", "repaired", "gap", "repaired", "gap", "repaired"]);
    assert.equal(told[2], "gap");
  });

  it("notices and repairs what is dropped, repeated or late while the connection goes on", async () => {
    const messages = await MessageProxy.start(exchange.webSocketUrl);
    const streams = await open(messages.url);
    const subscription = streams.trades(SYMBOL);
    const ids: number[] = [];
    const gaps: StreamGap[] = [];
    subscription.onMessage(({ t }) => ids.push(t));
    subscription.onGap((gap) => gaps.push(gap));
    await subscription.ready;
    await trade(1);
    await eventually("the first trade", () => ids.length === 1 || undefined);
    let count = 0;
    messages.decide((text) => {
      if (!text.includes("@trade")) return Fate.PASS;
      count++;
      return ([Fate.PASS, Fate.DROP, Fate.PASS, Fate.LATE, Fate.PASS, Fate.REPEAT] as const)[count % 6]!;
    });
    await trade(29);
    messages.decide(() => Fate.PASS);
    await trade(1);
    await eventually("all trades", () => ids.length >= 31 || undefined);
    assert.deepEqual(
      ids,
      Array.from({ length: 31 }, (_, i) => ids[0]! + i),
    );
    assert.ok(gaps.some((gap) => gap.kind === "gap" && /is missing/.test(gap.reason)));
    streams.close();
    await messages.close();
  });

  it("says how much is missing where nothing can be fetched", async () => {
    const streams = await open(proxy.url, false);
    const subscription = streams.aggTrades(SYMBOL);
    const ids: number[] = [];
    const gaps: StreamGap[] = [];
    subscription.onMessage(({ a }) => ids.push(a));
    subscription.onGap((gap) => gaps.push(gap));
    await subscription.ready;
    await trade(1);
    await eventually("a trade", () => ids.length === 1 || undefined);
    proxy.down();
    await eventually("the end of the connection", () => !streams.isOpen || undefined);
    await trade(2);
    proxy.restore();
    await eventually("the next connection", () => streams.isOpen || undefined);
    await trade(1);
    await eventually("a trade after it", () => ids.length === 2 || undefined);
    assert.equal(ids[1]! - ids[0]!, 3);
    const missing = gaps.map((gap) => (gap.kind === "repaired" ? gap.missing : gap.kind));
    assert.deepEqual(missing, ["gap", undefined, "gap", 2]);
  });

  it("keeps what comes for a slow reader up to a bound, and of whole messages only the newest", async () => {
    const streams = await open(proxy.url);
    const subscription = streams.trades(SYMBOL);
    const slow = subscription.messages({ waitingMax: 3 });
    const patient = subscription.messages();
    const best = streams.bookTicker(SYMBOL);
    const newest = best.messages();
    let last = "";
    best.onMessage(({ u }) => {
      last = String(u);
    });
    await Promise.all([subscription.ready, best.ready]);
    await trade(5);
    const read: number[] = [];
    await eventually("five trades", async () => {
      read.push((await patient.next()).value!.t);
      return read.length === 5 || undefined;
    });
    // It missed none of those that it got, and then it is told.
    assert.deepEqual([(await slow.next()).value!.t, (await slow.next()).value!.t], read.slice(0, 2));
    assert.equal((await slow.next()).value!.t, read[2]);
    await assert.rejects(slow.next(), SlowReaderError);
    assert.equal((await slow.next()).done, true);
    await eventually("the last best prices", async () => {
      const { bids, asks, lastUpdateId } = await alice.depth({ symbol: SYMBOL, limit: 1 });
      return (bids.length === 0 && asks.length === 0 && lastUpdateId > 0 && last !== "") || undefined;
    });
    assert.equal(String((await newest.next()).value!.u), last);
  });

  it("goes on over a restart of the exchange itself", async () => {
    const streams = await open(exchange.url);
    const states: string[] = [];
    streams.onState(({ kind }) => states.push(kind));
    const subscription = streams.trades(SYMBOL);
    const ids: number[] = [];
    subscription.onMessage(({ t }) => ids.push(t));
    await subscription.ready;
    await trade(1);
    await eventually("a trade", () => ids.length === 1 || undefined);
    await exchange.kill();
    await exchange.restart();
    await trade(2);
    await eventually("the trades after it", () => ids.length === 3 || undefined);
    assert.deepEqual(ids, [ids[0]!, ids[0]! + 1, ids[0]! + 2]);
    assert.ok(states.includes("down") && states.at(-1) === "open");
  });
});
