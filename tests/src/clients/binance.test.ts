/** A second stock client, npm `binance`, with other habits than ccxt: queries instead of bodies, numeric ids. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DefaultLogger, MainClient, WebsocketAPIClient, WebsocketClient } from "binance";
import { units } from "../support/decimals.js";
import { causing, eventually } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";

const symbol = "MSFTUSD";
const BASE = "MSFT";

let exchange: Exchange;
let alice: MainClient;
let bob: MainClient;
let streams: WebsocketClient;
let api: WebsocketAPIClient;
let price: number;

const silent = { ...DefaultLogger, trace: () => {}, info: () => {}, error: () => {} };

before(async () => {
  exchange = await Exchange.start();
  const rest = (key: { apiKey: string; secretKey: string }): MainClient =>
    new MainClient({
      api_key: key.apiKey,
      api_secret: key.secretKey,
      baseUrl: exchange.url,
      disableTimeSync: true,
    });
  alice = rest(exchange.keys.alice);
  bob = rest(exchange.keys.bob);
  const options = {
    api_key: exchange.keys.alice.apiKey,
    api_secret: exchange.keys.alice.secretKey,
    wsUrl: exchange.webSocketUrl,
    reconnectTimeout: 100,
  };
  streams = new WebsocketClient(options, silent);
  api = new WebsocketAPIClient({ ...options, attachEventListeners: false, muteLatencyWarning: true }, silent);
  for (const client of [streams, api.getWSClient()]) client.on("exception", () => {});
  price = Math.round(Number((await alice.getAvgPrice({ symbol })).price));
});

after(async () => {
  streams?.closeAll(true);
  api?.getWSClient().closeAll(true);
  await exchange?.remove();
});

const limit = (side: "BUY" | "SELL", quantity: number, at: number, more = {}) =>
  ({ symbol, side, type: "LIMIT", timeInForce: "GTC", quantity, price: at, ...more }) as const;

/** A client order id with the prefix that this client asks for. */
const own = (id: string): string => `x-U5D79M5B-${id}`;

/** Code and message of the error that a request is refused with. */
async function refusal(request: Promise<unknown>): Promise<[number, string]> {
  try {
    await request;
  } catch (error) {
    const { code, message } = error as { code: number; message: string };
    return [code, message];
  }
  throw new Error("the request was taken");
}

test("general: ping, time, rules, status, currencies", async () => {
  await alice.testConnectivity();
  // getServerTime() itself ignores baseUrl.
  const time = await alice.get("api/v3/time");
  assert.ok(Math.abs(time.serverTime - Date.now()) < 5_000);
  const info = await alice.getExchangeInfo({ symbol });
  assert.deepEqual(
    info.symbols.map((market) => [market.symbol, market.status, market.baseAsset, market.quoteAsset]),
    [[symbol, "TRADING", "MSFT", "USD"]],
  );
  const several = await alice.getExchangeInfo({ symbols: ["AAPLUSD", symbol] });
  assert.deepEqual(several.symbols.map((market) => market.symbol).sort(), ["AAPLUSD", symbol]);
  assert.equal((await alice.getSystemStatus()).status, 0);
  assert.ok((await alice.getBalances()).some((coin) => coin.coin === BASE));
});

