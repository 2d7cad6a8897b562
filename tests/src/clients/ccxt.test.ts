/** The main promise: a stock ccxt client trades here with nothing but URLs, key and secret changed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import ccxt from "ccxt";
import { units } from "../support/decimals.js";
import { eventually } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";
import { type CcxtClient, ccxtClient } from "./ccxt-client.js";

const SYMBOL = "BTC/USDT";

let exchange: Exchange;
/** Alice trades with ccxt; bob is the other side. */
let alice: CcxtClient;
let bob: CcxtClient;
/** The price at which the market opened. */
let price: number;

before(async () => {
  exchange = await Exchange.start();
  alice = await ccxtClient(exchange, exchange.keys.alice);
  bob = await ccxtClient(exchange, exchange.keys.bob);
  await alice.loadMarkets();
  await bob.loadMarkets();
  const average = await alice.publicGetAvgPrice({ symbol: "BTCUSDT" });
  price = Math.round(Number(average.price));
  assert.ok(price > 1000, `an opening price of ${average.price}`);
});

after(async () => {
  await alice?.close();
  await bob?.close();
  await exchange?.remove();
});

const idOf = (order: { id?: string | undefined }): string => String(order.id);

/** Free and locked of a currency, as exact decimals of the raw answer. */
async function holding(client: CcxtClient, asset: string): Promise<{ free: bigint; locked: bigint }> {
  const { info } = await client.fetchBalance();
  const entry = info.balances.find((balance: { asset: string }) => balance.asset === asset);
  return { free: units(entry?.free ?? "0"), locked: units(entry?.locked ?? "0") };
}

test("loadMarkets: the five demo markets with their limits", async () => {
  const markets = await alice.loadMarkets(true);
  assert.deepEqual(Object.keys(markets).sort(), ["AAPL/USD", "BTC/USDT", "ETH/USDT", "GOOG/USD", "MSFT/USD"]);
  const market = alice.market(SYMBOL);
  assert.equal(market.id, "BTCUSDT");
  assert.equal(market.active, true);
  assert.equal(market.spot, true);
  assert.ok(Number(market.precision.price) > 0 && Number(market.precision.price) <= 1);
  assert.ok(Number(market.precision.amount) > 0 && Number(market.precision.amount) <= 0.01);
  assert.ok(Number(market.limits.amount?.min) > 0);
  assert.ok(Number(market.limits.cost?.min) > 0);
  for (const type of [
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
  ]) {
    assert.ok(market.info.orderTypes.includes(type), type);
  }
});

test("currencies, status and time", async () => {
  assert.ok(alice.currencies.BTC && alice.currencies.USDT && alice.currencies.AAPL);
  assert.equal((await alice.fetchStatus()).status, "ok");
  const time = await alice.fetchTime();
  assert.ok(Math.abs(Number(time) - Date.now()) < 5_000, `${time}`);
});

test("fetchBalance: funded, exact, total = free + used", async () => {
  const balance = await alice.fetchBalance();
  for (const asset of ["USDT", "BTC"]) {
    const { free, used, total } = balance[asset] as unknown as Record<string, number>;
    assert.ok(free! > 0, asset);
    assert.equal(used, 0);
    assert.equal(total, free);
  }
});

test("a limit order rests, is found everywhere, and is cancelled", async () => {
  const before = await holding(alice, "USDT");
  const created = await alice.createOrder(SYMBOL, "limit", "buy", 0.25, price - 100);
  assert.equal(created.status, "open");
  assert.equal(created.symbol, SYMBOL);
  assert.equal(created.price, price - 100);
  assert.equal(created.amount, 0.25);
  assert.equal(created.filled, 0);
  assert.equal(created.remaining, 0.25);
  assert.equal(created.side, "buy");
  assert.equal(created.type, "limit");
  assert.equal(created.timeInForce, "GTC");
  assert.equal(created.clientOrderId?.startsWith("x-"), true);

  const locked = await holding(alice, "USDT");
  assert.equal(locked.locked - before.locked, units((price - 100) * 0.25));
  assert.equal(before.free - locked.free, units((price - 100) * 0.25));

  const fetched = await alice.fetchOrder(idOf(created), SYMBOL);
  assert.equal(fetched.id, created.id);
  assert.equal(fetched.clientOrderId, created.clientOrderId);
  assert.equal(fetched.status, "open");
  assert.deepEqual(
    (await alice.fetchOpenOrders(SYMBOL)).map((order) => order.id),
    [created.id],
  );
  const book = await alice.fetchOrderBook(SYMBOL, 5);
  assert.deepEqual(book.bids, [[price - 100, 0.25]]);
  assert.deepEqual(book.asks, []);

  const canceled = await alice.cancelOrder(idOf(created), SYMBOL);
  assert.equal(canceled.id, created.id);
  assert.equal(canceled.status, "canceled");
  assert.equal((await alice.fetchOrder(idOf(created), SYMBOL)).status, "canceled");
  assert.deepEqual(await alice.fetchOpenOrders(SYMBOL), []);
  assert.deepEqual(await holding(alice, "USDT"), before);
  assert.deepEqual((await alice.fetchOrderBook(SYMBOL)).bids, []);
});

