/** A whole cluster from outside: real servers, stock clients, processes that are killed. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MainClient } from "binance";
import { type CcxtClient, ccxtClient } from "../clients/ccxt-client.js";
import { LocalCluster } from "../support/cluster.js";
import { units } from "../support/decimals.js";
import { eventually } from "../support/eventually.js";

/** One market of each partition, with the price it begins at. */
const MARKETS = [
  { symbol: "BTC/USDT", base: "BTC", partition: 1, price: 60_000 },
  { symbol: "MSFT/USD", base: "MSFT", partition: 0, price: 420 },
] as const;

/** Of every trade, in units of the base asset. */
const QUANTITY = 0.1;

/** Promised are 5 s; here other tests may have the processors. */
const TAKEOVER_MS_MAX = 10_000;

let cluster: LocalCluster;
let alice: CcxtClient;
let bob: CcxtClient;

before(async () => {
  cluster = await LocalCluster.start(
    ...["--partitions", "2", "--shards", "1", "--standbys", "--redis-nodes", "3"],
    ...["--backends", "1", "--workers", "1"],
  );
  alice = await ccxtClient(cluster, cluster.keys.alice);
  // ccxt wants its users to know that this is a costly question.
  alice.options.fetchOpenOrders = { warnWithoutSymbol: false };
  bob = await ccxtClient(cluster, cluster.keys.bob);
});

after(async () => {
  await alice?.close();
  await bob?.close();
  await cluster?.remove();
});

async function total(client: CcxtClient, asset: string): Promise<bigint> {
  const { info } = await client.fetchBalance();
  const entry = info.balances.find((balance: { asset: string }) => balance.asset === asset);
  return units(entry?.free ?? "0") + units(entry?.locked ?? "0");
}

/** Alice buys from bob in every market. */
async function tradeEverywhere(): Promise<void> {
  for (const { symbol, price } of MARKETS) {
    const sell = await bob.createOrder(symbol, "limit", "sell", QUANTITY, price);
    const buy = await alice.createOrder(symbol, "limit", "buy", QUANTITY, price);
    assert.equal(buy.status, "closed", symbol);
    assert.equal((await bob.fetchOrder(String(sell.id), symbol)).status, "closed", symbol);
  }
}

test("every part runs, and each partition has a leader and a standby", async () => {
  const parts = await cluster.parts();
  const count = (role: string): number => parts.filter((part) => part.role === role).length;
  assert.deepEqual(
    ["postgres", "redis", "engine", "projection", "backend", "nginx"].map(count),
    [2, 3, 4, 2, 1, 1],
  );
  for (const partition of [0, 1]) {
    const states = parts.filter((part) => part.role === "engine" && part.partition === partition);
    assert.deepEqual(states.map(({ state }) => state).sort(), ["leading", "standing by"]);
  }
});

test("one account trades on the symbols of every partition, and sees all of it as one", async () => {
  const before = await Promise.all(MARKETS.map(({ base }) => total(alice, base)));
  await tradeEverywhere();
  for (const [index, { base, symbol }] of MARKETS.entries()) {
    // Less the fee of a thousandth.
    assert.equal((await total(alice, base)) - before[index]!, units("0.0999"), symbol);
    assert.equal((await alice.fetchMyTrades(symbol)).length, 1, symbol);
  }
  const ids: string[] = [];
  for (const { symbol, price } of MARKETS) {
    ids.push(String((await alice.createOrder(symbol, "limit", "buy", QUANTITY, price / 2)).id));
  }
  const open = (await alice.fetchOpenOrders()).map(({ id }) => String(id));
  assert.deepEqual(open.sort(), ids.sort());
  for (const [index, { symbol }] of MARKETS.entries()) await alice.cancelOrder(ids[index]!, symbol);
  assert.deepEqual(await alice.fetchOpenOrders(), []);
});

test("a second stock client trades there too", async () => {
  const { apiKey, secretKey } = cluster.keys.alice;
  const client = new MainClient({
    api_key: apiKey,
    api_secret: secretKey,
    baseUrl: cluster.url,
    disableTimeSync: true,
  });
  for (const { symbol, base, price } of MARKETS) {
    const name = symbol.replace("/", "");
    const before = await total(bob, base);
    await bob.createOrder(symbol, "limit", "buy", QUANTITY, price);
    const order = { symbol: name, side: "SELL", type: "MARKET", quantity: QUANTITY } as const;
    const sold = await client.submitNewOrder({ ...order, newOrderRespType: "RESULT" });
    assert.equal(sold.status, "FILLED", name);
    assert.equal((await total(bob, base)) - before, units("0.0999"), name);
    assert.equal((await client.getAccountTradeList({ symbol: name })).length, 2, name);
  }
});

test("leadership is handed over, and orders go on", async () => {
  const reply = await cluster.command<{ from: string; to: string }>("handover", "0");
  assert.notEqual(reply.from, reply.to);
  await tradeEverywhere();
});

test("a leader that is killed is followed by its standby, and comes back as one", async (t) => {
  const leader = (await cluster.parts()).find(({ leads, partition }) => leads === true && partition === 1)!;
  await cluster.command("kill", leader.name);
  const killedMs = performance.now();
  const { id } = await eventually("an order after the leader's death", () =>
    alice.createOrder("BTC/USDT", "limit", "buy", QUANTITY, 50_000).catch(() => undefined),
  );
  const tookMs = performance.now() - killedMs;
  t.diagnostic(`served again after ${Math.round(tookMs)} ms`);
  assert.ok(tookMs < TAKEOVER_MS_MAX, `${tookMs} ms`);
  // One of those that were not answered may stand in the book too.
  await alice.cancelAllOrders("BTC/USDT");
  assert.equal((await alice.fetchOrder(String(id), "BTC/USDT")).status, "canceled");
  await tradeEverywhere();
  await eventually("the killed engine to stand by", async () => {
    const parts = await cluster.parts();
    const killed = parts.find(({ name }) => name === leader.name)!;
    assert.equal(parts.filter(({ leads, partition }) => leads === true && partition === 1).length, 1);
    return killed.restarts === 1 && killed.state === "standing by" ? true : undefined;
  });
});

test("a stop leaves no process and no port", async () => {
  const pids = (await cluster.parts()).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  const below = descendants(pids);
  const topology = readFileSync(join(cluster.data, "topology.yaml"), "utf8");
  const ports = [...topology.matchAll(/(?:port:|127\.0\.0\.1:)\s*(\d+)/g)].map((match) => Number(match[1]));
  assert.ok(ports.includes(cluster.port) && ports.length >= 7);
  assert.deepEqual(await cluster.command("stop"), { stopped: true });
  assert.equal(await cluster.ended, 0);
  assert.deepEqual(below.filter(isAlive), []);
  for (const port of ports) assert.equal(await isListening(port), false, `port ${port}`);
});

/** Processes and all that are below them. */
function descendants(pids: readonly number[]): number[] {
  const found = new Set(pids);
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

function parentOf(pid: number): number {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))![1]);
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
