import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { hmac, queryOf, TestExchange } from "../../main/testing/test-exchange.js";

let exchange: TestExchange;

before(async () => {
  exchange = await TestExchange.start();
});
after(() => exchange.close());

const limit = (side: "BUY" | "SELL", price: string, quantity: string) => ({
  symbol: "BTCUSDT",
  side,
  type: "LIMIT",
  timeInForce: "GTC",
  price,
  quantity,
});

describe("orders over REST", () => {
  it("places, finds, fills and tells history at once", async () => {
    const { alice, bob } = exchange;
    const placed = await exchange.signed(alice, "POST", "/api/v3/order", {
      ...limit("SELL", "60000.00", "0.5"),
      newClientOrderId: "first",
    });
    assert.equal(placed.status, 200);
    const { orderId, transactTime } = placed.body;
    assert.deepEqual(placed.body, {
      symbol: "BTCUSDT",
      orderId,
      orderListId: -1,
      clientOrderId: "first",
      transactTime,
      price: "60000.00000000",
      origQty: "0.50000000",
      executedQty: "0.00000000",
      origQuoteOrderQty: "0.00000000",
      cummulativeQuoteQty: "0.00000000",
      status: "NEW",
      timeInForce: "GTC",
      type: "LIMIT",
      side: "SELL",
      workingTime: transactTime,
      selfTradePreventionMode: "NONE",
      fills: [],
    });
    assert.equal(placed.headers["x-mbx-order-count-10s"], "1");
    assert.equal(placed.headers["x-mbx-order-count-1d"], "1");
    assert.match(String(placed.headers["x-mbx-used-weight-1m"]), /^\d+$/);

    const open = await exchange.signed(alice, "GET", "/api/v3/openOrders", { symbol: "BTCUSDT" });
    assert.deepEqual(
      open.body.map((order: { clientOrderId: string }) => order.clientOrderId),
      ["first"],
    );

    const taken = await exchange.signed(bob, "POST", "/api/v3/order", limit("BUY", "60000.00", "0.2"));
    assert.deepEqual(
      [taken.body.status, taken.body.executedQty, taken.body.cummulativeQuoteQty],
      ["FILLED", "0.20000000", "12000.00000000"],
    );
    assert.deepEqual(taken.body.fills, [
      {
        price: "60000.00000000",
        qty: "0.20000000",
        commission: "0.00020000",
        commissionAsset: "BTC",
        tradeId: 1,
      },
    ]);
    assert.match(taken.body.clientOrderId, /^[\w-]{22}$/);

    const filled = await exchange.signed(bob, "GET", "/api/v3/order", {
      symbol: "BTCUSDT",
      orderId: taken.body.orderId,
    });
    assert.deepEqual([filled.status, filled.body.status], [200, "FILLED"]);
    const resting = await exchange.signed(alice, "GET", "/api/v3/order", {
      symbol: "BTCUSDT",
      origClientOrderId: "first",
    });
    assert.equal(resting.body.status, "PARTIALLY_FILLED");
    const trades = await exchange.signed(alice, "GET", "/api/v3/myTrades", { symbol: "BTCUSDT" });
    assert.deepEqual(
      trades.body.map((trade: { id: number; isMaker: boolean; commission: string }) => [
        trade.id,
        trade.isMaker,
        trade.commission,
      ]),
      [[1, true, "12.00000000"]],
    );
    const all = await exchange.signed(alice, "GET", "/api/v3/allOrders", { symbol: "BTCUSDT" });
    assert.equal(all.body[0].executedQty, "0.20000000");

    const canceled = await exchange.signed(alice, "DELETE", "/api/v3/order", {
      symbol: "BTCUSDT",
      origClientOrderId: "first",
    });
    assert.deepEqual(
      [canceled.body.status, canceled.body.origClientOrderId, canceled.body.executedQty],
      ["CANCELED", "first", "0.20000000"],
    );
    const again = await exchange.signed(alice, "DELETE", "/api/v3/order", {
      symbol: "BTCUSDT",
      origClientOrderId: "first",
    });
    assert.deepEqual([again.status, again.body], [400, { code: -2011, msg: "Unknown order sent." }]);
    const after = await exchange.signed(alice, "GET", "/api/v3/order", { symbol: "BTCUSDT", orderId });
    assert.equal(after.body.status, "CANCELED");
  });

  it("answers a repeat with the original result, and refuses another order under the same id", async () => {
    const { alice } = exchange;
    const order = { ...limit("BUY", "50000.00", "0.1"), newClientOrderId: "again" };
    const first = await exchange.signed(alice, "POST", "/api/v3/order", order);
    const second = await exchange.signed(alice, "POST", "/api/v3/order", order);
    assert.deepEqual(second.body, first.body);
    assert.equal(first.headers["x-mbx-order-count-1d"], second.headers["x-mbx-order-count-1d"]);
    const other = await exchange.signed(alice, "POST", "/api/v3/order", { ...order, price: "50001.00" });
    assert.deepEqual([other.status, other.body], [400, { code: -2010, msg: "Duplicate order sent." }]);
    // Without an id of its own, the same signed request is the same order.
    const anonymous = { ...limit("BUY", "50000.00", "0.1"), timestamp: exchange.nowMs() };
    const one = await exchange.signed(alice, "POST", "/api/v3/order", anonymous);
    const two = await exchange.signed(alice, "POST", "/api/v3/order", anonymous);
    assert.equal(one.status, 200);
    assert.deepEqual(two.body, one.body);
    const canceled = await exchange.signed(alice, "DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
    assert.equal(canceled.body.length, 2);
  });

  it("row 2: knows an id again whose order was filled long ago", async () => {
    const { alice, bob } = exchange;
    const order = { ...limit("SELL", "61000.00", "0.1"), newClientOrderId: "filled" };
    const { body: first } = await exchange.signed(alice, "POST", "/api/v3/order", order);
    const taker = await exchange.signed(bob, "POST", "/api/v3/order", limit("BUY", "61000.00", "0.1"));
    assert.equal(taker.body.status, "FILLED");
    const trades = () => exchange.signed(alice, "GET", "/api/v3/myTrades", { symbol: "BTCUSDT" });
    const { length } = (await trades()).body;
    const again = await exchange.signed(alice, "POST", "/api/v3/order", order);
    assert.deepEqual([again.status, again.body], [200, first]);
    const other = await exchange.signed(alice, "POST", "/api/v3/order", { ...order, quantity: "0.2" });
    assert.deepEqual([other.status, other.body], [400, { code: -2010, msg: "Duplicate order sent." }]);
    assert.equal((await trades()).body.length, length);
    const open = await exchange.signed(alice, "GET", "/api/v3/openOrders", { symbol: "BTCUSDT" });
    assert.deepEqual(open.body, []);
  });

  it("row 24: takes a signed request once, however its signature is spelled", async () => {
    const { alice } = exchange;
    const payload = queryOf({ ...limit("BUY", "50000.00", "0.1"), timestamp: exchange.nowMs() });
    const signature = hmac(alice, payload);
    const send = async (url: string, apiKey = alice.apiKey, body = "") =>
      (await exchange.raw("POST", `/api/v3/order${url}`, { headers: { "x-mbx-apikey": apiKey }, body })).body;
    const { orderId } = await send(`?${payload}&signature=${signature}`);
    const cut = payload.indexOf("&price=");
    for (const [url, body] of [
      [`?${payload}&signature=${signature.toUpperCase()}`, ""],
      [`?${payload}&signature=${signature.slice(0, 32)}${signature.slice(32).toUpperCase()}`, ""],
      [`?${payload}&signature=%${signature.charCodeAt(0).toString(16)}${signature.slice(1)}`, ""],
      [`?signature=${signature}&${payload}`, ""],
      [`?${payload.slice(0, cut)}`, `${payload.slice(cut)}&signature=${signature}`],
    ] as const) {
      assert.equal((await send(url, alice.apiKey, body)).orderId, orderId, url + body);
    }

    const pair = generateKeyPairSync("ed25519");
    const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }) as string;
    const made = await exchange.keyStore.create({
      account: 1,
      label: "",
      scopes: ["READ", "TRADE"],
      publicKey,
    });
    const { apiKey } = made.entry;
    const bytes = sign(null, Buffer.from(payload), pair.privateKey);
    const base64 = bytes.toString("base64");
    const first = await send(`?${payload}&signature=${encodeURIComponent(base64)}`, apiKey);
    assert.equal(typeof first.orderId, "number");
    for (const spelling of [bytes.toString("base64url"), base64.replace(/=+$/, ""), ` ${base64}`]) {
      const again = await send(`?${payload}&signature=${encodeURIComponent(spelling)}`, apiKey);
      assert.equal(again.orderId, first.orderId, spelling);
    }
    await exchange.signed(alice, "DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  it("replaces, in all four outcomes", async () => {
    const { alice } = exchange;
    const path = "/api/v3/order/cancelReplace";
    const place = async (): Promise<number> =>
      (await exchange.signed(alice, "POST", "/api/v3/order", limit("BUY", "50000.00", "0.1"))).body.orderId;
    const replaced = await exchange.signed(alice, "POST", path, {
      ...limit("BUY", "50100.00", "0.1"),
      cancelReplaceMode: "STOP_ON_FAILURE",
      cancelOrderId: await place(),
    });
    assert.equal(replaced.status, 200);
    assert.deepEqual(
      [
        replaced.body.cancelResult,
        replaced.body.newOrderResult,
        replaced.body.cancelResponse.status,
        replaced.body.newOrderResponse.status,
      ],
      ["SUCCESS", "SUCCESS", "CANCELED", "NEW"],
    );
    const stopped = await exchange.signed(alice, "POST", path, {
      ...limit("BUY", "50100.00", "0.1"),
      cancelReplaceMode: "STOP_ON_FAILURE",
      cancelOrderId: 3,
    });
    assert.deepEqual(
      [stopped.status, stopped.body],
      [
        400,
        {
          code: -2022,
          msg: "Order cancel-replace failed.",
          data: {
            cancelResult: "FAILURE",
            newOrderResult: "NOT_ATTEMPTED",
            cancelResponse: { code: -2011, msg: "Unknown order sent." },
            newOrderResponse: null,
          },
        },
      ],
    );
    const allowed = await exchange.signed(alice, "POST", path, {
      ...limit("BUY", "50200.00", "0.1"),
      cancelReplaceMode: "ALLOW_FAILURE",
      cancelOrderId: 3,
    });
    assert.deepEqual(
      [allowed.status, allowed.body.code, allowed.body.data.cancelResult, allowed.body.data.newOrderResult],
      [409, -2021, "FAILURE", "SUCCESS"],
    );
    const refused = await exchange.signed(alice, "POST", path, {
      ...limit("BUY", "60000.00", "1000"),
      cancelReplaceMode: "STOP_ON_FAILURE",
      cancelOrderId: await place(),
    });
    assert.deepEqual(
      [refused.status, refused.body.data.cancelResult, refused.body.data.newOrderResponse],
      [409, "SUCCESS", { code: -2010, msg: "Account has insufficient balance for requested action." }],
    );
    await exchange.signed(alice, "DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  it("says a cancel is done only when this replacement did it", async () => {
    const { alice } = exchange;
    const place = async (id: string) =>
      (
        await exchange.signed(alice, "POST", "/api/v3/order", {
          ...limit("BUY", "50000.00", "0.1"),
          newClientOrderId: id,
        })
      ).body.orderId;
    await place("placed-alone");
    const ids = [await place("one"), await place("two")];
    const replace = (cancelOrderId: number, newClientOrderId: string) =>
      exchange.signed(alice, "POST", "/api/v3/order/cancelReplace", {
        ...limit("BUY", "50000.00", "0.1"),
        cancelReplaceMode: "STOP_ON_FAILURE",
        cancelOrderId,
        newClientOrderId,
      });
    const first = await replace(ids[0], "replacement");
    const again = await replace(ids[0], "replacement");
    assert.deepEqual([first.status, again.status, again.body], [200, 200, first.body]);
    for (const id of ["placed-alone", "replacement"]) {
      const other = await replace(ids[1], id);
      assert.deepEqual([other.status, other.body], [400, { code: -2010, msg: "Duplicate order sent." }], id);
    }
    const open = await exchange.signed(alice, "GET", "/api/v3/order", { symbol: "BTCUSDT", orderId: ids[1] });
    assert.equal(open.body.status, "NEW");
    await exchange.signed(alice, "DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  it("amends downwards and keeps the order's id", async () => {
    const { alice } = exchange;
    const placed = await exchange.signed(alice, "POST", "/api/v3/order", limit("BUY", "50000.00", "0.3"));
    const amend = (newQty: string) =>
      exchange.signed(alice, "PUT", "/api/v3/order/amend/keepPriority", {
        symbol: "BTCUSDT",
        orderId: placed.body.orderId,
        newQty,
      });
    const less = await amend("0.1");
    assert.deepEqual([less.status, less.body.amendedOrder.qty], [200, "0.10000000"]);
    assert.equal(less.body.amendedOrder.orderId, placed.body.orderId);
    const more = await amend("0.2");
    assert.deepEqual([more.status, more.body.code], [400, -2038]);
    await exchange.signed(alice, "DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  it("keeps one connection's orders in their order, and reads its own writes", async () => {
    const { alice } = exchange;
    const sent = Array.from({ length: 50 }, (_, index) =>
      exchange.signed(alice, "POST", "/api/v3/order", limit("BUY", `50000.${10 + index}`, "0.001")),
    );
    const answers = await Promise.all(sent);
    const ids = answers.map((answer) => answer.body.orderId);
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => a - b),
    );
    const all = await exchange.signed(alice, "GET", "/api/v3/allOrders", { symbol: "BTCUSDT", limit: 50 });
    assert.deepEqual(
      all.body.map((order: { orderId: number }) => order.orderId),
      ids,
    );
    const canceled = await exchange.signed(alice, "DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
    assert.equal(canceled.body.length, 50);
  });

  it("tests an order without placing it", async () => {
    const digest = await exchange.digest();
    const tested = await exchange.signed(
      exchange.alice,
      "POST",
      "/api/v3/order/test",
      limit("BUY", "1.00", "1"),
    );
    assert.deepEqual([tested.status, tested.body], [200, {}]);
    const rates = await exchange.signed(exchange.alice, "POST", "/api/v3/order/test", {
      ...limit("BUY", "1.00", "1"),
      computeCommissionRates: true,
    });
    assert.equal(rates.body.standardCommissionForOrder.maker, "0.00100000");
    assert.equal(await exchange.digest(), digest);
  });
});