test("a trade: price, fills, fees and balances on both sides", async () => {
  const fees = await alice.fetchTradingFee(SYMBOL);
  assert.ok(Number(fees.maker) >= 0 && Number(fees.taker) >= Number(fees.maker));
  const aliceBtc = await holding(alice, "BTC");
  const aliceUsdt = await holding(alice, "USDT");
  const bobUsdt = await holding(bob, "USDT");
  const bobBtc = await holding(bob, "BTC");

  const maker = await bob.createOrder(SYMBOL, "limit", "sell", 0.5, price);
  const taker = await alice.createOrder(SYMBOL, "limit", "buy", 0.2, price + 10);
  assert.equal(taker.status, "closed");
  assert.equal(taker.filled, 0.2);
  assert.equal(taker.average, price, "a trade is at the maker's price");
  assert.equal(taker.cost, price * 0.2);
  assert.equal((await bob.fetchOrder(idOf(maker), SYMBOL)).filled, 0.2);

  const [trade] = await alice.fetchMyTrades(SYMBOL);
  assert.equal(trade?.order, taker.id);
  assert.equal(trade?.price, price);
  assert.equal(trade?.amount, 0.2);
  assert.equal(trade?.takerOrMaker, "taker");
  assert.equal(trade?.side, "buy");
  assert.equal(trade?.fee?.currency, "BTC");
  // Fees are taken from what is received, rounded down to the asset's smallest unit.
  assert.ok(Math.abs(Number(trade?.fee?.cost) - 0.2 * Number(fees.taker)) < 1e-8);

  const takerFee = units(trade?.info.commission);
  assert.equal((await holding(alice, "BTC")).free - aliceBtc.free, units("0.2") - takerFee);
  assert.equal(aliceUsdt.free - (await holding(alice, "USDT")).free, units(price) / 5n);
  assert.equal((await holding(alice, "USDT")).locked, 0n, "the better price is given back");

  const [bobsTrade] = await bob.fetchMyTrades(SYMBOL);
  assert.equal(bobsTrade?.takerOrMaker, "maker");
  assert.equal(bobsTrade?.fee?.currency, "USDT");
  assert.equal(
    (await holding(bob, "USDT")).free - bobUsdt.free,
    units(price) / 5n - units(bobsTrade?.info.commission),
  );
  const bobBtcNow = await holding(bob, "BTC");
  assert.equal(bobBtc.free - bobBtcNow.free, units("0.5"));
  assert.equal(bobBtcNow.locked, units("0.3"));

  const [publicTrade] = (await bob.fetchTrades(SYMBOL)).slice(-1);
  assert.equal(publicTrade?.price, price);
  assert.equal(publicTrade?.amount, 0.2);
  assert.equal(publicTrade?.side, "buy");
});

test("market orders: by quantity, by cost, and into an empty book", async () => {
  // 0.3 of bob's sell order are left at the opening price.
  const byQuantity = await alice.createOrder(SYMBOL, "market", "buy", 0.1);
  assert.equal(byQuantity.status, "closed");
  assert.equal(byQuantity.filled, 0.1);
  assert.equal(byQuantity.average, price);

  const byCost = await alice.createMarketBuyOrderWithCost(SYMBOL, price * 0.1);
  assert.equal(byCost.status, "closed");
  assert.equal(byCost.filled, 0.1);
  assert.equal(byCost.cost, price * 0.1);

  const overhang = await alice.createOrder(SYMBOL, "market", "buy", 0.15);
  assert.equal(overhang.filled, 0.1, "what the book holds");
  assert.equal(overhang.status, "expired");

  const nothing = await alice.createOrder(SYMBOL, "market", "buy", 0.1);
  assert.equal(nothing.filled, 0);
  assert.equal(nothing.status, "expired");
});

