import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { WebSocket } from "ws";
import { askRoleStatus, type RoleStatus, roleControlPath } from "../../cluster/role-control.js";
import { TestShard } from "../../journal/postgres/testing/test-shard.js";
import type { UnixAddress } from "../../platform/address.js";
import { findBinary } from "../../platform/servers/find-binary.js";
import { freePort } from "../../platform/servers/free-port.js";
import { type RedisCluster, startRedisCluster } from "../../platform/servers/redis-cluster.js";
import { adminSocketFile, demoKeysFile } from "../data-folder.js";
import { firstClusterStart } from "./first-cluster-start.js";
import { prepareShards } from "./prepare-shards.js";
import { EngineCluster, type RoleProcess } from "./testing/engine-cluster.js";

const RUN_ROLE = new URL("./testing/run-role-process.js", import.meta.url).pathname;
/** That may run. One takes connections at first, and another one stands ready. */
const WORKERS = 3;
/** Once the first one has hung. */
const LISTENING = 2;
/** Long enough for a busy machine. */
const WAIT_MS = 30_000;
const ENGINES = ["engine-0", "engine-1", "engine-2"];

interface TestKey {
  readonly apiKey: string;
  readonly secretKey: string;
}

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the tests.
  readonly body: any;
}

let shard: TestShard;
let redis: RedisCluster;
let redisFolder: string;
let cluster: EngineCluster;
let engines: RoleProcess[];
let alice: TestKey;
let socket: string;
let backend: Backend;

/** A backend as a process. */
class Backend {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals>;
  said = "";

  constructor(topologyFile = cluster.topologyFile) {
    this.child = spawn(process.execPath, [RUN_ROLE, "backend", topologyFile, "backend"], {
      // Its standard input ends with this process: it does not outlive its test.
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      this.said += chunk;
    });
    this.ended = once(this.child, "close").then(([code, signal]) => code ?? signal);
  }

  static async start(): Promise<Backend> {
    const started = new Backend();
    try {
      await started.untilServing();
    } catch (error) {
      started.child.kill("SIGKILL");
      throw error;
    }
    return started;
  }

  /** Waits until all workers take requests. */
  async untilServing(): Promise<void> {
    await until(
      async () => {
        const status = await statusOf().catch(() => undefined);
        return status?.pid === this.child.pid && status?.state === "serving";
      },
      () => this.said,
    );
  }

  /** Process numbers of its workers. */
  get workers(): number[] {
    const { pid } = this.child;
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number);
  }
}

function statusOf(): Promise<RoleStatus> {
  return askRoleStatus(roleControlPath(cluster.topology, "backend"));
}

async function until(holds: () => Promise<boolean> | boolean, said: () => string = () => ""): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < endMs, `it did not come about: ${said()}`);
    await sleep(20);
  }
}

function ask(
  method: string,
  path: string,
  more: { headers?: Record<string, string>; body?: string; socketPath?: string } = {},
): Promise<Reply> {
  const { headers = {}, body, socketPath = socket } = more;
  return new Promise((resolve, reject) => {
    const question = request({ socketPath, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const isJson = String(response.headers["content-type"]).startsWith("application/json");
        resolve({ status: response.statusCode!, body: isJson && text !== "" ? JSON.parse(text) : text });
      });
    });
    question.setTimeout(WAIT_MS, () => question.destroy(new Error(`${method} ${path} is not answered`)));
    question.on("error", reject);
    question.end(body);
  });
}

function signed(
  method: string,
  path: string,
  parameters: Record<string, string> = {},
  key: TestKey = alice,
): Promise<Reply> {
  const query = new URLSearchParams({
    recvWindow: "60000",
    ...parameters,
    timestamp: String(Date.now()),
  }).toString();
  const signature = createHmac("sha256", key.secretKey).update(query).digest("hex");
  return ask(method, `${path}?${query}&signature=${signature}`, { headers: { "x-mbx-apikey": key.apiKey } });
}

async function metric(name: string): Promise<number> {
  const { body } = await ask("GET", "/metrics");
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(body)?.[1]);
}

/** Orders that were accepted, a repeat once. */
const placed = new Set<string>();

async function buy(symbol: string, price: string, more: Record<string, string> = {}): Promise<Reply> {
  const reply = await signed("POST", "/api/v3/order", {
    symbol,
    side: "BUY",
    type: "LIMIT",
    timeInForce: "GTC",
    quantity: "1",
    price,
    ...more,
  });
  if (reply.status === 200) placed.add(`${symbol} ${reply.body.orderId}`);
  return reply;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const attempt = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    attempt.on("connect", () => attempt.destroy());
  });

