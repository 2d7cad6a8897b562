import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "iovalkey";
import type { TcpAddress } from "../address.js";
import { findBinary } from "./find-binary.js";
import { freePort } from "./free-port.js";
import { makeServerFolder, type RunAs, runAs } from "./run-as.js";
import { ServerProcess } from "./server-process.js";

const HOST = "127.0.0.1";
const SLOTS = 16_384;

/** A node without data listens at once; a loaded machine may take its time. */
const START_TIMEOUT_MS = 20_000;

/** Nodes learn of each other by gossip, within a second or two. */
const FORM_TIMEOUT_MS = 30_000;

/** Nothing is written at the end, so a node that does not end hangs. */
const STOP_TIMEOUT_MS = 5_000;

/** Silence after which the others take a node for dead, in ms: a failover takes about twice as long. */
const NODE_TIMEOUT_MS = 1_500;

/** Streams are bounded by what publishes them; beyond this, counters go first, then writes are refused. */
const NODE_MEMORY_MAX = "256mb";

/** Ports of 127.0.0.1 taken at random may be taken by somebody else a moment later. */
const START_ATTEMPTS = 5;

export interface RedisClusterOptions {
  /** Holds a folder for each node. Made when it is missing; what it holds from an earlier run is forgotten. */
  readonly folder: string;
  /** 1; 3 to 5, all of them masters; or an even number from 6 on, half masters, half replicas. */
  readonly nodes: number;
  /** One port of 127.0.0.1 for each node; none = free ones. Each node takes a second, free one for the others. */
  readonly ports?: readonly number[];
  /** What clients and nodes must show; none = nothing. */
  readonly password?: string;
}

/**
 * Starts a Redis Cluster from the machine's own redis-server, as its own user when this process is root, and
 * resolves when it serves all slots. It writes nothing to disk and begins empty: Redis carries, it keeps nothing.
 */
export async function startRedisCluster(options: RedisClusterOptions): Promise<RedisCluster> {
  const { folder, nodes: count, ports, password } = options;
  const masters = mastersOf(count);
  if (ports !== undefined && ports.length !== count) {
    throw new RangeError(`${count} Redis nodes need ${count} ports, not ${ports.length}`);
  }
  const user = runAs("redis");
  makeServerFolder(folder, user);
  const nodes: RedisNode[] = [];
  try {
    for (let index = 0; index < count; index++) {
      nodes.push(
        await RedisNode.start({
          folder: join(folder, `node-${index}`),
          port: ports?.[index],
          password,
          user,
        }),
      );
    }
    await form(nodes, masters);
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  }
  return new RedisCluster(nodes);
}

/** A running Redis Cluster. */
export class RedisCluster {
  /** The masters as they were at the start, then the replicas, in the masters' order. */
  readonly nodes: readonly RedisNode[];

  constructor(nodes: readonly RedisNode[]) {
    this.nodes = nodes;
  }

