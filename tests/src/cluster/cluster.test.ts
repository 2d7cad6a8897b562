/**
 * A whole cluster from outside: real servers, stock clients, processes that are killed. The tests build on each
 * other: starts are dear.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DefaultLogger, MainClient, WebsocketAPIClient } from "binance";
import { type CcxtClient, ccxtClient } from "../clients/ccxt-client.js";
import { type ClusterPart, LocalCluster } from "../support/cluster.js";
import { units } from "../support/decimals.js";
import { causing, eventually } from "../support/eventually.js";
import { type ApiKey, buttonwood } from "../support/exchange.js";
import { isAlive, isListening, withDescendants } from "../support/processes.js";
import { SignedClient } from "../support/signed-client.js";

/** One market of each partition, with a price near the one that it begins with. */
const MARKETS = [
  { symbol: "BTC/USDT", id: "BTCUSDT", base: "BTC", partition: 0, price: 60_000 },
  { symbol: "ETH/USDT", id: "ETHUSDT", base: "ETH", partition: 1, price: 3_000 },
  { symbol: "MSFT/USD", id: "MSFTUSD", base: "MSFT", partition: 2, price: 420 },
] as const;

/** Of every trade, in units of the base asset, and what the buyer gets: less the fee of a thousandth. */
const QUANTITY = 0.1;
const BOUGHT = units("0.0999");

/** Promised are 5 s; here other tests may have the processors. */
const TAKEOVER_MS_MAX = 10_000;

/** Requests under way while leadership is handed over. */
const LOOPS = 4;

let cluster: LocalCluster;
let alice: CcxtClient;
let bob: CcxtClient;

