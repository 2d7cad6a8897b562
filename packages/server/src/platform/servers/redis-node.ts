import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "iovalkey";
import type { TcpAddress } from "../address.js";
import { findBinary } from "./find-binary.js";
import { freePort } from "./free-port.js";
import { makeServerFolder, type RunAs, runAs } from "./run-as.js";
import { ServerProcess } from "./server-process.js";

/** Redis's own user, made by its Debian package. */
export const REDIS_USER = "redis";

const HOST = "127.0.0.1";

/** Where nodes talk to each other, as Redis itself chooses it. */
const BUS_PORT_OFFSET = 10_000;

/** A node without data listens at once; a loaded machine may take its time. */
const START_TIMEOUT_MS = 20_000;

/** Nothing is written at the end, so a node that does not end hangs. */
const STOP_TIMEOUT_MS = 5_000;

/** Silence after which the others take a node for dead, in ms: a failover takes about twice as long. */
const NODE_TIMEOUT_MS = 1_500;

/** Streams are bounded by what publishes them; beyond this, counters go first, then writes are refused. */
const NODE_MEMORY_MAX = "256mb";

/** Ports taken at random may be taken by somebody else a moment later. */
const START_ATTEMPTS = 5;

export interface RedisNodeOptions {
  readonly folder: string;
  /** The other nodes reach it at this port + 10,000. None = two free ones. */
  readonly port?: number | undefined;
  readonly password?: string | undefined;
  /** In a process group of its own, which Ctrl-C at the terminal does not reach. */
  readonly detached?: boolean;
  /** Whether its place in an earlier cluster is forgotten; else it takes that place again. */
  readonly isNew: boolean;
}

/** Starts one node, empty; resolves when it answers. A new one belongs to no cluster until one is formed of it. */
export function startRedisNode(options: RedisNodeOptions): Promise<RedisNode> {
  return RedisNode.start(options);
}

/** One node: it keeps its ports and its place in the cluster when it is started again. */
export class RedisNode {
  readonly address: TcpAddress;
  /** Where the other nodes reach it. */
  readonly busPort: number;
  readonly #folder: string;
  readonly #password: string | undefined;
  readonly #user: RunAs;
  readonly #detached: boolean;
  #process: ServerProcess;

  private constructor(
    options: RedisNodeOptions,
    user: RunAs,
    ports: { readonly port: number; readonly busPort: number },
    process: ServerProcess,
  ) {
    this.address = { host: HOST, port: ports.port };
    this.busPort = ports.busPort;
    this.#folder = options.folder;
    this.#password = options.password;
    this.#user = user;
    this.#detached = options.detached ?? false;
    this.#process = process;
  }

  /** @internal Use {@link startRedisNode}. */
  static async start(options: RedisNodeOptions): Promise<RedisNode> {
    const { folder, password } = options;
    const user = runAs(REDIS_USER);
    makeServerFolder(folder, user);
    if (options.isNew) rmSync(join(folder, "nodes.conf"), { force: true });
    for (let attempt = 1; ; attempt++) {
      const ports =
        options.port === undefined
          ? { port: await freePort(), busPort: await freePort() }
          : { port: options.port, busPort: options.port + BUS_PORT_OFFSET };
      writeFileSync(join(folder, "redis.conf"), settings(folder, ports, password), { mode: 0o600 });
      makeServerFolder(folder, user);
      const server = await startProcess(folder, user, options.detached ?? false);
      const node = new RedisNode(options, user, ports, server);
      try {
        await server.ready(
          () => node.#answers("INFO server", `process_id:${server.pid}\r`),
          START_TIMEOUT_MS,
        );
        return node;
      } catch (error) {
        const isPortTaken = server.log().includes("Address already in use");
        if (isPortTaken && options.port !== undefined) {
          throw new Error(
            `port ${ports.port} or ${ports.busPort} is taken by another program, so Redis can't use both`,
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
    this.#process = await startProcess(this.#folder, this.#user, this.#detached);
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

function startProcess(folder: string, user: RunAs, detached: boolean): Promise<ServerProcess> {
  return ServerProcess.start({
    file: findBinary("redis-server"),
    args: [join(folder, "redis.conf")],
    user,
    logFile: join(folder, "redis.log"),
    detached,
  });
}

function settings(
  folder: string,
  { port, busPort }: { readonly port: number; readonly busPort: number },
  password: string | undefined,
): string {
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
