import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "iovalkey";
import pg from "pg";
import { runLoad } from "../api-bench/load-run.js";
import { planMarkets } from "../api-bench/market-plan.js";
import { MARKETS } from "./markets.js";
import { ORDER_TABLE } from "./order-table.js";
import { type OwnServers, startOwnServers } from "./own-servers.js";
import { QUEUE } from "./settings.js";
import { type ClassicPipeline, startClassic } from "./start-classic.js";

/** Of the load generator. */
const CONNECTIONS = 8;

describe("classic pipeline", () => {
  let home: string;
  let servers: OwnServers;
  let classic: ClassicPipeline;
  let database: pg.Client;
  let redis: Redis;

  before(async () => {
    home = mkdtempSync(join(tmpdir(), "buttonwood-classic-"));
    chmodSync(home, 0o755);
    servers = await startOwnServers(join(home, "servers"));
    const { postgres } = servers;
    classic = await startClassic({
      backends: 2,
      workers: 2,
      postgres,
      redis: servers.redis,
      folder: join(home, "classic"),
      accounts: 2,
    });
    database = new pg.Client(postgres);
    await database.connect();
    redis = new Redis(servers.redis);
  });

  after(async () => {
    redis?.disconnect();
    await database?.end();
    await classic?.stop();
    await servers?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const send = async (account: number, parameters: Record<string, string>, secretKey?: string) => {
    const { apiKey, secretKey: own } = classic.keys[account]!;
    const text = new URLSearchParams({
      symbol: "BTCUSDT",
      type: "LIMIT",
      timeInForce: "GTC",
      newOrderRespType: "FULL",
      ...parameters,
    }).toString();
    const signature = createHmac("sha256", secretKey ?? own)
      .update(text)
      .digest("hex");
    const answer = await fetch(`${classic.url}/api/v3/order`, {
      method: "POST",
      headers: { "X-MBX-APIKEY": apiKey, "Content-Type": "application/x-www-form-urlencoded" },
      body: `${text}&signature=${signature}`,
    });
    return {
      status: answer.status,
      server: answer.headers.get("server"),
      body: (await answer.json()) as Record<string, unknown>,
    };
  };
  const rows = async () =>
    (
      await database.query(
        `SELECT client_order_id, account, status, quantity, executed_quantity FROM ${ORDER_TABLE} ORDER BY id`,
      )
    ).rows;

  it("takes two orders through nginx, queues, matches and stores them", async () => {
    const sell = { side: "SELL", price: "60000.00", quantity: "0.0010", newClientOrderId: "maker" };
    const buy = { side: "BUY", price: "60001.00", quantity: "0.0015", newClientOrderId: "taker" };
    const maker = await send(0, sell);
    const taker = await send(1, buy);
    assert.deepEqual([maker.status, maker.server, maker.body.status], [200, "nginx", "NEW"]);
    assert.equal(taker.status, 200);
    const { status, executedQty, cummulativeQuoteQty, fills } = taker.body;
    assert.deepEqual(
      { status, executedQty, cummulativeQuoteQty, fills },
      {
        status: "PARTIALLY_FILLED",
        executedQty: "0.0010",
        cummulativeQuoteQty: "60.000000",
        fills: [{ price: "60000.00", qty: "0.0010" }],
      },
    );
    const rest = await send(0, { ...sell, quantity: "0.0005", newClientOrderId: "rest" });
    assert.deepEqual(rest.body.fills, [{ price: "60001.00", qty: "0.0005" }]);
    assert.deepEqual(await rows(), [
      {
        client_order_id: "maker",
        account: 0,
        status: "NEW",
        quantity: "0.0010",
        executed_quantity: "0.0000",
      },
      {
        client_order_id: "taker",
        account: 1,
        status: "PARTIALLY_FILLED",
        quantity: "0.0015",
        executed_quantity: "0.0010",
      },
      {
        client_order_id: "rest",
        account: 0,
        status: "FILLED",
        quantity: "0.0005",
        executed_quantity: "0.0005",
      },
    ]);
    const queued = (await redis.lrange(QUEUE, 0, -1)).map((text) => JSON.parse(text).clientOrderId);
    assert.deepEqual(queued, ["rest", "taker", "maker"]);
  });

  it("refuses a wrong signature, an unknown key and an order that fits no market, and stores nothing", async () => {
    const before = await rows();
    const order = { side: "BUY", price: "60000.00", quantity: "0.0010", newClientOrderId: "wrong" };
    const wrong = await send(0, order, "another secret");
    assert.deepEqual([wrong.status, wrong.body.code], [400, -1022]);
    const offGrid = await send(0, { ...order, price: "60000.001" });
    assert.deepEqual([offGrid.status, offGrid.body.code], [400, -1013]);
    const unknown = await fetch(`${classic.url}/api/v3/order`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "symbol=BTCUSDT&signature=0",
    });
    assert.equal(unknown.status, 401);
    assert.deepEqual(await rows(), before);
  });

  it("takes what the load generator sends, and every answered order has its final status", async () => {
    const { hostname, port } = new URL(classic.url);
    const markets = await planMarkets(
      classic.url,
      MARKETS.map(({ symbol }) => symbol),
    );
    const { sent, accepted, lost, rejected } = await runLoad(
      {
        host: hostname,
        port: Number(port),
        transport: "http",
        connections: CONNECTIONS,
        inFlight: 1,
        flow: "limits",
        warmUpSeconds: 0,
        seconds: 1,
        keys: classic.keys,
        markets,
        seed: 5,
        responseType: "ACK",
      },
      () => {},
    );
    assert.ok(sent > 0);
    assert.deepEqual([accepted, lost, rejected], [sent, 0, {}]);
    const { rows: counts } = await database.query(
      `SELECT count(*)::int AS stored, count(*) FILTER (WHERE status = 'PENDING')::int AS pending
        FROM ${ORDER_TABLE} WHERE client_order_id LIKE 'b5-%'`,
    );
    const { stored, pending } = counts[0] as { stored: number; pending: number };
    assert.equal(pending, 0);
    // Before the timed part each connection has sent an order.
    assert.ok(stored >= sent && stored <= sent + CONNECTIONS * 2, `${stored} of ${sent} are stored`);
  });

  it("leaves no process and no folder behind", async () => {
    const { edge, backends, engine } = classic.pids;
    const below = [edge!, ...backends].flatMap(childrenOf);
    assert.ok(below.length >= 1 + 4, `${below.length} workers`);
    await classic.stop();
    // Workers of nginx end with their group, a moment after it.
    const all = [edge!, ...backends, engine, ...below];
    for (let i = 0; i < 100 && all.some(isAlive); i++) await sleep(50);
    assert.deepEqual(all.filter(isAlive), []);
    assert.ok(!existsSync(join(home, "classic")));
    await assert.rejects(fetch(classic.url));
  });
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