test("post-only, IOC and FOK", async () => {
  const bid = await bob.createOrder(SYMBOL, "limit", "buy", 0.1, price);
  await assert.rejects(
    alice.createOrder(SYMBOL, "limit", "sell", 0.1, price, { postOnly: true }),
    ccxt.OrderImmediatelyFillable,
  );
  const maker = await alice.createOrder(SYMBOL, "limit", "sell", 0.1, price + 1, { postOnly: true });
  assert.equal(maker.status, "open");
  assert.equal(maker.postOnly, true);
  assert.equal(maker.info.type, "LIMIT_MAKER");

  const fok = await alice.createOrder(SYMBOL, "limit", "sell", 0.2, price, { timeInForce: "FOK" });
  assert.equal(fok.status, "expired");
  assert.equal(fok.filled, 0);
  const ioc = await alice.createOrder(SYMBOL, "limit", "sell", 0.2, price, { timeInForce: "IOC" });
  assert.equal(ioc.status, "expired");
  assert.equal(ioc.filled, 0.1);
  assert.equal((await bob.fetchOrder(idOf(bid), SYMBOL)).status, "closed");
  const whole = await bob.createOrder(SYMBOL, "limit", "buy", 0.1, price + 1, { timeInForce: "FOK" });
  assert.equal(whole.status, "closed");
  assert.equal((await alice.fetchOrder(idOf(maker), SYMBOL)).status, "closed");
});

test("a stop-limit order waits, triggers and trades", async () => {
  const stop = await alice.createOrder(SYMBOL, "limit", "buy", 0.1, price + 60, { triggerPrice: price + 50 });
  assert.equal(stop.status, "open");
  assert.equal(stop.info.type, "STOP_LOSS_LIMIT");
  assert.equal(stop.triggerPrice, price + 50);
  assert.equal((await alice.fetchOpenOrders(SYMBOL)).length, 1);
  assert.deepEqual((await alice.fetchOrderBook(SYMBOL)).bids, [], "a stop is not in the book");

  // Bob trades with himself at the stop price: his sell order, then the buy that takes half of it.
  await bob.createOrder(SYMBOL, "limit", "sell", 0.2, price + 50);
  await bob.createOrder(SYMBOL, "limit", "buy", 0.1, price + 50, { selfTradePreventionMode: "NONE" });
  const done = await alice.fetchOrder(idOf(stop), SYMBOL);
  assert.equal(done.status, "closed");
  assert.equal(done.average, price + 50);
  const takeProfit = await alice.createOrder(SYMBOL, "limit", "sell", 0.1, price + 200, {
    takeProfitPrice: price + 200,
  });
  assert.equal(takeProfit.info.type, "TAKE_PROFIT_LIMIT");
  await alice.cancelOrder(idOf(takeProfit), SYMBOL);
});

test("editOrder replaces in one step; cancelAllOrders leaves nothing", async () => {
  const first = await alice.createOrder(SYMBOL, "limit", "buy", 0.1, price - 200);
  const edited = await alice.editOrder(idOf(first), SYMBOL, "limit", "buy", 0.15, price - 190);
  assert.notEqual(edited.id, first.id);
  assert.equal(edited.status, "open");
  assert.equal(edited.price, price - 190);
  assert.equal(edited.amount, 0.15);
  assert.equal((await alice.fetchOrder(idOf(first), SYMBOL)).status, "canceled");
  await assert.rejects(
    alice.editOrder(idOf(first), SYMBOL, "limit", "buy", 0.15, price - 180),
    (error: Error) => error instanceof ccxt.ExchangeError,
  );
  await alice.createOrder(SYMBOL, "limit", "buy", 0.1, price - 210);
  await alice.createOrder(SYMBOL, "limit", "buy", 0.1, price - 220);
  assert.equal((await alice.fetchOpenOrders(SYMBOL)).length, 3);
  await alice.cancelAllOrders(SYMBOL);
  assert.deepEqual(await alice.fetchOpenOrders(SYMBOL), []);
  assert.equal((await holding(alice, "USDT")).locked, 0n);
});

test("closed orders, all orders and own trades agree", async () => {
  const orders = await alice.fetchOrders(SYMBOL);
  const closed = await alice.fetchClosedOrders(SYMBOL);
  const canceled = await alice.fetchCanceledOrders(SYMBOL);
  const trades = await alice.fetchMyTrades(SYMBOL);
  assert.deepEqual(
    closed.map((order) => order.id),
    orders.filter((order) => order.status === "closed").map((order) => order.id),
  );
  assert.ok(
    closed.length >= 5 && canceled.length >= 4,
    `${closed.length} closed, ${canceled.length} canceled`,
  );
  for (const order of orders) {
    const filled = trades
      .filter((trade) => trade.order === order.id)
      .reduce((sum, trade) => sum + units(trade.info.qty), 0n);
    assert.equal(filled, units(order.info.executedQty), `trades of order ${order.id}`);
  }
  const one = await alice.fetchOrderTrades(idOf(closed[0]!), SYMBOL);
  assert.ok(one.length > 0 && one.every((trade) => trade.order === closed[0]!.id));
});

