/**
 * The classic pipeline, a yardstick: nginx, backends of several workers, and for every order a transaction in
 * PostgreSQL, a push to a central queue in Redis, a unary call of one engine, and an update in PostgreSQL. It takes
 * the orders of the load generator. What it leaves out of a whole exchange (balances, duplicates, makers' rows,
 * consumers of the queue, market data) makes it faster than one.
 */
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "iovalkey";
import pg from "pg";
import type { LoadKey } from "../api-bench/plan.js";
import { startNginxFront } from "./nginx-front.js";
import { MAKE_ORDER_TABLE } from "./order-table.js";
import { freePort } from "./program.js";
import { type BackendSettings, type PostgresAddress, QUEUE, type TcpAddress } from "./settings.js";

export interface ClassicOptions {
  /** More than one: nginx stands in front of them. */
  readonly backends: number;
  /** Of each backend. */
  readonly workers: number;
  /** Its table of orders is made anew. */
  readonly postgres: PostgresAddress;
  /** Connections of all workers together; PostgreSQL's own limit is 100. */
  readonly postgresConnections?: number;
  /** A plain node, not one of a Redis Cluster. Its queue is emptied. */
  readonly redis: TcpAddress;
  /** Where clients connect; 0 or none = a free one. */
  readonly port?: number;
  /** For nginx. It is made, and removed at the end; its parent must be one that nginx's user may enter. */
  readonly folder: string;
  readonly accounts?: number;
}

export interface ClassicPipeline {
  readonly url: string;
  /** One for each account. */
  readonly keys: readonly LoadKey[];
  /** The first process of nginx (if it is there), of each backend, and the engine; their workers are below them. */
  readonly pids: {
    readonly edge: number | undefined;
    readonly backends: readonly number[];
    readonly engine: number;
  };
  /** Ends every process and removes the folder; what is in PostgreSQL and Redis stays. */
  stop(): Promise<void>;
}

const POSTGRES_CONNECTIONS = 80;
const ACCOUNTS = 64;
/** Nobody takes orders off the queue, so it is cut to its newest ones now and then. */
const QUEUE_LENGTH_MAX = 100_000;
const QUEUE_CUT_MS = 1_000;

/** Starts all of it; resolves when orders are taken. */
export async function startClassic(options: ClassicOptions): Promise<ClassicPipeline> {
  const { backends, workers, postgres, redis, folder } = options;
  const keys = Array.from({ length: options.accounts ?? ACCOUNTS }, () => ({
    apiKey: randomBytes(32).toString("hex"),
    secretKey: randomBytes(32).toString("hex"),
  }));
  const enders: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of enders.splice(0).reverse()) await end();
  };
  try {
    mkdirSync(folder, { mode: 0o755 });
    enders.push(() => rmSync(folder, { recursive: true, force: true }));
    await makeTable(postgres);
    enders.push(await keepQueueShort(redis));
    const engine = startNode("engine-main.js", undefined);
    enders.push(engine.stop);
    const enginePort = await engine.port;
    const settings: BackendSettings = {
      port: backends > 1 ? 0 : (options.port ?? 0),
      workers,
      postgres,
      postgresConnections: Math.max(
        1,
        Math.floor((options.postgresConnections ?? POSTGRES_CONNECTIONS) / (backends * workers)),
      ),
      redis,
      engine: { host: "127.0.0.1", port: enginePort },
      keys,
    };
    const started = Array.from({ length: backends }, () => startNode("backend-main.js", settings));
    enders.push(...started.map((backend) => backend.stop));
    const backendPorts = await Promise.all(started.map((backend) => backend.port));
    let port = backendPorts[0]!;
    let edge: number | undefined;
    if (backends > 1) {
      port = options.port || (await freePort());
      const nginx = await startNginxFront(join(folder, "nginx"), port, backendPorts);
      enders.push(nginx.stop);
      edge = nginx.pid;
    }
    return {
      url: `http://127.0.0.1:${port}`,
      keys,
      pids: { edge, backends: started.map(({ pid }) => pid), engine: engine.pid },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeTable(postgres: PostgresAddress): Promise<void> {
  const client = new pg.Client(postgres);
  await client.connect();
  try {
    await client.query(MAKE_ORDER_TABLE);
  } finally {
    await client.end();
  }
}

/** Empties the queue and keeps it short; resolves with what ends that. */
async function keepQueueShort(address: TcpAddress): Promise<() => void> {
  const redis = new Redis(address);
  // A command that fails says it.
  redis.on("error", () => undefined);
  try {
    await redis.del(QUEUE);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const timer = setInterval(() => {
    redis.ltrim(QUEUE, 0, QUEUE_LENGTH_MAX - 1).catch(() => undefined);
  }, QUEUE_CUT_MS);
  return () => {
    clearInterval(timer);
    redis.disconnect();
  };
}

interface NodeProgram {
  readonly pid: number;
  /** Where it listens, once it does. Rejects when it ends before. */
  readonly port: Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Starts one of the files beside this one. */
function startNode(file: string, settings: BackendSettings | undefined): NodeProgram {
  const child = fork(fileURLToPath(new URL(`./${file}`, import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  if (settings !== undefined) child.send(settings);
  const port = new Promise<number>((resolve, reject) => {
    child.once("message", (message: { readonly port: number }) => resolve(message.port));
    child.once("exit", (code, signal) => reject(new Error(`${file} ended (${code ?? signal})`)));
  });
  // Where another one has failed, nobody asks for this one's port.
  port.catch(() => undefined);
  return {
    pid: child.pid!,
    port,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exited;
    },
  };
}