const admin = (method: string, path: string, body?: object): Promise<Reply> =>
  ask(method, path, {
    socketPath: adminSocketFile(cluster.topology.data),
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });

before(async () => {
  shard = await TestShard.start();
  redisFolder = mkdtempSync(join(tmpdir(), "buttonwood-redis-"));
  chmodSync(redisFolder, 0o755);
  redis = await startRedisCluster({ folder: join(redisFolder, "redis"), nodes: 3 });
  cluster = await EngineCluster.prepare(
    shard,
    Object.fromEntries(ENGINES.map((name, partition) => [name, partition])),
    redis.addresses[0]!.port,
  );
  const text = readFileSync(cluster.topologyFile, "utf8");
  writeFileSync(
    cluster.topologyFile,
    text.replace("name: backend }", `name: backend, workers: ${WORKERS} }`),
  );
  const { host, port, user } = shard.owner;
  await prepareShards(cluster.topology, () => ({ host, port, user }));
  engines = await Promise.all(ENGINES.map((name) => cluster.startEngine(name)));
  assert.equal(await firstClusterStart(cluster.topology, pino({ level: "silent" })), true);
  assert.equal(await firstClusterStart(cluster.topology, pino({ level: "silent" })), false);
  ({ alice } = JSON.parse(readFileSync(demoKeysFile(cluster.topology.data), "utf8")));
  socket = (cluster.topology.backends[0]!.listen as UnixAddress).path;
  backend = await Backend.start();
});

after(async () => {
  backend?.child.kill("SIGKILL");
  await backend?.ended;
  await cluster?.stop();
  await shard?.stop();
  await redis?.stop();
  rmSync(redisFolder, { recursive: true });
});