test("an order's life over REST", async () => {
  await alice.testNewOrder(limit("BUY", 2, price - 5));
  assert.deepEqual(await alice.getOpenOrders({ symbol }), [], "a test order changes nothing");

  const created = await alice.submitNewOrder({
    ...limit("BUY", 2, price - 5),
    newOrderRespType: "FULL",
    newClientOrderId: own("1"),
  });
  assert.equal(created.symbol, symbol);
  assert.equal(created.status, "NEW");
  assert.equal(created.clientOrderId, own("1"));
  assert.equal(units(created.price), units(price - 5));
  assert.equal(units(created.origQty), units(2));
  assert.deepEqual(created.fills, []);
  const [open] = await alice.getOpenOrders({ symbol });
  assert.equal(open?.orderId, created.orderId);
  const byClientId = await alice.getOrder({ symbol, origClientOrderId: own("1") });
  assert.equal(byClientId.orderId, created.orderId);

  const replaced = await alice.replaceOrder({
    ...limit("BUY", 3, price - 4),
    cancelReplaceMode: "STOP_ON_FAILURE",
    cancelOrderId: created.orderId,
  });
  assert.equal(replaced.cancelResult, "SUCCESS");
  assert.equal(replaced.newOrderResult, "SUCCESS");
  assert.equal(units(replaced.newOrderResponse.price), units(price - 4));

  await bob.submitNewOrder(limit("SELL", 1, price - 4));
  const partly = await alice.getOrder({ symbol, orderId: replaced.newOrderResponse.orderId });
  assert.equal(partly.status, "PARTIALLY_FILLED");
  assert.equal(units(partly.executedQty), units(1));
  assert.equal(units(partly.cummulativeQuoteQty), units(price - 4));
  const canceled = await alice.cancelOrder({ symbol, orderId: partly.orderId });
  assert.equal(canceled.status, "CANCELED");
  assert.equal(units(canceled.executedQty), units(1));
  const all = await alice.getAllOrders({ symbol });
  assert.deepEqual(
    all.map((order) => [order.orderId, order.status]),
    [
      [created.orderId, "CANCELED"],
      [partly.orderId, "CANCELED"],
    ],
  );
  const [trade] = await alice.getAccountTradeList({ symbol });
  assert.equal(trade?.orderId, partly.orderId);
  assert.equal(trade?.isMaker, true);
  assert.equal(trade?.isBuyer, true);
  assert.equal(units(trade?.qty ?? 0), units(1));
});

test("market data over REST agrees with the trade", async () => {
  await alice.submitNewOrder(limit("BUY", 4, price - 10));
  await bob.submitNewOrder(limit("SELL", 5, price + 10));
  const book = await alice.getOrderBook({ symbol, limit: 5 });
  assert.deepEqual(
    [book.bids, book.asks].map((side) => side.map(([at, quantity]) => [Number(at), Number(quantity)])),
    [[[price - 10, 4]], [[price + 10, 5]]],
  );
  const best = (await alice.getSymbolOrderBookTicker({ symbol })) as { bidPrice: string; askQty: string };
  assert.equal(Number(best.bidPrice), price - 10);
  assert.equal(Number(best.askQty), 5);
  const [recent] = await alice.getRecentTrades({ symbol });
  assert.equal(Number(recent?.price), price - 4);
  assert.equal(recent?.isBuyerMaker, true);
  const [aggregate] = await alice.getAggregateTrades({ symbol });
  assert.equal(Number(aggregate?.q), 1);
  assert.equal((await alice.getHistoricalTrades({ symbol, limit: 1 })).length, 1);
  const day = await alice.get24hrChangeStatistics({ symbol });
  assert.equal(Number(day.lastPrice), price - 4);
  assert.equal(Number(day.volume), 1);
  assert.equal((await alice.get24hrChangeStatistics()).length, 5);
  const rolling = await alice.getRollingWindowTicker({ symbols: [symbol, "GOOGUSD"], windowSize: "1h" });
  assert.equal(rolling.length, 2);
  const [last] = await alice.getKlines({ symbol, interval: "1m", limit: 1 });
  assert.equal(Number(last?.[4]), price - 4);
  assert.equal(Number((await alice.getAvgPrice({ symbol })).price), price - 4);
});

test("account, fees and rate limits", async () => {
  const account = await alice.getAccountInformation();
  assert.equal(account.canTrade, true);
  const usd = account.balances.find((balance) => balance.asset === "USD");
  assert.equal(units(usd?.locked ?? 0), units((price - 10) * 4));
  const commission = await alice.getCommissionRates({ symbol });
  const [fee] = await alice.getTradeFee({ symbol });
  assert.equal(Number(commission.standardCommission.taker), Number(fee?.takerCommission));
  assert.equal(Number(commission.standardCommission.maker), Number(fee?.makerCommission));
  assert.ok(alice.getRateLimitStates()["x-mbx-used-weight-1m"] > 0);
});

