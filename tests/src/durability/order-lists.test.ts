/** Order lists and terms of orders survive kill -9: as they were told, and in what they do then. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.js";
import { buttonwood, Exchange } from "../support/exchange.js";
import { type Answer, type Parameters, SignedClient } from "../support/signed-client.js";

const symbol = "BTCUSDT";

test("order lists, icebergs, trailing stops and dates are after a kill -9 what they were, and go on", async () => {
  const exchange = await Exchange.start();
  try {
    const alice = new SignedClient(exchange.url, exchange.keys.alice, 2);
    const bob = new SignedClient(exchange.url, exchange.keys.bob, 2);
    const send = async (who: SignedClient, path: string, parameters: Parameters): Promise<Answer> => {
      const answer = await who.signed("POST", `/api/v3/${path}`, { symbol, ...parameters });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answer;
    };
    const limit = (side: string, price: number, quantity: string, more: Parameters = {}): Parameters => ({
      side,
      type: "LIMIT",
      timeInForce: "GTC",
      price,
      quantity,
      ...more,
    });
    const { body } = await alice.public("/api/v3/avgPrice", { symbol });
    const middle = Math.round(Number(body.price));
    await send(bob, "order", limit("BUY", middle, "0.1"));
    await send(alice, "order", limit("SELL", middle, "0.1"));

    await send(alice, "orderList/oco", {
      side: "SELL",
      quantity: "0.2",
      aboveType: "LIMIT_MAKER",
      abovePrice: middle + 500,
      aboveClientOrderId: "oco-up",
      belowType: "STOP_LOSS",
      belowStopPrice: middle - 500,
      belowClientOrderId: "oco-down",
      listClientOrderId: "oco",
    });
    await send(alice, "orderList/otoco", {
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: middle - 100,
      workingQuantity: "0.1",
      workingTimeInForce: "GTC",
      workingClientOrderId: "working",
      pendingSide: "SELL",
      pendingQuantity: "0.1",
      pendingAboveType: "LIMIT_MAKER",
      pendingAbovePrice: middle + 600,
      pendingAboveClientOrderId: "profit",
      pendingBelowType: "STOP_LOSS_LIMIT",
      pendingBelowStopPrice: middle - 700,
      pendingBelowPrice: middle - 710,
      pendingBelowTimeInForce: "GTC",
      pendingBelowClientOrderId: "loss",
      listClientOrderId: "otoco",
    });
    await send(
      alice,
      "order",
      limit("SELL", middle + 50, "0.5", { icebergQty: "0.1", newClientOrderId: "ice" }),
    );
    await send(bob, "order", limit("BUY", middle + 50, "0.15"));
    await send(alice, "order", {
      side: "SELL",
      type: "STOP_LOSS_LIMIT",
      timeInForce: "GTC",
      quantity: "0.1",
      price: middle - 2_000,
      trailingDelta: 200,
      newClientOrderId: "trailing",
    });
    await send(
      alice,
      "order",
      limit("SELL", middle + 900, "0.1", {
        timeInForce: "GTD",
        goodTillDate: Date.now() + 2_500,
        newClientOrderId: "brief",
      }),
    );

    const told = async (): Promise<unknown[]> => {
      const paths = ["openOrders", "openOrderList", "allOrderList", "account"];
      const answers = await Promise.all(paths.map((path) => alice.signed("GET", `/api/v3/${path}`)));
      return answers.map(({ body: said }, i) => (paths[i] === "account" ? { ...said, updateTime: 0 } : said));
    };
    const withoutBrief = (said: unknown[]): unknown =>
      (said[0] as { clientOrderId: string }[]).filter((order) => order.clientOrderId !== "brief");
    const before = await told();
    await exchange.kill();
    await exchange.restart();
    const after = await told();
    assert.deepEqual(withoutBrief(after), withoutBrief(before));
    assert.deepEqual(after.slice(1, 3), before.slice(1, 3));

    // A date that passed while nobody ran, or passes now, is kept.
    await eventually("the order good till a date to expire", async () => {
      const brief = await alice.signed("GET", "/api/v3/order", { symbol, origClientOrderId: "brief" });
      return brief.body.status === "EXPIRED" ? true : undefined;
    });
    // The working order is filled: the pair begins. The OCO's order is filled: the other ends.
    await send(bob, "order", limit("SELL", middle - 100, "0.1"));
    await send(bob, "order", limit("BUY", middle + 500, "0.65", { timeInForce: "IOC" }));
    const status = async (origClientOrderId: string): Promise<string> =>
      (await alice.signed("GET", "/api/v3/order", { symbol, origClientOrderId })).body.status;
    assert.deepEqual(
      await Promise.all(["working", "profit", "loss", "ice", "oco-up", "oco-down"].map(status)),
      ["FILLED", "NEW", "NEW", "FILLED", "FILLED", "EXPIRED"],
    );
    alice.close();
    bob.close();
    assert.equal(await exchange.stop(), 0);
    const verified = await buttonwood("verify", "--data", exchange.data);
    assert.equal(verified.code, 0, verified.stderr + verified.stdout);
  } finally {
    await exchange.remove();
  }
});
