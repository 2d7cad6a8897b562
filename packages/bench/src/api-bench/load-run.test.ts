import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { runLoad } from "./load-run.js";
import type { LoadPlan } from "./plan.js";
import { testPlan } from "./testing/test-plan.js";

/** The server answers nothing for this long, once, in the timed part. */
const STALL_MS = 400;

describe("load generator", () => {
  let server: Server;
  let stallAtMs = Number.POSITIVE_INFINITY;
  /** Of so many answers one is the last of its connection. */
  let closesEvery = Number.POSITIVE_INFINITY;
  let answers = 0;
  /** Of so many requests one breaks its connection, and one is answered that something is away. */
  let failsEvery = Number.POSITIVE_INFINITY;
  const orderIds: string[] = [];

  before(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.setEncoding("latin1").on("data", (chunk: string) => {
        body += chunk;
      });
      request.on("end", () => {
        orderIds.push(new URLSearchParams(body).get("newClientOrderId")!);
        if (orderIds.length % failsEvery === 0) {
          request.socket.destroy();
          return;
        }
        if (orderIds.length % failsEvery === 1) response.statusCode = 503;
        const nowMs = performance.now();
        const waitMs = nowMs >= stallAtMs ? Math.max(0, stallAtMs + STALL_MS - nowMs) : 0;
        if (++answers % closesEvery === 0) response.setHeader("Connection", "close");
        setTimeout(() => response.end("{}"), waitMs);
      });
    });
    await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const plan = (changes: Partial<LoadPlan>): LoadPlan =>
    testPlan({ port: (server.address() as AddressInfo).port, ...changes });

  it("charges a server that stood still with every order that was due meanwhile (no coordinated omission)", async () => {
    stallAtMs = performance.now() + 1_200;
    const { sent, accepted, lost, latencyMs } = await runLoad(plan({ ratePerSecond: 100 }), () => {});
    assert.ok(sent >= 200, `${sent} of 200 were offered`);
    assert.equal(accepted, sent);
    assert.equal(lost, 0);
    // 40 orders were due in the stall and waited 200 ms on average; a closed loop would have seen two of them.
    assert.ok(latencyMs.max >= STALL_MS * 0.9, `max ${latencyMs.max} ms`);
    assert.ok(latencyMs.mean >= 20, `mean ${latencyMs.mean} ms`);
  });

  it("sends one order after the other on each connection of a closed loop", async () => {
    stallAtMs = Number.POSITIVE_INFINITY;
    const { sent, accepted, lost, rejected } = await runLoad(plan({ seconds: 0.5 }), () => {});
    assert.ok(sent > 0);
    assert.equal(accepted, sent);
    assert.equal(lost, 0);
    assert.deepEqual(rejected, {});
  });

  it("sends again, with the same id, what was not answered or refused because something is away", async () => {
    failsEvery = 7;
    orderIds.length = 0;
    const load = await runLoad(plan({ seconds: 1.2, warmUpSeconds: 0, retries: true }), () => {});
    failsEvery = Number.POSITIVE_INFINITY;
    assert.equal(load.accepted, load.sent);
    assert.deepEqual([load.lost, load.rejected], [0, {}]);
    assert.ok(load.retried >= 4, `${load.retried} sent again`);
    // What was sent again came under an id that was there before; orders from before the timed part come on top.
    assert.ok(new Set(orderIds).size >= load.sent);
    assert.ok(orderIds.length - new Set(orderIds).size >= load.retried);
    assert.ok(orderIds.length >= load.sent + load.retried);
    assert.equal(load.acceptedBySecond.length, 1);
  });

  it("counts as lost and rejected what it may not send again", async () => {
    failsEvery = 7;
    orderIds.length = 0;
    const load = await runLoad(plan({ seconds: 0.5, warmUpSeconds: 0 }), () => {});
    failsEvery = Number.POSITIVE_INFINITY;
    const refused = Object.values(load.rejected).reduce((sum, count) => sum + count, 0);
    assert.ok(load.lost > 0 && refused > 0);
    assert.equal(load.accepted + load.lost + refused, load.sent);
    assert.equal(load.retried, 0);
    assert.equal(new Set(orderIds).size, orderIds.length);
  });

  it("connects again when the server closes a connection with an answer, and loses nothing", async () => {
    closesEvery = 3;
    const { sent, accepted, lost } = await runLoad(plan({ seconds: 0.5 }), () => {});
    assert.ok(sent > 10, `${sent} sent`);
    assert.equal(accepted, sent);
    assert.equal(lost, 0);
  });
});