test("refusals carry the exact codes and words", async () => {
  assert.deepEqual(
    await refusal(alice.submitNewOrder(limit("SELL", 1, price - 10, { type: "LIMIT_MAKER" }))),
    [-1106, "Parameter 'timeInForce' sent when not required."],
  );
  const { timeInForce: _, ...maker } = limit("SELL", 1, price - 10);
  assert.deepEqual(await refusal(alice.submitNewOrder({ ...maker, type: "LIMIT_MAKER" })), [
    -2010,
    "Order would immediately match and take.",
  ]);
  assert.deepEqual(await refusal(alice.submitNewOrder(limit("BUY", 1, price - 10.005))), [
    -1013,
    "Filter failure: PRICE_FILTER",
  ]);
  assert.deepEqual(await refusal(alice.cancelOrder({ symbol, orderId: 4 })), [-2011, "Unknown order sent."]);
  assert.deepEqual(await refusal(alice.getOrder({ symbol, orderId: 4 })), [-2013, "Order does not exist."]);
  assert.deepEqual(await refusal(alice.getOrderBook({ symbol: "NOSUCH" })), [-1121, "Invalid symbol."]);
});

test("market streams: trades, book ticker, depth and candles", async () => {
  // The client takes the event out of its wrapper and adds the stream's name.
  const heard = new Map<string, Record<string, unknown>[]>();
  streams.on("message", (message) => {
    const event = message as unknown as Record<string, unknown>;
    const stream = String(event.streamName);
    heard.set(stream, [...(heard.get(stream) ?? []), event]);
  });
  const name = symbol.toLowerCase();
  const topics = [`${name}@trade`, `${name}@bookTicker`, `${name}@depth@100ms`, `${name}@kline_1m`];
  await streams.subscribe(topics, "main");
  await causing(
    eventually("a message on every stream", () =>
      topics.every((topic) => (heard.get(topic)?.length ?? 0) > 0) ? true : undefined,
    ),
    () => alice.submitNewOrder(limit("BUY", 1, price + 10)),
  );
  const trade = heard.get(topics[0]!)?.[0];
  assert.equal(trade?.s, symbol);
  assert.equal(Number(trade?.p), price + 10);
  assert.equal(Number(trade?.q), 1);
  assert.equal(trade?.m, false, "the seller was the maker");
  const depth = heard.get(topics[2]!) ?? [];
  for (let i = 1; i < depth.length; i++) {
    assert.equal(depth[i]?.U, Number(depth[i - 1]?.u) + 1);
  }
});

test("the user data stream over the WebSocket API", async () => {
  const events: Record<string, unknown>[] = [];
  api.getWSClient().on("formattedUserDataMessage", () => {});
  api.getWSClient().on("message", (message) => {
    const { event, ...flat } = message as unknown as { event?: Record<string, unknown> };
    events.push(event ?? (flat as Record<string, unknown>));
  });
  const answer = (await api.subscribeUserDataStream("mainWSAPI")) as unknown as {
    status: number;
    result: { subscriptionId: number };
  };
  assert.equal(answer.status, 200);
  assert.equal(typeof answer.result.subscriptionId, "number");

  const created = await alice.submitNewOrder(limit("BUY", 1, price - 20, { newClientOrderId: own("2") }));
  await alice.cancelOrder({ symbol, orderId: created.orderId });
  const reports = await eventually("both reports", () => {
    const own = events.filter((event) => event.e === "executionReport" && event.i === created.orderId);
    return own.length >= 2 ? own : undefined;
  });
  assert.deepEqual(
    reports.map((report) => [report.x, report.X]),
    [
      ["NEW", "NEW"],
      ["CANCELED", "CANCELED"],
    ],
  );
  assert.equal(reports[0]?.c, own("2"));
  assert.equal(reports[1]?.C, own("2"), "a cancel's report names the order it ended");
  assert.equal(units(String(reports[0]?.p)), units(price - 20));
  assert.ok(events.some((event) => event.e === "outboundAccountPosition"));
});

test("orders over the WebSocket API", async () => {
  const placed = await api.submitNewSpotOrder(limit("BUY", 2, price - 30, { timestamp: Date.now() }));
  assert.equal(placed.status, 200);
  assert.equal(placed.result.symbol, symbol);
  const { orderId } = placed.result;
  const status = await api.getSpotOrderStatus({ symbol, orderId, timestamp: Date.now() });
  assert.deepEqual([status.result.status, units(status.result.price)], ["NEW", units(price - 30)]);
  const canceled = await api.cancelSpotOrder({ symbol, orderId, timestamp: Date.now() });
  assert.equal(canceled.result.status, "CANCELED");
  const again = api.cancelSpotOrder({ symbol, orderId, timestamp: Date.now() });
  await assert.rejects(again, (error: { error?: { code?: number } }) => error.error?.code === -2011);
});