test("tickers and candles show the trades that were made", async () => {
  const trades = await alice.fetchTrades(SYMBOL, undefined, 1000);
  const last = trades.at(-1)!;
  const ticker = await eventually("the ticker", async () => {
    const now = await alice.fetchTicker(SYMBOL);
    return now.last === last.price ? now : undefined;
  });
  const prices = trades.map((trade) => Number(trade.price));
  assert.equal(ticker.high, Math.max(...prices));
  assert.equal(ticker.low, Math.min(...prices));
  const volume = trades.reduce((sum, trade) => sum + units(trade.info.q ?? trade.info.qty), 0n);
  assert.equal(units(ticker.info.volume), volume);

  const tickers = await alice.fetchTickers([SYMBOL, "ETH/USDT"]);
  assert.deepEqual(Object.keys(tickers).sort(), [SYMBOL, "ETH/USDT"]);
  assert.equal(Object.keys(await alice.fetchTickers()).length, 5);

  const candles = await alice.fetchOHLCV(SYMBOL, "1m", undefined, 10);
  const traded = candles.filter((candle) => Number(candle[5]) > 0);
  assert.ok(traded.length > 0);
  assert.equal(Math.max(...traded.map((candle) => Number(candle[2]))), ticker.high);
  assert.equal(Math.min(...traded.map((candle) => Number(candle[3]))), ticker.low);
  assert.equal(traded.at(-1)![4], last.price);
  const total = traded.reduce((sum, candle) => sum + Number(candle[5]), 0);
  assert.ok(Math.abs(total - Number(ticker.baseVolume)) < 1e-8);
});

test("fees of all markets", async () => {
  const fees = await alice.fetchTradingFees();
  const { maker, taker } = await alice.fetchTradingFee(SYMBOL);
  assert.equal(fees[SYMBOL]?.maker, maker);
  assert.equal(fees[SYMBOL]?.taker, taker);
  assert.equal(Object.keys(fees).length, 5);
});

test("refusals arrive as ccxt's own errors", async () => {
  await assert.rejects(
    alice.createOrder(SYMBOL, "limit", "buy", 5000, price - 100),
    (error: Error) => error instanceof ccxt.InsufficientFunds || error instanceof ccxt.InvalidOrder,
  );
  await assert.rejects(alice.fetchOrder("999999996", SYMBOL), ccxt.OrderNotFound);
  await assert.rejects(alice.cancelOrder("999999996", SYMBOL), ccxt.OrderNotFound);
  const bobs = await bob.createOrder(SYMBOL, "limit", "sell", 0.1, price + 100);
  await assert.rejects(
    alice.fetchOrder(idOf(bobs), SYMBOL),
    ccxt.OrderNotFound,
    "foreign orders do not exist",
  );
  await assert.rejects(alice.cancelOrder(idOf(bobs), SYMBOL), ccxt.OrderNotFound);
  await bob.cancelAllOrders(SYMBOL);

  const impostor = await ccxtClient(exchange, {
    apiKey: exchange.keys.alice.apiKey,
    secretKey: exchange.keys.bob.secretKey,
  });
  impostor.options.fetchCurrencies = false;
  await assert.rejects(impostor.fetchBalance(), ccxt.AuthenticationError);
  const stranger = await ccxtClient(exchange, { apiKey: "x".repeat(64), secretKey: "y".repeat(64) });
  stranger.options.fetchCurrencies = false;
  await assert.rejects(stranger.fetchBalance(), ccxt.AuthenticationError);
});

test("the same client order id: an identical request gets the original order, another is refused", async () => {
  const id = { newClientOrderId: "ccxt-once-1" };
  const first = await alice.createOrder(SYMBOL, "limit", "buy", 0.1, price - 300, id);
  const again = await alice.createOrder(SYMBOL, "limit", "buy", 0.1, price - 300, id);
  assert.equal(again.id, first.id);
  assert.equal((await alice.fetchOpenOrders(SYMBOL)).length, 1);
  await assert.rejects(
    alice.createOrder(SYMBOL, "limit", "buy", 0.1, price - 301, id),
    (error: Error) => error instanceof ccxt.ExchangeError && /Duplicate order sent/.test(error.message),
  );
  await alice.cancelAllOrders(SYMBOL);
});

test("nothing of the exchange's log is an error, and it stops cleanly", async () => {
  assert.doesNotMatch(exchange.log, /"level":[56]0|Error:/);
  await alice.close();
  await bob.close();
  assert.equal(await exchange.stop(), 0, exchange.log);
});
