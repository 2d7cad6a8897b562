import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Parameters, TestExchange, type TestKey } from "../../main/testing/test-exchange.js";

let exchange: TestExchange;

before(async () => {
  exchange = await TestExchange.start();
});
after(() => exchange.close());

const symbol = "BTCUSDT";
const place = (key: TestKey, path: string, parameters: Parameters) =>
  exchange.signed(key, "POST", `/api/v3/${path}`, { symbol, ...parameters });
const ask = (key: TestKey, path: string, parameters: Parameters = {}) =>
  exchange.signed(key, "GET", `/api/v3/${path}`, parameters);

const oco = (more: Parameters = {}): Parameters => ({
  side: "SELL",
  quantity: "0.2",
  aboveType: "LIMIT_MAKER",
  abovePrice: "61000",
  belowType: "STOP_LOSS_LIMIT",
  belowStopPrice: "59000",
  belowPrice: "58900",
  belowTimeInForce: "GTC",
  ...more,
});

const limit = (side: "BUY" | "SELL", price: string, quantity: string): Parameters => ({
  side,
  type: "LIMIT",
  timeInForce: "GTC",
  price,
  quantity,
});

/** Asks until an answer is as it should be. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 20_000;
  while (!(await holds())) {
    assert.ok(Date.now() < until, "it has not come to that within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("order lists over REST", () => {
  it("an OCO is placed, found by both of its ids, and ends when one of its orders is filled", async () => {
    const { alice, bob } = exchange;
    const made = await place(
      alice,
      "orderList/oco",
      oco({ listClientOrderId: "pair", aboveClientOrderId: "up" }),
    );
    assert.equal(made.status, 200, JSON.stringify(made.body));
    const { orderListId, orders, orderReports, ...rest } = made.body;
    assert.deepEqual(
      { ...rest, transactionTime: 0 },
      {
        contingencyType: "OCO",
        listStatusType: "EXEC_STARTED",
        listOrderStatus: "EXECUTING",
        listClientOrderId: "pair",
        transactionTime: 0,
        symbol,
      },
    );
    assert.equal(orders[0].clientOrderId, "up");
    assert.equal(orders[1].orderId, orders[0].orderId + 1);
    assert.deepEqual(
      orderReports.map((report: Record<string, unknown>) => [report.type, report.status, report.orderListId]),
      [
        ["LIMIT_MAKER", "NEW", orderListId],
        ["STOP_LOSS_LIMIT", "NEW", orderListId],
      ],
    );
    const again = await place(
      alice,
      "orderList/oco",
      oco({ listClientOrderId: "pair", aboveClientOrderId: "up" }),
    );
    assert.deepEqual([again.status, again.body.orderListId], [200, orderListId]);

    for (const named of [{ orderListId }, { origClientOrderId: "pair" }]) {
      const found = await ask(alice, "orderList", named);
      assert.deepEqual([found.body.orderListId, found.body.listOrderStatus], [orderListId, "EXECUTING"]);
    }
    const open = await ask(alice, "openOrderList");
    assert.deepEqual(
      open.body.map((list: { orderListId: number }) => list.orderListId),
      [orderListId],
    );
    assert.equal((await ask(bob, "orderList", { orderListId })).body.code, -2018);

    await place(bob, "order", limit("BUY", "61000", "0.2"));
    assert.deepEqual((await ask(alice, "openOrders", { symbol })).body, []);
    const done = await ask(alice, "orderList", { orderListId });
    assert.deepEqual([done.body.listStatusType, done.body.listOrderStatus], ["ALL_DONE", "ALL_DONE"]);
    const ended = await ask(alice, "order", { symbol, orderId: orders[1].orderId });
    assert.deepEqual([ended.body.status, ended.body.orderListId], ["EXPIRED", orderListId]);
    assert.deepEqual((await ask(alice, "openOrderList")).body, []);
    for (const [trader, listId] of [
      [alice, orderListId],
      [bob, -1],
    ] as const) {
      const [trade] = (await ask(trader, "myTrades", { symbol })).body;
      assert.equal(trade.orderListId, listId);
    }
  });

  it("is answered as it was when it is sent again, whole", async () => {
    const { alice } = exchange;
    const parameters = oco({
      listClientOrderId: "twice",
      abovePrice: "61500",
      aboveClientOrderId: "twice-a",
      belowClientOrderId: "twice-b",
      newOrderRespType: "ACK",
    });
    const first = await place(alice, "orderList/oco", parameters);
    assert.equal(first.status, 200, JSON.stringify(first.body));
    const second = await place(alice, "orderList/oco", parameters);
    assert.deepEqual(second.body, first.body);
    const changed = await place(alice, "orderList/oco", { ...parameters, quantity: "0.3" });
    assert.equal(changed.body.code, -2010);
    const canceled = await exchange.signed(alice, "DELETE", "/api/v3/orderList", {
      symbol,
      listClientOrderId: "twice",
      newClientOrderId: "stop-it",
    });
    assert.equal(canceled.status, 200, JSON.stringify(canceled.body));
    assert.deepEqual(
      canceled.body.orderReports.map((report: Record<string, unknown>) => [
        report.status,
        report.origClientOrderId,
        report.clientOrderId,
      ]),
      [
        ["CANCELED", "twice-a", "stop-it"],
        ["CANCELED", "twice-b", "stop-it"],
      ],
    );
  });

  it("the older form of OCO puts its orders above and below by their side", async () => {
    const { alice } = exchange;
    const legacy = {
      side: "BUY",
      quantity: "0.1",
      price: "50000",
      stopPrice: "70000",
      listClientOrderId: "older",
    };
    const made = await place(alice, "order/oco", legacy);
    assert.deepEqual(
      made.body.orderReports.map((report: Record<string, unknown>) => report.type),
      ["STOP_LOSS", "LIMIT_MAKER"],
    );
    const canceled = await exchange.signed(alice, "DELETE", "/api/v3/openOrders", { symbol });
    assert.equal(canceled.body.length, 1);
    assert.equal(canceled.body[0].listClientOrderId, "older");
    assert.equal(canceled.body[0].orderReports.length, 2);
  });

  it("an OTOCO begins its pair when the working order is filled", async () => {
    const { alice, bob } = exchange;
    const made = await place(alice, "orderList/otoco", {
      listClientOrderId: "three",
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "55000",
      workingQuantity: "0.1",
      workingTimeInForce: "GTC",
      pendingSide: "SELL",
      pendingQuantity: "0.1",
      pendingAboveType: "TAKE_PROFIT",
      pendingAboveStopPrice: "65000",
      pendingBelowType: "STOP_LOSS",
      pendingBelowStopPrice: "50000",
    });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    assert.equal(made.body.contingencyType, "OTO");
    assert.deepEqual(
      made.body.orderReports.map((report: Record<string, unknown>) => report.status),
      ["NEW", "PENDING_NEW", "PENDING_NEW"],
    );
    await place(bob, "order", limit("SELL", "55000", "0.1"));
    const open = await ask(alice, "openOrders", { symbol });
    assert.deepEqual(
      open.body.map((order: Record<string, unknown>) => [order.type, order.status]),
      [
        ["TAKE_PROFIT", "NEW"],
        ["STOP_LOSS", "NEW"],
      ],
    );
    const all = await exchange.signed(alice, "DELETE", "/api/v3/allOpenOrders");
    assert.equal(all.body.length, 1);
    const lists = await ask(alice, "allOrderList", { limit: 2 });
    assert.deepEqual(
      lists.body.map((list: Record<string, unknown>) => [list.listClientOrderId, list.listOrderStatus]),
      [
        ["older", "ALL_DONE"],
        ["three", "ALL_DONE"],
      ],
    );
    const from = await ask(alice, "allOrderList", { fromId: lists.body[1].orderListId });
    assert.deepEqual(
      from.body.map((list: Record<string, unknown>) => list.listClientOrderId),
      ["three"],
    );
  });

  it("what makes no list is refused as the convention says", async () => {
    const { alice } = exchange;
    const digest = await exchange.digest();
    const cases: readonly (readonly [string, Parameters, number])[] = [
      ["orderList/oco", oco({ aboveType: "LIMIT" }), -1158],
      ["orderList/oco", oco({ belowType: "LIMIT_MAKER" }), -1168],
      ["orderList/oco", oco({ side: "BUY" }), -1165],
      ["orderList/oco", oco({ aboveType: "STOP_LOSS", aboveStopPrice: "61000" }), -1197],
      ["orderList/oco", oco({ belowType: "TAKE_PROFIT" }), -1199],
      ["orderList/oco", oco({ belowIcebergQty: "0.1", belowTimeInForce: "IOC" }), -1160],
      ["orderList/oco", oco({ belowTimeInForce: "GTD" }), -1115],
      ["orderList/oco", oco({ aboveStopPrice: "61000" }), -1106],
      ["orderList/oco", oco({ quantity: "0" }), -1013],
    ];
    for (const [path, parameters, code] of cases) {
      const refused = await place(alice, path, parameters);
      assert.deepEqual([refused.status, refused.body.code], [400, code], JSON.stringify(refused.body));
    }
    const cancel = (parameters: Parameters) =>
      exchange.signed(alice, "DELETE", "/api/v3/orderList", { symbol, ...parameters });
    for (const [parameters, code] of [
      [{}, -1102],
      [{ orderListId: 0 }, -2011],
    ] as const) {
      assert.equal((await cancel(parameters)).body.code, code);
    }
    assert.equal((await ask(alice, "orderList", { origClientOrderId: "nobody" })).body.code, -2018);
    assert.equal(await exchange.digest(), digest);
    // These the engine refuses.
    assert.equal((await cancel({ listClientOrderId: "nobody" })).body.code, -2011);
    const crossed = await place(alice, "orderList/oco", oco({ abovePrice: "50000" }));
    assert.deepEqual([crossed.status, crossed.body.code], [400, -2010]);
  });
});

describe("time over REST", () => {
  it("an order good till a date expires by itself, and says until when it is good", async () => {
    const { alice } = exchange;
    const goodTillDate = exchange.nowMs() + 400;
    const made = await place(alice, "order", {
      ...limit("SELL", "62000", "0.1"),
      timeInForce: "GTD",
      goodTillDate,
      newClientOrderId: "brief",
    });
    assert.deepEqual([made.body.timeInForce, made.body.goodTillDate], ["GTD", goodTillDate]);
    await eventually(async () => {
      const { body } = await ask(alice, "order", { symbol, origClientOrderId: "brief" });
      return body.status === "EXPIRED";
    });
    for (const [more, code] of [
      [{ timeInForce: "GTD" }, -1102],
      [{ goodTillDate: exchange.nowMs() + 60_000 }, -1106],
      [{ timeInForce: "GTD", goodTillDate: 1 }, -1130],
    ] as const) {
      const refused = await place(alice, "order", { ...limit("SELL", "62000", "0.1"), ...more });
      assert.equal(refused.body.code, code, JSON.stringify(refused.body));
    }
  });

  it("a countdown that is not set again cancels everything, and one that is, or is taken away, nothing", async () => {
    const { alice, bob } = exchange;
    await place(alice, "order", { ...limit("SELL", "63000", "0.1"), newClientOrderId: "left" });
    await place(bob, "order", { ...limit("SELL", "63000", "0.1"), newClientOrderId: "kept" });
    const set = await exchange.signed(bob, "POST", "/api/v3/countdownCancelAll", { countdownTime: 600_000 });
    assert.equal(set.body.countdownTime, 600_000);
    assert.ok(set.body.cancelTime > exchange.nowMs() + 500_000);
    const off = await exchange.signed(bob, "POST", "/api/v3/countdownCancelAll", { countdownTime: 0 });
    assert.deepEqual(off.body, { countdownTime: 0, cancelTime: 0 });
    await exchange.signed(alice, "POST", "/api/v3/countdownCancelAll", { countdownTime: 300 });
    await eventually(async () => {
      const { body } = await ask(alice, "order", { symbol, origClientOrderId: "left" });
      return body.status === "CANCELED";
    });
    const kept = await ask(bob, "order", { symbol, origClientOrderId: "kept" });
    assert.equal(kept.body.status, "NEW");
  });
});
