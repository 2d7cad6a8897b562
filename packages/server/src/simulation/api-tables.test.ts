/**
 * The tables of order types, row by row over the API: each request is taken or refused as the plain reference says, and
 * then every account's open orders and balances are the reference's.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ORDER_LIST_TABLES,
  ORDER_TERMS_TABLES,
  REFERENCE,
  type ScenarioTable,
  Stage,
} from "@buttonwood/core/reference";
import { nameOf, type OrderState, OrderStatus, OrderType, Reason, Side } from "@buttonwood/protocol";
import { refusalOf } from "../gateway/errors.js";
import { orderListId } from "../gateway/order-report.js";
import { ApiStage, isRefusal } from "./api-stage.js";

const TRADERS = [1, 2, 3];

for (const table of [...ORDER_LIST_TABLES, ...ORDER_TERMS_TABLES]) {
  test(`over the API: ${table.title}`, () => playOverApi(table));
}

async function playOverApi({ rows, options }: ScenarioTable): Promise<void> {
  const stage = new Stage(REFERENCE, options ?? {});
  const setup = stage.history.splice(0).map(({ command }) => command);
  const api = await ApiStage.open(setup, TRADERS.length, stage.timeUs);
  try {
    for (const line of rows.split("\n")) {
      const row = line.split("|")[0]!.trim();
      if (row === "") continue;
      stage.play(row);
      for (const { command, events } of stage.history.splice(0)) {
        const answer = await api.play(command, stage.timeUs);
        const [result] = events;
        assert.ok(result?.kind === "RESULT");
        if (answer !== undefined) checkAnswer(row, result.reason, answer);
        await checkState(row, stage, api);
      }
    }
  } finally {
    await api.close();
  }
}

function checkAnswer(
  row: string,
  reason: Reason,
  { status, body }: { status: number; body: { code?: number } },
): void {
  if (!isRefusal(reason)) {
    assert.equal(status, 200, `${row}: ${JSON.stringify(body)}`);
  } else if (reason === Reason.MALFORMED_COMMAND) {
    // The gateway says what is wrong before the engine could.
    assert.equal(status, 400, `${row}: ${JSON.stringify(body)}`);
  } else {
    assert.equal(body.code, refusalOf(reason as Exclude<Reason, typeof Reason.OK>).entry.code, row);
  }
}

async function checkState(row: string, stage: Stage, api: ApiStage): Promise<void> {
  for (const account of TRADERS) {
    const expected = [...stage.open.values()].filter((order) => order.account === account).map(shownOrder);
    const told = (await api.openOrders(account)).map((order) => ({
      clientOrderId: order.clientOrderId,
      side: order.side,
      type: order.type,
      status: order.status,
      price: Number(order.price),
      stopPrice: Number(order.stopPrice),
      origQty: Number(order.origQty),
      executedQty: Number(order.executedQty),
      icebergQty: Number(order.icebergQty),
      trailingDelta: order.trailingDelta ?? 0,
      isInList: order.orderListId !== -1,
    }));
    const byId = (a: { clientOrderId: unknown }, b: { clientOrderId: unknown }): number =>
      String(a.clientOrderId) < String(b.clientOrderId) ? -1 : 1;
    assert.deepEqual(told.sort(byId), expected.sort(byId), `${row}: open orders of account ${account}`);
    const balances = ["usd", "btc", "eth"].map((name, asset) => {
      const { free, locked } = stage.balance(account, asset);
      return [name, free, locked];
    });
    assert.deepEqual(await api.balances(account), balances, `${row}: balances of account ${account}`);
  }
}

function shownOrder(order: OrderState) {
  return {
    clientOrderId: order.clientOrderId as unknown,
    side: nameOf(Side, order.side),
    type: nameOf(OrderType, order.type),
    status: nameOf(OrderStatus, order.status),
    price: order.priceTicks,
    stopPrice: order.stopTicks,
    origQty: order.lots,
    executedQty: order.executedLots,
    icebergQty: order.terms?.displayLots ?? 0,
    trailingDelta: order.terms?.trailingBips ?? 0,
    isInList: orderListId(order) !== -1,
  };
}