before(async () => {
  cluster = await LocalCluster.start(
    ...["--partitions", "3", "--shards", "1", "--redis-nodes", "1", "--backends", "2", "--workers", "1"],
  );
  alice = await ccxtClient(cluster, cluster.keys.alice);
  bob = await ccxtClient(cluster, cluster.keys.bob);
  // ccxt wants its users to know that this is a costly question.
  alice.options.fetchOpenOrders = { warnWithoutSymbol: false };
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

function engines(parts: readonly ClusterPart[], partition: number): readonly ClusterPart[] {
  return parts.filter((part) => part.role === "engine" && part.partition === partition);
}

/** Every journal replayed, every table compared, and what the partitions sent each other. */
async function verifyAll(): Promise<void> {
  const { code, stdout, stderr } = await buttonwood("verify", "--data", cluster.data, "--json");
  assert.equal(code, 0, `${stdout}${stderr}`);
  const { ok, checks } = JSON.parse(stdout);
  assert.equal(ok, true);
  for (const { partition } of MARKETS) {
    assert.ok(checks.some(({ name }: { name: string }) => name.startsWith(`partition ${partition}: `)));
  }
}

/** Asks how the parts are until they are as expected; each question takes a second. */
function untilParts(what: string, areSo: (parts: readonly ClusterPart[]) => boolean): Promise<true> {
  return eventually(what, async () => {
    return areSo(await cluster.parts()) ? true : undefined;
  });
}

/** Stops it by its command; then no process of it runs, and no port of it answers. */
async function stopAll(): Promise<void> {
  const pids = (await cluster.parts()).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  const below = withDescendants(pids);
  const topology = readFileSync(join(cluster.data, "topology.yaml"), "utf8");
  const ports = [...topology.matchAll(/(?:port:|127\.0\.0\.1:)\s*(\d+)/g)].map((match) => Number(match[1]));
  assert.ok(ports.includes(cluster.port) && ports.length >= 5);
  assert.deepEqual(await cluster.command("stop"), { stopped: true });
  assert.equal(await cluster.ended, 0);
  assert.deepEqual(below.filter(isAlive), []);
  for (const port of ports) assert.equal(await isListening(port), false, `port ${port}`);
}

function changeTopology(change: (text: string) => string): void {
  const file = join(cluster.data, "topology.yaml");
  const text = readFileSync(file, "utf8");
  const changed = change(text);
  assert.notEqual(changed, text);
  writeFileSync(file, changed);
}

test("every part runs and says how it is, to people and to programs", async () => {
  const { parts } = await cluster.command<{ readonly parts: readonly ClusterPart[] }>("status");
  const count = (role: string): number => parts.filter((part) => part.role === role).length;
  assert.deepEqual(
    ["postgres", "redis", "engine", "projection", "backend", "nginx"].map(count),
    [1, 1, 3, 3, 2, 1],
  );
  for (const { partition } of MARKETS) {
    const [engine] = engines(parts, partition);
    assert.equal(engine?.state, "leading");
    assert.ok(engine.epoch! > 0 && engine.sequence! > 0);
    assert.ok(engine.commitMs! > 0 && engine.perSecond! >= 0);
    assert.equal(parts.find((part) => part.role === "projection" && part.partition === partition)?.lag, 0);
  }
  for (const { name, cpuPercent, restarts } of parts) {
    assert.ok(cpuPercent! >= 0, name);
    assert.ok(restarts >= 0, name);
  }
  const { stdout } = await cluster.run("status");
  for (const { name, pid, state } of parts) {
    assert.match(stdout, new RegExp(`^\\w+ +${name} +${pid} +${state} `, "m"));
  }
});

test("people sign in through the edge, trade with a key of their session, and end it at every gateway", async () => {
  const { url, keys } = cluster;
  const { password } = keys.alice as ApiKey & { readonly password: string };
  const ask = (path: string, headers: Record<string, string>, body: object): Promise<Response> =>
    fetch(`${url}/account/v1/${path}`, {
      method: "POST",
      headers: { origin: url, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const foreign = await ask("sign-in", { origin: "http://127.0.0.1:1" }, { login: "alice", password });
  assert.equal(foreign.status, 403);
  const signedIn = await ask("sign-in", {}, { login: "alice", password });
  assert.equal(signedIn.status, 200);
  const { csrfToken } = (await signedIn.json()) as { csrfToken: string };
  const headers = {
    cookie: signedIn.headers.getSetCookie()[0]!.split(";")[0]!,
    "x-csrf-token": csrfToken,
  };
  const key = (await (await ask("session-key", headers, {})).json()) as ApiKey;
  const client = new SignedClient(url, key);
  const status = async (): Promise<number> => (await client.signed("GET", "/api/v3/account")).status;
  await eventually("the session's key is known", async () => ((await status()) === 200 ? true : undefined));
  assert.equal((await ask("sign-out", headers, {})).status, 204);
  await eventually("the session's key is revoked", async () => ((await status()) === 401 ? true : undefined));
  client.close();
  const { stdout } = await buttonwood("users", "--data", cluster.data);
  assert.match(stdout, /^alice +TRADER +alice +no +demo/m);
});

test("one account trades on the symbols of every partition, and sees all of it as one", async () => {
  const bases = MARKETS.map(({ base }) => base);
  const before = await Promise.all(bases.map((base) => total(alice, base)));
  await tradeEverywhere();
  for (const [index, { base, symbol }] of MARKETS.entries()) {
    assert.equal((await total(alice, base)) - before[index]!, BOUGHT, symbol);
    assert.equal((await alice.fetchMyTrades(symbol)).length, 1, symbol);
  }
  const ids: string[] = [];
  for (const { symbol, price } of MARKETS) {
    ids.push(String((await alice.createOrder(symbol, "limit", "buy", QUANTITY, price / 2)).id));
  }
  const open = (await alice.fetchOpenOrders()).map(({ id }) => String(id));
  assert.deepEqual(open.sort(), [...ids].sort());
  for (const [index, { symbol }] of MARKETS.entries()) await alice.cancelOrder(ids[index]!, symbol);
  assert.deepEqual(await alice.fetchOpenOrders(), []);
});

test("one stream tells an account's orders of every partition", async () => {
  let step = 0;
  await causing(alice.watchOrders(), async () => {
    const order = await alice.createOrder("BTC/USDT", "limit", "buy", QUANTITY, 30_000 + ++step);
    await alice.cancelOrder(String(order.id), "BTC/USDT");
  });
  const ids: string[] = [];
  for (const { symbol, price } of MARKETS) {
    const { id } = await alice.createOrder(symbol, "limit", "buy", QUANTITY, price / 2);
    await alice.cancelOrder(String(id), symbol);
    ids.push(String(id));
  }
  await eventually("the end of each order", () => {
    const heard = Array.from((alice.orders ?? []) as { id: string; status: string }[]);
    return ids.every((id) => heard.some((order) => order.id === id && order.status === "canceled"))
      ? true
      : undefined;
  });
});

test("a second stock client trades there too, over REST and over WebSockets", async () => {
  const { apiKey, secretKey } = cluster.keys.alice;
  const options = { api_key: apiKey, api_secret: secretKey };
  const rest = new MainClient({ ...options, baseUrl: cluster.url, disableTimeSync: true });
  const silent = { ...DefaultLogger, trace: () => {}, info: () => {}, error: () => {} };
  const socket = new WebsocketAPIClient(
    { ...options, wsUrl: cluster.webSocketUrl, attachEventListeners: false, muteLatencyWarning: true },
    silent,
  );
  try {
    for (const { symbol, id, base, price } of MARKETS) {
      const before = await total(bob, base);
      await bob.createOrder(symbol, "limit", "buy", QUANTITY * 2, price);
      const order = { symbol: id, side: "SELL", type: "MARKET", quantity: QUANTITY } as const;
      const overRest = await rest.submitNewOrder({ ...order, newOrderRespType: "RESULT" });
      assert.equal(overRest.status, "FILLED", id);
      const timed = { ...order, timestamp: Date.now() };
      const { result } = await socket.submitNewSpotOrder(timed);
      assert.equal((result as { status?: string }).status, "FILLED", id);
      assert.equal((await total(bob, base)) - before, 2n * BOUGHT, id);
      assert.equal((await rest.getAccountTradeList({ symbol: id })).length, 3, id);
    }
  } finally {
    socket.getWSClient().closeAll(true);
  }
});

test("the logs say what each part has done", async () => {
  const one = await cluster.run("logs", "engine-1-a", "--lines", "1000");
  assert.match(one.stdout, /^engine-1-a \| \{.*"msg":"leads"/m);
  const all = await cluster.run("logs", "--lines", "1000");
  for (const { name, role } of await cluster.parts()) {
    // nginx has nothing to say as long as nothing goes wrong.
    if (role !== "nginx") assert.match(all.stdout, new RegExp(`^${name} +\\| `, "m"));
  }
  const none = await cluster.run("logs", "engine-9-z");
  assert.equal(none.code, 2);
  assert.match(none.stderr, /there is no engine-9-z in this cluster\.\n.*\n.*There are supervisor, shard-0/);
});

test("a stop leaves no process and no port, and the next start goes on with everything", async () => {
  const resting = await alice.createOrder("ETH/USDT", "limit", "buy", QUANTITY, 1_500);
  const balances = async (): Promise<unknown> => (await alice.fetchBalance()).info.balances;
  const before = await balances();
  await verifyAll();
  await stopAll();
  // A second engine for a partition may be added at any time.
  changeTopology((text) =>
    text.replace(/^ {2}- \{ name: engine-0-a.*\n/m, "$&  - { name: engine-0-b, partition: 0 }\n"),
  );
  await cluster.up();
  assert.deepEqual(await balances(), before);
  assert.deepEqual(
    (await alice.fetchOpenOrders()).map(({ id }) => id),
    [resting.id],
  );
  await alice.cancelOrder(String(resting.id), "ETH/USDT");
  for (const { symbol } of MARKETS) assert.equal((await alice.fetchMyTrades(symbol)).length, 3, symbol);
  assert.deepEqual(
    engines(await cluster.parts(), 0)
      .map(({ state }) => state)
      .sort(),
    ["leading", "standing by"],
  );
  await tradeEverywhere();
});

test("leadership is handed over under load without a lost request", async (t) => {
  await cluster.useUnlimitedKeys();
  const client = new SignedClient(cluster.url, cluster.keys.bob, LOOPS);
  const order = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 0.001 };
  let requests = 0;
  let isOver = false;
  const loop = async (number: number): Promise<void> => {
    for (let step = 0; !isOver; step++) {
      const own = `handover-${number}-${step}`;
      const placed = await client.signed("POST", "/api/v3/order", {
        ...order,
        price: 30_000 + number,
        newClientOrderId: own,
      });
      assert.equal(placed.status, 200, JSON.stringify(placed.body));
      const canceled = await client.signed("DELETE", "/api/v3/order", {
        symbol: order.symbol,
        origClientOrderId: own,
      });
      assert.equal(canceled.status, 200, JSON.stringify(canceled.body));
      requests += 2;
    }
  };
  const loops = Promise.all(Array.from({ length: LOOPS }, (_, number) => loop(number)));
  loops.catch(() => {});
  const afterMore = (): Promise<true> => {
    const until = requests + 2 * LOOPS;
    return Promise.race([
      loops.then(() => true as const),
      eventually("more answers", () => (requests >= until ? true : undefined)),
    ]);
  };
  try {
    await afterMore();
    const { from, to, tookMs } = await cluster.command<{ from: string; to: string; tookMs: number }>(
      "handover",
      "0",
    );
    assert.deepEqual([from, to].sort(), ["engine-0-a", "engine-0-b"]);
    await afterMore();
    t.diagnostic(`${from} to ${to} in ${tookMs} ms among ${requests} requests`);
  } finally {
    isOver = true;
    await loops.finally(() => client.close());
  }
  assert.deepEqual(await bob.fetchOpenOrders("BTC/USDT"), []);
  const refused = await cluster.run("handover", "1");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /partition 1 has no second engine/);
});

test("a leader that is killed is followed by its standby, and comes back as one", async (t) => {
  const leader = engines(await cluster.parts(), 0).find(({ leads }) => leads === true)!;
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
  // On a machine that is too busy for the lease leadership may have moved once more.
  await untilParts("one that leads and one that stands by", (parts) => {
    const both = engines(parts, 0);
    const isBack = both.find(({ name }) => name === leader.name)!.restarts > 0;
    return (
      isBack &&
      both
        .map(({ state }) => state)
        .sort()
        .join() === "leading,standing by"
    );
  });
});

test("a backend and nginx that are killed come back, and clients with them", async () => {
  const names = ["backend-0", "nginx"];
  for (const name of names) await cluster.command("kill", name);
  await untilParts("both again", (parts) =>
    names.every((name) =>
      parts.some((part) => part.name === name && part.restarts > 0 && part.state !== "starting again"),
    ),
  );
  await tradeEverywhere();
  await verifyAll();
});

test("another partition map is refused: orders would go where their journal is not", async () => {
  await stopAll();
  changeTopology((text) =>
    text.replace("[AAPLUSD, BTCUSDT]", "[AAPLUSD]").replace("[MSFTUSD]", "[MSFTUSD, BTCUSDT]"),
  );
  await assert.rejects(cluster.up(), (error: Error) => {
    assert.match(error.message, /map/);
    assert.match(error.message, /what had been started was stopped again/);
    return true;
  });
  const { code, stderr } = await cluster.run("status");
  assert.equal(code, 1);
  assert.match(stderr, /no cluster runs on/);
});
