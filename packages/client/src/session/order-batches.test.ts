import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import { ConnectionEndedError, OrderBatches, OutcomeUnknownError, RefusedError } from "../index.js";

interface Asked {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const KEY = { apiKey: "key", secretKey: "secret" };
const ORDER = { side: "BUY", price: "1.5", quantity: "2", clientOrderId: "a-1" } as const;

describe("OrderBatches", () => {
  let server: WebSocketServer;
  let session: OrderBatches | undefined;
  const asked: Asked[] = [];

  /** A server that logs everybody on, and answers the rest as it is told. */
  const serve = async (answer: (socket: WebSocket, asked: Asked) => void): Promise<string> => {
    asked.length = 0;
    server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/ws-api/v3" });
    server.on("connection", (socket) => {
      socket.on("message", (data) => {
        const question = JSON.parse(String(data)) as Asked;
        asked.push(question);
        if (question.method === "session.logon")
          socket.send(`{"id":${question.id},"status":200,"result":{}}`);
        else answer(socket, question);
      });
    });
    await new Promise((listening) => server.once("listening", listening));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  afterEach(async () => {
    session?.close();
    for (const socket of server.clients) socket.terminate();
    await new Promise((closed) => server.close(closed));
  });

  it("logs on with a signature, and sends orders as rows", async () => {
    const url = await serve((socket, { id }) =>
      socket.send(`{"id":${id},"status":200,"result":[[7,"NEW","0"],{"code":-2010,"msg":"No funds."}]}`),
    );
    session = await OrderBatches.open({ url, ...KEY });
    const entries = await session.place("BTCUSDT", [ORDER, { ...ORDER, clientOrderId: 'b"2' }], {
      timeInForce: "IOC",
    });
    assert.deepEqual(entries, [
      { taken: true, orderId: 7, status: "NEW", executedQty: "0" },
      { taken: false, code: -2010, message: "No funds." },
    ]);
    const [logon, place] = asked;
    const { timestamp, signature } = logon!.params;
    const payload = `apiKey=key&timestamp=${timestamp}`;
    assert.equal(signature, createHmac("sha256", "secret").update(payload).digest("hex"));
    const { timestamp: sentMs, ...parameters } = place!.params;
    assert.equal(typeof sentMs, "number");
    assert.deepEqual(parameters, {
      symbol: "BTCUSDT",
      orders: [
        ["BUY", "1.5", "2", "a-1"],
        ["BUY", "1.5", "2", 'b"2'],
      ],
      timeInForce: "IOC",
    });
  });

  it("gives each answer to the message that it is of, in any order", async () => {
    const waiting: [WebSocket, number][] = [];
    const url = await serve((socket, { id }) => {
      waiting.push([socket, id]);
      if (waiting.length < 2) return;
      for (const [each, number] of waiting.reverse()) {
        each.send(`{"id":${number},"status":200,"result":[[${number},"NEW","0"]]}`);
      }
    });
    session = await OrderBatches.open({ url, ...KEY });
    const placed = await Promise.all([session.place("A", [ORDER]), session.place("B", [ORDER])]);
    const ids = placed.map(([entry]) => entry!.taken && entry!.orderId);
    assert.deepEqual(ids, [2, 3]);
  });

  it("tells apart what was refused, what was never sent, and what nobody knows", async () => {
    const url = await serve((socket, { id, params }) => {
      if (params.symbol === "NONE") {
        socket.send(`{"id":${id},"status":400,"error":{"code":-1121,"msg":"Invalid symbol."}}`);
      } else socket.terminate();
    });
    session = await OrderBatches.open({ url, ...KEY });
    await assert.rejects(
      session.place("NONE", [ORDER]),
      (error) => error instanceof RefusedError && error.code === -1121 && error.message === "Invalid symbol.",
    );
    await assert.rejects(session.place("A", [ORDER]), OutcomeUnknownError);
    await assert.rejects(session.place("A", [ORDER]), ConnectionEndedError);
  });

  it("says so when nobody listens", async () => {
    const url = await serve(() => {});
    const other = new URL(url);
    other.port = "1";
    await assert.rejects(OrderBatches.open({ url: other.origin, ...KEY }), /ECONNREFUSED/);
  });
});
