/** The client's REST side against a real exchange, also with answers lost on the way. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";
import {
  compareDecimals,
  NetworkError,
  type NewOrder,
  newClientOrderId,
  OutcomeUnknownError,
  RateLimitedError,
  RefusedError,
  RestClient,
  ServerClock,
  UnexpectedAnswerError,
} from "@buttonwood/client";
import { eventually } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";
import { FaultyProxy } from "../support/faulty-proxy.js";
import { operator } from "../support/operator.js";

const SYMBOL = "BTCUSDT";

let exchange: Exchange;
let proxy: FaultyProxy;
let alice: RestClient;
let bob: RestClient;
/** Alice over the proxy. */
let shaky: RestClient;

before(async () => {
  exchange = await Exchange.start();
  proxy = await FaultyProxy.start(exchange.port);
  alice = new RestClient({ url: exchange.url, credentials: exchange.keys.alice });
  bob = new RestClient({ url: exchange.url, credentials: exchange.keys.bob });
  shaky = new RestClient({ url: proxy.url, credentials: exchange.keys.alice });
});

after(async () => {
  await proxy?.close();
  await exchange?.remove();
});

const limit = (side: "BUY" | "SELL", price: string, quantity = "0.01") =>
  ({ symbol: SYMBOL, side, type: "LIMIT", timeInForce: "GTC", price, quantity }) satisfies NewOrder;

