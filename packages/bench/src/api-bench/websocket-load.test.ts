import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import { runLoad } from "./load-run.js";
import { testPlan } from "./testing/test-plan.js";

interface Asked {
  readonly id: number | string;
  readonly method: string;
  readonly params: Readonly<Record<string, string | number>>;
}

type Answer = (socket: WebSocket, asked: Asked) => void;

const accept: Answer = (socket, { id }) => socket.send(`{"id":${id},"status":200,"result":{}}`);

describe("load over the WebSocket API", () => {
  let server: WebSocketServer;

  /** A server that opens sessions of the key, and answers what comes then. */
  const serve = async (answer: Answer): Promise<number> => {
    server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/ws-api/v3" });
    server.on("connection", (socket) => {
      socket.on("message", (data) => {
        const asked = JSON.parse(String(data)) as Asked;
        if (asked.method !== "session.logon") {
          answer(socket, asked);
          return;
        }
        const { apiKey, timestamp, signature } = asked.params;
        const fits = createHmac("sha256", "secret")
          .update(`apiKey=${apiKey}&timestamp=${timestamp}`)
          .digest("hex");
        socket.send(
          fits === signature
            ? `{"id":"logon","status":200,"result":{}}`
            : `{"id":"logon","status":401,"error":{"code":-2015,"msg":"no"}}`,
        );
      });
    });
    await new Promise((listening) => server.once("listening", listening));
    return (server.address() as AddressInfo).port;
  };

  const plan = (port: number, inFlight = 4) =>
    testPlan({ port, transport: "websocket", inFlight, warmUpSeconds: 0, seconds: 0.5 });

  afterEach(async () => {
    for (const socket of server.clients) socket.terminate();
    await new Promise((closed) => server.close(closed));
  });

  it("keeps so many requests under way on each session as it is told, and takes answers in any order", async () => {
    const waiting = new Map<WebSocket, Asked[]>();
    let most = 0;
    const port = await serve((socket, asked) => {
      const own = waiting.get(socket) ?? [];
      waiting.set(socket, own);
      own.push(asked);
      most = Math.max(most, own.length);
      // The newest first.
      setTimeout(() => {
        const next = own.pop();
        if (next !== undefined) accept(socket, next);
      }, 2);
    });
    const load = await runLoad(plan(port, 4), () => {});
    assert.ok(load.sent > 20, `${load.sent} sent`);
    assert.deepEqual([load.accepted, load.lost, load.rejected], [load.sent, 0, {}]);
    assert.equal(most, 4);
  });

  it("counts refusals by their reason", async () => {
    const port = await serve((socket, { id }) =>
      socket.send(`{"id":${id},"status":400,"error":{"code":-2010,"msg":"No funds."}}`),
    );
    const load = await runLoad(plan(port), () => {});
    assert.equal(load.accepted, 0);
    assert.deepEqual(load.rejected, { "400 -2010 No funds.": load.sent });
  });

  it("says so when a session is refused, or ends", async () => {
    const port = await serve((socket) => socket.terminate());
    await assert.rejects(
      runLoad({ ...plan(port), keys: [{ apiKey: "key", secretKey: "another" }] }, () => {}),
      /session\.logon was refused: .*-2015/,
    );
    await assert.rejects(
      runLoad(plan(port), () => {}),
      /closed by the exchange/,
    );
  });
});