  /** Where clients begin. */
  get addresses(): readonly TcpAddress[] {
    return this.nodes.map(({ address }) => address);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

interface NodeOptions {
  readonly folder: string;
  readonly port: number | undefined;
  readonly password: string | undefined;
  readonly user: RunAs;
}

/** One node: it keeps its ports and its place in the cluster when it is started again. */
export class RedisNode {
  readonly address: TcpAddress;
  /** Where the other nodes reach it. */
  readonly busPort: number;
  readonly #folder: string;
  readonly #password: string | undefined;
  readonly #user: RunAs;
  #process: ServerProcess;

  private constructor(options: NodeOptions, port: number, busPort: number, process: ServerProcess) {
    this.address = { host: HOST, port };
    this.busPort = busPort;
    this.#folder = options.folder;
    this.#password = options.password;
    this.#user = options.user;
    this.#process = process;
  }

  /** @internal Use {@link startRedisCluster}. */
  static async start(options: NodeOptions): Promise<RedisNode> {
    const { folder, password, user } = options;
    makeServerFolder(folder, user);
    rmSync(join(folder, "nodes.conf"), { force: true });
    for (let attempt = 1; ; attempt++) {
      const port = options.port ?? (await freePort());
      const busPort = await freePort();
      writeFileSync(join(folder, "redis.conf"), settings(folder, port, busPort, password), { mode: 0o600 });
      makeServerFolder(folder, user);
      const process = await startProcess(folder, user);
      const node = new RedisNode(options, port, busPort, process);
      try {
        await process.ready(() => node.#answers("PING", "PONG"), START_TIMEOUT_MS);
        return node;
      } catch (error) {
        const isPortTaken = process.log().includes("Address already in use");
        if (isPortTaken && options.port !== undefined) {
          throw new Error(
            `port ${port} is taken by another program, so Redis can't use it (or it is left from an earlier run)`,
            { cause: error },
          );
        }
        if (!isPortTaken || attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** Resolves when its present process has ended, for whatever reason. */
  get exited(): Promise<void> {
    return this.#process.exited;
  }

  /** Ends it as a crash would, and resolves when it is gone. */
  kill(): Promise<void> {
    return this.#process.stop("SIGKILL", 0);
  }

  stop(): Promise<void> {
    return this.#process.stop("SIGTERM", STOP_TIMEOUT_MS);
  }

  /** Starts it again after {@link kill} or {@link stop}, empty; resolves when it takes part again. */
  async restart(): Promise<void> {
    this.#process = await startProcess(this.#folder, this.#user);
    await this.#process.ready(() => this.#answers("CLUSTER INFO", "cluster_state:ok"), START_TIMEOUT_MS);
  }

  /** Sends it one command and returns the answer as text. Rejects when it does not answer. */
  async ask(command: string): Promise<string> {
    const client = new Redis({
      ...this.address,
      ...(this.#password === undefined ? {} : { password: this.#password }),
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      connectTimeout: 1_000,
      commandTimeout: 1_000,
    });
    // The rejected command says it.
    client.on("error", () => undefined);
    try {
      const [name, ...parameters] = command.split(" ");
      return String(await client.call(name!, ...parameters));
    } finally {
      client.disconnect();
    }
  }

  async #answers(command: string, expected: string): Promise<boolean> {
    try {
      return (await this.ask(command)).includes(expected);
    } catch {
      return false;
    }
  }
}

/** How many of the nodes are masters. */
function mastersOf(nodes: number): number {
  if (nodes === 1 || (nodes >= 3 && nodes <= 5)) return nodes;
  if (nodes >= 6 && nodes % 2 === 0) return nodes / 2;
  throw new RangeError(
    `a Redis Cluster of ${nodes} nodes is not offered: 1, 3 to 5 (masters only), or an even number from 6 on (half replicas)`,
  );
}

function startProcess(folder: string, user: RunAs): Promise<ServerProcess> {
  return ServerProcess.start({
    file: findBinary("redis-server"),
    args: [join(folder, "redis.conf")],
    user,
    logFile: join(folder, "redis.log"),
  });
}

function settings(folder: string, port: number, busPort: number, password: string | undefined): string {
  const lines = [
    `dir "${folder}"`,
    `bind ${HOST}`,
    `port ${port}`,
    "daemonize no",
    // Nothing is kept.
    'save ""',
    "appendonly no",
    "repl-diskless-sync-delay 0",
    "repl-diskless-load on-empty-db",
    "shutdown-timeout 0",
    `maxmemory ${NODE_MEMORY_MAX}`,
    "maxmemory-policy volatile-ttl",
    "cluster-enabled yes",
    "cluster-config-file nodes.conf",
    `cluster-port ${busPort}`,
    // A node that has met no other does not know its own address, and could not tell clients.
    `cluster-announce-ip ${HOST}`,
    `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
    // What is left serves on, and a replica takes over however old its copy: readers repair from the journal.
    "cluster-require-full-coverage no",
    "cluster-replica-validity-factor 0",
    ...(password === undefined ? [] : [`requirepass "${password}"`, `masterauth "${password}"`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Makes one cluster of nodes that know nothing yet: the first `masters` share the slots, the rest copy them. */
async function form(nodes: readonly RedisNode[], masters: number): Promise<void> {
  const [first, ...others] = nodes as [RedisNode, ...RedisNode[]];
  for (const [index, node] of nodes.slice(0, masters).entries()) {
    const from = Math.floor((SLOTS * index) / masters);
    const to = Math.floor((SLOTS * (index + 1)) / masters) - 1;
    await node.ask(`CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
    await node.ask(`CLUSTER ADDSLOTSRANGE ${from} ${to}`);
  }
  for (const node of others) await first.ask(`CLUSTER MEET ${HOST} ${node.address.port} ${node.busPort}`);
  await all(nodes, "CLUSTER INFO", (text) => text.includes(`cluster_known_nodes:${nodes.length}\r`));
  for (const [index, node] of nodes.slice(masters).entries()) {
    // Gossip may be slower than the count of nodes: until it knows the master, a node refuses to copy it.
    const master = await nodes[index]!.ask("CLUSTER MYID");
    await eventually(`${node.address.port} is no replica of ${nodes[index]!.address.port}`, async () => {
      return (await node.ask(`CLUSTER REPLICATE ${master}`)) === "OK";
    });
  }
  await all(nodes.slice(masters), "INFO replication", (text) => text.includes("master_link_status:up\r"));
  // A replica that the others don't know as one would not be elected.
  const replicas = nodes.length - masters;
  await all(nodes, "CLUSTER NODES", (text) => (text.match(/slave/g) ?? []).length === replicas);
  await all(nodes, "CLUSTER INFO", (text) => text.includes("cluster_state:ok\r"));
}

/** Waits until every node's answer fits. */
async function all(
  nodes: readonly RedisNode[],
  command: string,
  fits: (answer: string) => boolean,
): Promise<void> {
  await Promise.all(
    nodes.map((node) =>
      eventually(`${command} of ${node.address.port}`, async () => fits(await node.ask(command))),
    ),
  );
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + FORM_TIMEOUT_MS;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      if (performance.now() > untilMs) {
        throw new Error(`the Redis Cluster did not form: ${what}`, { cause: error });
      }
    }
    if (performance.now() > untilMs) throw new Error(`the Redis Cluster did not form: ${what}`);
    await sleep(50);
  }
}