describe("RestClient", () => {
  it("answers every call of the exchange with what its type says", async () => {
    await alice.ping();
    assert.ok(Math.abs((await alice.time()) - Date.now()) < 5_000);
    const info = await alice.exchangeInfo({ symbol: SYMBOL });
    assert.equal(info.symbols[0]?.baseAsset, "BTC");
    const two = await alice.exchangeInfo({ symbols: ["BTCUSDT", "ETHUSDT"] });
    assert.deepEqual(two.symbols.map(({ symbol }) => symbol).sort(), ["BTCUSDT", "ETHUSDT"]);

    const resting = await bob.placeOrder(limit("SELL", "60100.00", "0.02"));
    assert.equal(resting.status, "NEW");
    const taken = await alice.placeOrder({ symbol: SYMBOL, side: "BUY", type: "MARKET", quantity: "0.01" });
    assert.equal(taken.status, "FILLED");
    assert.equal(taken.fills.length, 1);
    assert.equal(compareDecimals(taken.fills[0]!.price, "60100"), 0);

    // Public data are told by the projection, in its own time.
    const trade = await eventually("the trade", async () => {
      const [last] = await alice.trades({ symbol: SYMBOL, limit: 1 });
      return last?.id === taken.fills[0]!.tradeId ? last : undefined;
    });
    const depth = await eventually("the book after it", async () => {
      const book = await alice.depth({ symbol: SYMBOL, limit: 5 });
      return compareDecimals(book.asks[0]?.[1] ?? "0", "0.01") === 0 ? book : undefined;
    });
    assert.equal(compareDecimals(depth.asks[0]![0], "60100"), 0);
    assert.deepEqual(await alice.historicalTrades({ symbol: SYMBOL, fromId: trade.id }), [trade]);
    assert.equal((await alice.aggTrades({ symbol: SYMBOL, fromId: trade.id }))[0]?.p, trade.price);
    const [candle] = await alice.klines({ symbol: SYMBOL, interval: "1m", limit: 1 });
    assert.equal(typeof candle?.open, "string");
    assert.equal((await alice.avgPrice({ symbol: SYMBOL })).mins, 5);
    assert.equal((await alice.ticker24hr({ symbol: SYMBOL })).askPrice, depth.asks[0]![0]);
    assert.ok((await alice.ticker24hr()).length > 1);
    assert.equal((await alice.ticker24hr({ symbol: SYMBOL, type: "MINI" })).count, 1);
    assert.equal((await alice.ticker({ symbol: SYMBOL, windowSize: "1h" })).count, 1);
    assert.equal((await alice.tickerTradingDay({ symbols: [SYMBOL] })).length, 1);
    assert.equal((await alice.tickerPrice({ symbol: SYMBOL })).price, trade.price);
    assert.equal((await alice.tickerBook({ symbol: SYMBOL })).askPrice, depth.asks[0]![0]);
    assert.equal((await alice.systemStatus()).status, 0);

    await alice.testOrder(limit("BUY", "50000.00"));
    const order = await bob.getOrder({ symbol: SYMBOL, orderId: resting.orderId });
    assert.equal(order.status, "PARTIALLY_FILLED");
    const amended = await bob.amendOrder({ symbol: SYMBOL, orderId: order.orderId, newQty: "0.015" });
    assert.equal(compareDecimals(amended.amendedOrder.qty, "0.015"), 0);
    const replaced = await bob.cancelReplace({
      ...limit("SELL", "60200.00"),
      cancelReplaceMode: "STOP_ON_FAILURE",
      cancelOrderId: order.orderId,
    });
    assert.equal(replaced.cancelResponse.status, "CANCELED");
    assert.deepEqual(
      (await bob.openOrders({ symbol: SYMBOL })).map(({ orderId }) => orderId),
      [replaced.newOrderResponse.orderId],
    );
    const { clientOrderId } = replaced.newOrderResponse;
    const canceled = await bob.cancelOrder({ symbol: SYMBOL, origClientOrderId: clientOrderId });
    assert.equal(canceled.origClientOrderId, clientOrderId);
    await bob.placeOrder(limit("SELL", "60300.00"));
    assert.equal((await bob.cancelOpenOrders({ symbol: SYMBOL })).length, 1);
    assert.deepEqual(await bob.openOrders(), []);

    assert.equal((await bob.allOrders({ symbol: SYMBOL })).length, 3);
    assert.equal((await alice.myTrades({ symbol: SYMBOL }))[0]?.orderId, taken.orderId);
    const { balances } = await alice.account({ omitZeroBalances: true });
    assert.ok(balances.some(({ asset, free }) => asset === "BTC" && compareDecimals(free, "0") > 0));
    const ledger = await alice.ledger({ asset: "BTC", limit: 2 });
    assert.deepEqual(
      ledger.map(({ type, tradeId }) => [type, tradeId]),
      [
        ["TRADE", taken.fills[0]!.tradeId],
        ["COMMISSION", taken.fills[0]!.tradeId],
      ],
    );
    assert.deepEqual(await alice.ledger({ asset: "BTC", fromId: ledger[1]!.id }), [ledger[1]]);
    assert.equal((await alice.ledger({ asset: "BTC", beforeId: ledger[0]!.id }))[0]?.type, "DEPOSIT");
    assert.equal((await alice.commission({ symbol: SYMBOL })).symbol, SYMBOL);
    assert.equal((await alice.orderRateLimits())[0]?.rateLimitType, "ORDERS");
    assert.ok((await alice.tradeFee()).length > 1);
    assert.ok((await alice.allCoins()).some(({ coin }) => coin === "BTC"));
    assert.equal((await alice.apiRestrictions()).enableReading, true);
    assert.ok(alice.usage.weight1m! > 0 && bob.usage.orders10s! > 0);
  });

  it("tells a refusal by its code, its name and its reason, and only once asked for", async () => {
    await assert.rejects(
      alice.placeOrder(limit("BUY", "60000.00", "500")),
      (error) =>
        error instanceof RefusedError &&
        error.code === -2010 &&
        error.codeName === "NEW_ORDER_REJECTED" &&
        error.reason === "INSUFFICIENT_BALANCE" &&
        error.status === 400,
    );
    await assert.rejects(alice.depth({ symbol: "NONE" }), { codeName: "INVALID_SYMBOL" });
    await assert.rejects(alice.placeOrder(limit("BUY", "60000.001")), { reason: "PRICE_FILTER" });
    const nobody = new RestClient({ url: exchange.url });
    await assert.rejects(nobody.account(), TypeError);
  });

  it("gives the original result for the same order under the same id, and refuses another one", async () => {
    const order = { ...limit("BUY", "50000.00"), newClientOrderId: newClientOrderId() };
    const first = await alice.placeOrder(order);
    assert.deepEqual(await alice.placeOrder(order), first);
    await assert.rejects(alice.placeOrder({ ...order, price: "50001.00" }), { reason: "DUPLICATE_ORDER" });
    await alice.cancelOrder({ symbol: SYMBOL, orderId: first.orderId });
  });

  it("places once what it had to send again because answers were lost, and cancels and amends it once", async () => {
    // The clock is set by then: what is lost below are answers to orders.
    await shaky.account();
    const before = (await alice.allOrders({ symbol: SYMBOL })).length;
    proxy.loseAnswers(3);
    const placed = await shaky.placeOrder(limit("BUY", "40000.00", "0.02"));
    assert.equal(proxy.answersToLose, 0);
    assert.equal((await alice.allOrders({ symbol: SYMBOL })).length, before + 1);

    proxy.loseAnswers(1);
    const amended = await shaky.amendOrder({ symbol: SYMBOL, orderId: placed.orderId, newQty: "0.01" });
    assert.equal(compareDecimals(amended.amendedOrder.qty, "0.01"), 0);
    assert.equal(amended.executionId, -1);

    proxy.loseAnswers(1);
    const canceled = await shaky.cancelOrder({ symbol: SYMBOL, orderId: placed.orderId });
    assert.equal(canceled.status, "CANCELED");
    assert.equal(canceled.origClientOrderId, placed.clientOrderId);
    await assert.rejects(shaky.cancelOrder({ symbol: SYMBOL, orderId: placed.orderId }), {
      reason: "UNKNOWN_ORDER",
    });
  });

  it("places order lists once though answers were lost, and tells and cancels them", async () => {
    await shaky.account();
    proxy.loseAnswers(2);
    const pair = { symbol: SYMBOL, side: "BUY", quantity: "0.01" } as const;
    const oco = await shaky.placeOco({
      ...pair,
      aboveType: "STOP_LOSS",
      aboveStopPrice: "70000.00",
      belowType: "LIMIT_MAKER",
      belowPrice: "40000.00",
    });
    assert.equal(proxy.answersToLose, 0);
    assert.deepEqual(
      oco.orderReports.map(({ type, status }) => [type, status]),
      [
        ["STOP_LOSS", "NEW"],
        ["LIMIT_MAKER", "NEW"],
      ],
    );
    const otoco = await alice.placeOtoco({
      symbol: SYMBOL,
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "41000.00",
      workingQuantity: "0.01",
      workingTimeInForce: "GTC",
      pendingSide: "SELL",
      pendingQuantity: "0.01",
      pendingAboveType: "LIMIT_MAKER",
      pendingAbovePrice: "70000.00",
      pendingBelowType: "STOP_LOSS",
      pendingBelowTrailingDelta: 500,
    });
    const oto = await alice.placeOto({
      symbol: SYMBOL,
      workingType: "LIMIT_MAKER",
      workingSide: "BUY",
      workingPrice: "42000.00",
      workingQuantity: "0.01",
      pendingType: "MARKET",
      pendingSide: "SELL",
      pendingQuantity: "0.01",
    });
    const lists = [oco, otoco, oto];
    const ids = lists.map(({ orderListId }) => orderListId);
    assert.deepEqual((await alice.openOrderLists()).map(({ orderListId }) => orderListId).sort(), ids.sort());
    const { orderReports, ...asMade } = otoco;
    assert.deepEqual(await alice.orderList({ orderListId: otoco.orderListId }), asMade);
    assert.equal(orderReports[1]?.status, "PENDING_NEW");

    const { orderListId } = oco;
    assert.equal((await alice.cancelOrderList({ symbol: SYMBOL, orderListId })).listOrderStatus, "ALL_DONE");
    const rest = await alice.cancelAllOpenOrders();
    assert.deepEqual(rest.map((one) => "orderReports" in one && one.orderReports.length).sort(), [2, 3]);
    assert.deepEqual(await alice.openOrderLists(), []);
    assert.equal((await alice.allOrderLists()).length, lists.length);
  });

  it("places icebergs, trailing stops and orders with a date, and sets a countdown", async () => {
    const iceberg = await alice.placeOrder({ ...limit("BUY", "40000.00", "0.02"), icebergQty: "0.01" });
    const trailing = await alice.placeOrder({
      symbol: SYMBOL,
      side: "BUY",
      type: "STOP_LOSS",
      quantity: "0.01",
      trailingDelta: 500,
    });
    const goodTillDate = Date.now() + 3_600_000;
    const dated = await alice.placeOrder({
      symbol: SYMBOL,
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTD",
      goodTillDate,
      price: "40000.00",
      quantity: "0.01",
    });
    assert.equal(compareDecimals(iceberg.icebergQty!, "0.01"), 0);
    assert.deepEqual(
      [trailing.trailingDelta, dated.goodTillDate, dated.timeInForce],
      [500, goodTillDate, "GTD"],
    );
    // The book is told by the projection, in its own time.
    const { bids } = await eventually("the book with both", async () => {
      const book = await alice.depthOrders({ symbol: SYMBOL });
      return book.bids.length === 2 ? book : undefined;
    });
    assert.deepEqual(
      bids.map(([orderId, , quantity]) => [orderId, compareDecimals(quantity, "0.01")]),
      [
        [iceberg.orderId, 0],
        [dated.orderId, 0],
      ],
    );
    assert.ok((await alice.setCountdown({ countdownTime: 60_000 })).cancelTime > Date.now());
    assert.equal((await alice.setCountdown({ countdownTime: 0 })).cancelTime, 0);
    assert.equal((await alice.cancelOpenOrders({ symbol: SYMBOL, side: "BUY" })).length, 3);
  });

  it("tells what self-trade prevention kept from matching", async () => {
    const resting = await alice.placeOrder(limit("BUY", "40000.00"));
    const taker = await alice.placeOrder({
      ...limit("SELL", "40000.00"),
      selfTradePreventionMode: "EXPIRE_TAKER",
    });
    assert.equal(taker.status, "EXPIRED_IN_MATCH");
    const [match] = await alice.myPreventedMatches({ symbol: SYMBOL, orderId: taker.orderId });
    assert.deepEqual([match?.takerOrderId, match?.makerOrderId], [taker.orderId, resting.orderId]);
    await alice.cancelOrder({ symbol: SYMBOL, orderId: resting.orderId });
  });

  it("says that an outcome is unknown, with the id to ask by", async () => {
    const hasty = new RestClient({
      url: proxy.url,
      credentials: exchange.keys.alice,
      pursuit: { pursueMs: 0 },
    });
    await hasty.account();
    const order = { ...limit("BUY", "41000.00"), newClientOrderId: newClientOrderId() };
    proxy.loseAnswers(1);
    const lost = await hasty.placeOrder(order).then(
      () => assert.fail("the answer was lost"),
      (error: unknown) => error,
    );
    assert.ok(lost instanceof OutcomeUnknownError);
    assert.ok(!(lost instanceof RefusedError) && !(lost instanceof NetworkError));
    assert.equal(lost.clientOrderId, order.newClientOrderId);
    assert.ok(lost.validUntilMs! > Date.now());
    const asked = await alice.getOrder({ symbol: SYMBOL, origClientOrderId: lost.clientOrderId! });
    assert.equal(asked.status, "NEW");
    await alice.cancelOrder({ symbol: SYMBOL, orderId: asked.orderId });
  });

  it("lets no delayed copy pass for a refusal", async () => {
    // The first copy stays on the way. The second one is refused, for the funds are away at that moment; then the
    // first one arrives, and is taken. A client that believed the refusal would not know of its order.
    const free = (await bob.account()).balances.find(({ asset }) => asset === "USDT")!.free;
    const client = new RestClient({ url: proxy.url, credentials: exchange.keys.bob, recvWindowMs: 3_000 });
    await client.account();
    const away = await bob.placeOrder(limit("BUY", "60000.00", quantityFor(free, "60000")));
    const answers = proxy.answers;
    proxy.holdRequests(1);
    const placing = client.placeOrder({ ...limit("BUY", "60000.00", "0.1"), newClientOrderId: "delayed" });
    await eventually("the refusal of the second copy", () => proxy.answers > answers || undefined);
    await bob.cancelOrder({ symbol: SYMBOL, orderId: away.orderId });
    proxy.releaseRequests();
    const placed = await placing;
    const open = await bob.openOrders({ symbol: SYMBOL });
    assert.deepEqual(
      open.map(({ clientOrderId, orderId }) => [clientOrderId, orderId]),
      [["delayed", placed.orderId]],
    );
    await bob.cancelOpenOrders({ symbol: SYMBOL });
  });

  it("tells what was never sent as a network's failure, and asks again while it may help", async () => {
    const down = await FaultyProxy.start(exchange.port);
    const url = down.url;
    await down.close();
    const client = new RestClient({ url, credentials: exchange.keys.alice, pursuit: { pursueMs: 200 } });
    await assert.rejects(client.time(), NetworkError);
    await assert.rejects(client.placeOrder(limit("BUY", "40000.00")), NetworkError);

    proxy.down();
    const asking = shaky.time();
    setTimeout(() => proxy.restore(), 100);
    assert.ok((await asking) > 0);
  });

  it("sets its clock by the exchange's, and sets it again when it is refused", async () => {
    let aheadMs = 3_600_000;
    const clock = new ServerClock(() => Date.now() + aheadMs);
    const client = new RestClient({ url: exchange.url, credentials: exchange.keys.alice, clock });
    await client.account();
    assert.ok(Math.abs(clock.offsetMs + aheadMs) < 2_000, `${clock.offsetMs}`);
    // This machine's clock is set: the estimate is wrong from one moment to the next.
    aheadMs = -3_600_000;
    await client.account();
    assert.ok(Math.abs(clock.nowMs() - Date.now()) < 2_000);
  });

  it("keeps its connections", async () => {
    const first = proxy.connections;
    for (let i = 0; i < 50; i++) await shaky.ping();
    assert.ok(proxy.connections - first <= 2, `${proxy.connections - first} connections for 50 requests`);
  });

  it("signs with Ed25519", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const { apiKey } = await operator(exchange, "POST", "/v1/keys", {
      account: "alice",
      publicKey: publicKey.export({ type: "spki", format: "pem" }),
    });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const client = new RestClient({ url: exchange.url, credentials: { apiKey, privateKey: pem } });
    const placed = await client.placeOrder(limit("BUY", "40000.00"));
    assert.equal((await client.cancelOrder({ symbol: SYMBOL, orderId: placed.orderId })).status, "CANCELED");
  });

  it("understands limits, and answers that are none of an exchange", async () => {
    const answers: [number, Record<string, string>, string][] = [];
    const server = createServer((_request, response) => {
      const [status, headers, body] = answers.shift() ?? [200, {}, '{"serverTime":1}'];
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const client = new RestClient({
      url: `http://127.0.0.1:${port}`,
      credentials: exchange.keys.alice,
      pursuit: { pursueMs: 0 },
    });
    try {
      answers.push([429, { "retry-after": "7" }, '{"code":-1003,"msg":"Too many requests."}']);
      await assert.rejects(
        client.time(),
        (error) => error instanceof RateLimitedError && error.retryAfterMs === 7_000 && error.code === -1003,
      );
      answers.push([418, {}, "banned by the edge"]);
      await assert.rejects(client.time(), RateLimitedError);
      answers.push([404, {}, "<html>nothing here</html>"]);
      await assert.rejects(client.time(), UnexpectedAnswerError);
      answers.push([502, {}, "<html>bad gateway</html>"]);
      await assert.rejects(client.time(), UnexpectedAnswerError);
      // The time for the signature first; then a proxy that does not know what became of the order.
      answers.push([200, {}, `{"serverTime":${Date.now()}}`], [502, {}, "<html>bad gateway</html>"]);
      await assert.rejects(client.placeOrder(limit("BUY", "1.00")), OutcomeUnknownError);
      answers.push([504, {}, '{"code":-1007,"msg":"Timeout waiting for response from backend server."}']);
      await assert.rejects(client.placeOrder(limit("BUY", "1.00")), OutcomeUnknownError);
      answers.push([504, {}, '{"code":-1007,"msg":"Timeout waiting for response from backend server."}']);
      await assert.rejects(client.time(), RefusedError);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

/** A quantity in hundredths that takes nearly all of an amount at a price. */
function quantityFor(amount: string, price: string): string {
  const hundredths = (BigInt(amount.split(".")[0]!) * 100n) / BigInt(price) - 1n;
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")}`;
}
