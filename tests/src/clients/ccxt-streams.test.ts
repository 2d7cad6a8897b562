/** The streams of a stock ccxt client: every value against what was done, and a book that never misses an update. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { units } from "../support/decimals.js";
import { causing, eventually, pause } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";
import { SignedClient } from "../support/signed-client.js";
import { type CcxtClient, ccxtClient } from "./ccxt-client.js";

const SYMBOL = "ETH/USDT";
const ID = "ETHUSDT";

let exchange: Exchange;
let alice: CcxtClient;
/** Makes what the streams tell, beside ccxt and its rate limit. */
let bob: SignedClient;
let price: number;
let step = 0;

before(async () => {
  exchange = await Exchange.start();
  await exchange.takeUnlimitedKeys();
  alice = await ccxtClient(exchange, exchange.keys.alice);
  bob = new SignedClient(exchange.url, exchange.keys.bob);
  await alice.loadMarkets();
  price = Math.round(Number((await bob.public("/api/v3/avgPrice", { symbol: ID })).body.price));
});

after(async () => {
  await alice?.close();
  bob?.close();
  await exchange?.remove();
});

async function place(side: string, quantity: number, at: number, more = {}): Promise<number> {
  const answer = await bob.signed("POST", "/api/v3/order", {
    symbol: ID,
    side,
    type: "LIMIT",
    timeInForce: "GTC",
    quantity,
    price: at,
    ...more,
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.orderId;
}

/** One trade of bob with himself, each of another quantity, so that it can be told from the others. */
async function trade(): Promise<void> {
  step++;
  const quantity = (10 + step) / 100;
  await place("SELL", quantity, price, { selfTradePreventionMode: "NONE" });
  await place("BUY", quantity, price, { selfTradePreventionMode: "NONE" });
}

test("watchTrades: every trade once, in order, with its values", async () => {
  const first = await causing(alice.watchTrades(SYMBOL), trade);
  assert.equal(first.at(-1)?.price, price);
  const from = Number(alice.trades[SYMBOL]!.at(-1)?.id);
  for (let i = 0; i < 20; i++) await trade();
  const heard = await eventually("twenty trades", () => {
    const trades = Array.from(alice.trades[SYMBOL] as { id: string }[]).filter(
      (entry) => Number(entry.id) > from,
    );
    return trades.length >= 20 ? trades : undefined;
  });
  const { body } = await bob.public("/api/v3/historicalTrades", { symbol: ID, fromId: from + 1, limit: 20 });
  assert.deepEqual(
    heard.map((entry: { id: string; info?: { p: string; q: string; m: boolean; T: number } }) => [
      entry.id,
      entry.info?.p,
      entry.info?.q,
      entry.info?.m,
      entry.info?.T,
    ]),
    body.map((entry: { id: number; price: string; qty: string; isBuyerMaker: boolean; time: number }) => [
      String(entry.id),
      entry.price,
      entry.qty,
      entry.isBuyerMaker,
      entry.time,
    ]),
  );
});

test("watchTicker and watchOHLCV agree with REST", async () => {
  const ticker = await causing(alice.watchTicker(SYMBOL), trade);
  assert.equal(ticker.symbol, SYMBOL);
  assert.equal(ticker.last, price);
  const settled = await eventually("the ticker of all trades", async () => {
    const rest = (await bob.public("/api/v3/ticker/24hr", { symbol: ID })).body;
    const streamed = alice.tickers[SYMBOL]?.info;
    return streamed !== undefined && streamed.v === rest.volume ? { rest, streamed } : undefined;
  });
  const { rest, streamed } = settled;
  assert.deepEqual(
    [streamed.o, streamed.h, streamed.l, streamed.c, streamed.q],
    [rest.openPrice, rest.highPrice, rest.lowPrice, rest.lastPrice, rest.quoteVolume],
  );

  const candles = await causing(alice.watchOHLCV(SYMBOL, "1m"), trade);
  const candle = candles.at(-1)!;
  assert.equal(Number(candle[0]) % 60_000, 0);
  assert.deepEqual(candle.slice(1, 5), [price, price, price, price]);
  await eventually("the candle of all trades", async () => {
    const [last] = (await bob.public("/api/v3/klines", { symbol: ID, interval: "1m", limit: 1 })).body;
    const now = alice.ohlcvs[SYMBOL]!["1m"]!.at(-1);
    return now[0] === last[0] && now[5] === Number(last[5]) ? true : undefined;
  });
});

test("watchOrders, watchMyTrades and watchBalance tell what was done", async () => {
  await alice.authenticate();
  const orders = alice.watchOrders(SYMBOL);
  const trades = alice.watchMyTrades(SYMBOL);
  const balances = alice.watchBalance();
  const created = await alice.createOrder(SYMBOL, "limit", "buy", 0.5, price - 50);
  const [heard] = await orders;
  assert.equal(heard?.id, created.id);
  assert.equal(heard?.status, "open");
  assert.equal(heard?.price, price - 50);
  assert.equal(heard?.amount, 0.5);
  assert.equal(heard?.clientOrderId, created.clientOrderId);
  const locked = await balances;
  const held = (await alice.fetchBalance()).info.balances.find(
    (entry: { asset: string }) => entry.asset === "USDT",
  );
  assert.deepEqual(
    [locked.USDT?.free, locked.USDT?.used],
    [Number(held.free), Number(held.locked)],
    "the streamed balance is the whole balance",
  );

  const filledBalance = alice.watchBalance();
  await place("SELL", 0.2, price - 50);
  const [mine] = await trades;
  assert.equal(mine?.order, created.id);
  assert.equal(mine?.price, price - 50);
  assert.equal(mine?.amount, 0.2);
  assert.equal(mine?.takerOrMaker, "maker");
  assert.equal(mine?.side, "buy");
  const partly = await eventually("the partial fill", () =>
    (alice.orders as { id: string; filled: number; status: string }[]).find(
      (order) => order.id === created.id && order.filled === 0.2,
    ),
  );
  assert.equal(partly.status, "open");
  await filledBalance;
  const rest = await alice.fetchMyTrades(SYMBOL);
  assert.equal(units(rest.at(-1)?.info.commission), units(String(mine?.fee?.cost)));

  await alice.cancelOrder(String(created.id), SYMBOL);
  const canceled = await eventually("the cancel", () =>
    (alice.orders as { id: string; status: string; filled: number }[]).find(
      (order) => order.id === created.id && order.status === "canceled",
    ),
  );
  assert.equal(canceled.filled, 0.2);
  await eventually("the released balance", () => (alice.balance.spot.USDT?.used === 0 ? true : undefined));
  const account = (await alice.fetchBalance()).info.balances;
  for (const asset of ["USDT", "ETH"]) {
    const entry = account.find((candidate: { asset: string }) => candidate.asset === asset);
    assert.equal(alice.balance.spot[asset].free, Number(entry.free), asset);
  }
});

test("watchOrderBook: 1,000 updates without a gap, and the same book as REST at the end", async () => {
  let messages = 0;
  let failed: unknown;
  let watching = true;
  const first = await causing(alice.watchOrderBook(SYMBOL), async () => {
    const id = await place("BUY", 0.1, price - 20);
    await bob.signed("DELETE", "/api/v3/order", { symbol: ID, orderId: id });
  });
  const nonceStart = Number(first.nonce);
  const watcher = (async () => {
    while (watching) {
      await alice.watchOrderBook(SYMBOL);
      messages++;
    }
  })().catch((error: unknown) => {
    failed = error;
  });

  const open: number[] = [];
  const nonce = async (): Promise<number> =>
    (await bob.public("/api/v3/depth", { symbol: ID, limit: 5 })).body.lastUpdateId;
  // At least 1,000 updates, spread over at least 40 messages.
  for (let i = 0; (await nonce()) - nonceStart < 1000 || messages < 40; i++) {
    assert.equal(failed, undefined, String(failed));
    await Promise.all(
      Array.from({ length: 4 }, async (_, k) => {
        const offset = 1 + ((i * 7 + k * 13) % 300);
        const buy = (i + k) % 2 === 0;
        open.push(await place(buy ? "BUY" : "SELL", (10 + k) / 100, buy ? price - offset : price + offset));
      }),
    );
    while (open.length > 60) {
      await bob.signed("DELETE", "/api/v3/order", { symbol: ID, orderId: open.shift()! });
    }
    await pause(5);
  }
  const rest = (await bob.public("/api/v3/depth", { symbol: ID, limit: 1000 })).body;
  const book = await eventually("the last update", () => {
    assert.equal(failed, undefined, String(failed));
    return alice.orderbooks[SYMBOL]?.nonce === rest.lastUpdateId ? alice.orderbooks[SYMBOL] : undefined;
  });
  const numbers = (levels: [string, string][]): number[][] =>
    levels.map(([at, quantity]) => [Number(at), Number(quantity)]);
  assert.deepEqual([...book.bids], numbers(rest.bids));
  assert.deepEqual([...book.asks], numbers(rest.asks));
  assert.ok(Number(book.nonce) - nonceStart >= 1000);
  watching = false;
  await alice.close();
  await watcher;
});