describe("a backend", () => {
  it("takes one account's orders on all partitions, and shows the account as one", async () => {
    for (const [symbol, price] of [
      ["BTCUSDT", "20000"],
      ["ETHUSDT", "1000"],
      ["AAPLUSD", "100"],
    ] as const) {
      const { status, body } = await buy(symbol, price);
      assert.deepEqual([status, body.status], [200, "NEW"], JSON.stringify(body));
    }
    const { body } = await signed("GET", "/api/v3/account", { omitZeroBalances: "true" });
    const usdt = body.balances.find(({ asset }: { asset: string }) => asset === "USDT");
    assert.deepEqual(usdt, { asset: "USDT", free: "979000.00000000", locked: "21000.00000000" });
    const open = await signed("GET", "/api/v3/openOrders");
    assert.deepEqual(
      open.body.map(({ symbol }: { symbol: string }) => symbol),
      ["BTCUSDT", "ETHUSDT", "AAPLUSD"],
    );
    assert.equal((await ask("GET", "/health/ready")).status, 200);
  });

  it("answers a repeat with the original, whichever worker it comes to", async () => {
    const ids = new Set<number>();
    for (let i = 0; i < 6; i++) {
      const { status, body } = await buy("ETHUSDT", "1001", { newClientOrderId: "repeated" });
      assert.equal(status, 200);
      ids.add(body.orderId);
    }
    assert.equal(ids.size, 1);
  });

  it("tells the sum of its workers' metrics, and how it is", async () => {
    const count = async (): Promise<number> => {
      const { body } = await ask("GET", "/metrics");
      const line = /buttonwood_requests_total\{method="GET",path="\/api\/v3\/time",status="200"\} (\d+)/.exec(
        body,
      );
      return Number(line?.[1] ?? 0);
    };
    const first = await count();
    for (let i = 0; i < 10; i++) await ask("GET", "/api/v3/time");
    assert.equal(await count(), first + 10);
    const { done, ready, role } = await statusOf();
    assert.deepEqual([role, ready], ["backend", true]);
    assert.ok(done! > 10);
  });

  it("lets one worker take connections, and the one that stands ready when that one hangs; then starts another", async () => {
    assert.equal(await metric("buttonwood_gateways_listening"), 1);
    assert.equal(backend.workers.length, 2);
    for (const worker of backend.workers) {
      process.kill(worker, "SIGSTOP");
      for (let i = 0; i < 6; i++) assert.equal((await ask("GET", "/api/v3/time")).status, 200);
      process.kill(worker, "SIGCONT");
    }
    // One that hung has not ceased to listen, so that both do now; while one hung, another was started.
    await until(async () => (await metric("buttonwood_gateways_listening")) === LISTENING);
    await until(() => backend.workers.length === WORKERS);
    await backend.untilServing();
  });

  it("row 19: counts an account's orders over all workers, and goes on alone without Redis", async () => {
    // Who asks so often must not be refused for it.
    const { body: reader } = await admin("POST", "/v1/keys", { account: "alice", rateLimits: "none" });
    const counts = async (): Promise<number[]> => {
      const replies = await Promise.all(
        Array.from({ length: 8 }, () => signed("GET", "/api/v3/rateLimit/order", {}, reader)),
      );
      if (replies.some(({ status }) => status === 401)) return [];
      return replies.map(({ body }) => body[1].count);
    };
    let seen = "";
    const alone = async (): Promise<number> => {
      const { body } = await ask("GET", "/metrics");
      seen = body.match(/^buttonwood_(gateways|workers).*$/gm)?.join(", ");
      return Number(/^buttonwood_gateways_counting_alone (\d+)$/m.exec(body)?.[1]);
    };
    const isCounted = async (): Promise<boolean> => {
      const all = await counts();
      return all.length > 0 && all.every((count) => count === placed.size);
    };
    await until(isCounted);
    for (let i = 0; i < 10; i++) assert.equal((await buy("BTCUSDT", "19000")).status, 200);
    await until(isCounted, () => `${placed.size} orders were placed`);
    // One that was started just now first connects.
    await until(async () => (await alone()) === 0);

    await Promise.all(redis.nodes.map((node) => node.kill()));
    // A worker notices when it has something to share, which the reader's requests are not. Each is given some, if it
    // listens, while all others are stopped; what comes to one that doesn't, the others take when they go on.
    await until(
      async () => {
        for (const worker of backend.workers) {
          const others = backend.workers.filter((other) => other !== worker);
          for (const other of others) process.kill(other, "SIGSTOP");
          const asked = Promise.all(Array.from({ length: 8 }, () => ask("GET", "/api/v3/time")));
          await Promise.race([asked, sleep(200)]);
          for (const other of others) process.kill(other, "SIGCONT");
          await asked;
        }
        // One that stands ready may notice too: its connections are closed.
        const listening = await metric("buttonwood_gateways_listening");
        return (await alone()) >= Math.max(LISTENING, listening);
      },
      () => seen,
    );
    assert.equal((await buy("BTCUSDT", "19000")).status, 200);
    await Promise.all(redis.nodes.map((node) => node.restart()));
    await until(
      async () => {
        await counts();
        return (await alone()) === 0;
      },
      () => `${seen} ${backend.said}`,
    );
  });

  it("lists for all partitions and makes keys for all workers, through one operator's socket", async () => {
    const listed = await admin("POST", "/v1/assets", { name: "GOLD", decimals: 4 });
    assert.equal(listed.status, 201, JSON.stringify(listed.body));
    await until(async () => {
      const coins = await signed("GET", "/sapi/v1/capital/config/getall");
      return coins.body.some(({ coin }: { coin: string }) => coin === "GOLD");
    });
    const { body: made } = await admin("POST", "/v1/keys", { account: "alice", rateLimits: "none" });
    const key: TestKey = made;
    const statuses = async (): Promise<number[]> => {
      const replies = await Promise.all(
        Array.from({ length: 8 }, () => signed("GET", "/api/v3/rateLimit/order", {}, key)),
      );
      return replies.map(({ status }) => status);
    };
    await until(async () => (await statuses()).every((status) => status === 200));
    assert.equal((await admin("DELETE", `/v1/keys/${key.apiKey}`)).status, 204);
    await until(async () => (await statuses()).every((status) => status === 401));
  });

  it("ends what a key has opened at every worker, wherever it is revoked, changed or has expired", async (t) => {
    const session = async (key: TestKey): Promise<{ closed: () => string | undefined }> => {
      let closed: string | undefined;
      const client = new WebSocket(`ws+unix:${socket}:/ws-api/v3`);
      client.on("close", (_code, reason) => {
        closed = String(reason);
      });
      await once(client, "open");
      const logOn = async (): Promise<unknown> => {
        const timestamp = Date.now();
        const payload = `apiKey=${key.apiKey}&timestamp=${timestamp}`;
        const signature = createHmac("sha256", key.secretKey).update(payload).digest("hex");
        const params = { apiKey: key.apiKey, timestamp, signature };
        client.send(JSON.stringify({ id: 1, method: "session.logon", params }));
        const [answer] = await once(client, "message");
        return JSON.parse(String(answer)).status;
      };
      // This connection's worker hears of a new key in its own time.
      await until(async () => (await logOn()) === 200);
      return { closed: () => closed };
    };
    const ends: readonly (readonly [
      how: string,
      end: (apiKey: string) => Promise<unknown>,
      reason: RegExp,
    ])[] = [
      ["revoked", (apiKey) => admin("DELETE", `/v1/keys/${apiKey}`), /^key revoked$/],
      [
        "allowed elsewhere only",
        (apiKey) => admin("PATCH", `/v1/keys/${apiKey}`, { addresses: ["203.0.113.7"] }),
        /^key expired, or not allowed/,
      ],
      [
        "about to expire",
        (apiKey) => admin("PATCH", `/v1/keys/${apiKey}`, { expiresMs: Date.now() + 300 }),
        /^key expired, or not allowed/,
      ],
    ];
    for (const [how, end, reason] of ends) {
      const { body: key } = await admin("POST", "/v1/keys", { account: "alice", rateLimits: "none" });
      const sessions = await Promise.all(Array.from({ length: 8 }, () => session(key)));
      const sinceMs = performance.now();
      await end(key.apiKey);
      await until(() => sessions.every(({ closed }) => reason.test(closed() ?? "")));
      t.diagnostic(`${how}: all 8 sessions closed after ${Math.round(performance.now() - sinceMs)} ms`);
      await admin("DELETE", `/v1/keys/${key.apiKey}`);
    }
  });

  it("replaces a worker that died, while the others go on", async () => {
    const before = backend.workers;
    assert.equal(before.length, WORKERS);
    // More than one listens by now; one that only hangs gets no connections.
    process.kill(before[0]!, "SIGSTOP");
    for (let i = 0; i < 6; i++) assert.equal((await ask("GET", "/api/v3/time")).status, 200);
    process.kill(before[0]!, "SIGKILL");
    // A connection that it had taken breaks; the next one is another's.
    await until(async () => (await buy("BTCUSDT", "20001").catch(() => undefined))?.status === 200);
    await until(() => {
      const now = backend.workers;
      return now.length === WORKERS && !now.includes(before[0]!);
    });
    await backend.untilServing();
    assert.equal((await admin("GET", "/v1/markets")).status, 200);
  });

  it("answers an order that came while nobody led the partition, once somebody does", async () => {
    const [, engine] = engines;
    engine!.child.kill("SIGKILL");
    await engine!.ended;
    const waits = buy("ETHUSDT", "1002", { newClientOrderId: "patient" });
    assert.equal((await buy("BTCUSDT", "20002")).status, 200);
    engines[1] = await cluster.startEngine(ENGINES[1]!);
    const { status, body } = await waits;
    assert.deepEqual([status, body.clientOrderId], [200, "patient"], JSON.stringify(body));
  });

  it("says goodbye, answers what is under way and leaves nothing when it is told to end", async () => {
    const stream = new WebSocket(`ws+unix:${socket}:/ws/btcusdt@trade`);
    const messages: string[] = [];
    stream.on("message", (data) => messages.push(String(data)));
    await once(stream, "open");
    const children = backend.workers;
    const order = buy("BTCUSDT", "20003");
    const closed = once(stream, "close");
    await Promise.race([order, sleep(1)]);
    backend.child.kill("SIGTERM");
    assert.equal(await backend.ended, 0, backend.said);
    assert.equal((await order).status, 200);
    await closed;
    assert.match(messages.at(-1) ?? "", /serverShutdown/);
    for (const pid of children) assert.ok(!existsSync(`/proc/${pid}`), `worker ${pid} is still there`);
    assert.ok(!existsSync(adminSocketFile(cluster.topology.data)));
    backend = await Backend.start();
    assert.equal((await buy("BTCUSDT", "20004")).status, 200);
  });

  it("ends as a whole when it is killed, and starts again where it was", async () => {
    const children = backend.workers;
    backend.child.kill("SIGKILL");
    await backend.ended;
    await until(() => children.every((pid) => !existsSync(`/proc/${pid}`)));
    backend = await Backend.start();
    assert.equal((await buy("BTCUSDT", "20005")).status, 200);
    assert.equal((await admin("GET", "/v1/markets")).status, 200);
  });

  it("does not start over a Redis that is no cluster, and says what to do", async () => {
    const port = await freePort();
    const single = spawn(findBinary("redis-server"), ["--port", String(port), "--save", ""], {
      cwd: redisFolder,
      stdio: "ignore",
    });
    try {
      const file = join(cluster.folder, "single-redis.yaml");
      const text = readFileSync(cluster.topologyFile, "utf8");
      writeFileSync(file, text.replace(/nodes: \[.*\]/, `nodes: [127.0.0.1:${port}]`));
      await until(() => isListening(port));
      const other = new Backend(file);
      assert.equal(await other.ended, 1);
      assert.match(other.said, /is no cluster. Start it with "cluster-enabled yes"/);
    } finally {
      single.kill("SIGKILL");
    }
  });

  it("does not start where another one runs", async () => {
    const second = new Backend();
    assert.equal(await second.ended, 1);
    assert.match(second.said, /another process listens on/);
    assert.equal((await ask("GET", "/health/ready")).status, 200);
  });
});
