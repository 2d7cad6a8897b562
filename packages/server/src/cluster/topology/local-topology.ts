import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { parseTopology } from "./parse-topology.js";
import type { LimitsEntry, Topology } from "./topology.js";

/** What a local cluster consists of; what is left out has its default when the cluster is new. */
export interface LocalClusterOptions {
  /** The cluster's folder. Made when there is none. */
  readonly data: string;
  readonly backends?: number | undefined;
  /** Processes of each backend. */
  readonly workers?: number | undefined;
  readonly partitions?: number | undefined;
  readonly shards?: number | undefined;
  /** A second engine for every partition, and a synchronous standby for every shard. */
  readonly standbys?: boolean | undefined;
  readonly redisNodes?: number | undefined;
  /** Where clients connect; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Which rate limits hold for clients. */
  readonly limits?: LimitsEntry | undefined;
  /** Client order ids whose memory each engine fetches at its start. */
  readonly preparedIds?: number | undefined;
}

type Sizes = Required<{
  [K in keyof Omit<LocalClusterOptions, "data">]: NonNullable<LocalClusterOptions[K]>;
}>;

export const LOCAL_CLUSTER_DEFAULTS: Sizes = {
  backends: 4,
  workers: 4,
  partitions: 3,
  shards: 3,
  standbys: false,
  redisNodes: 6,
  port: 8080,
  limits: "published",
  preparedIds: 0,
};

/** The password of the local Redis Cluster, made by the first start. */
const REDIS_PASSWORD_FILE = "redis.password";

/** What the options of `cluster up` are called. */
const OPTION_NAMES: Readonly<Record<keyof Sizes, string>> = {
  backends: "--backends",
  workers: "--workers",
  partitions: "--partitions",
  shards: "--shards",
  standbys: "--standbys",
  redisNodes: "--redis-nodes",
  port: "--port",
  limits: "--limits",
  preparedIds: "--prepared-ids",
};

/** The cluster in the folder is another than the one that was asked for. */
export class OtherTopologyError extends Error {
  override readonly name = "OtherTopologyError";
}

/** Ports are taken from here, so that they and those of {@link BUS_PORT_OFFSET} lie below systems' outgoing ones. */
const PORT_MIN = 12_000;
const PORT_END = 22_000;
const PORT_MAX = 65_535;

/** Nodes of a Redis Cluster talk to each other at their port + this. */
const BUS_PORT_OFFSET = 10_000;

/** The file of a cluster's topology in its folder. */
export function topologyFile(data: string): string {
  return join(data, "topology.yaml");
}

/** Reads the topology of a file. Throws TopologyError, or Node's error when there is no such file. */
export function readTopology(file: string): Topology {
  return parseTopology(readFileSync(file, "utf8"), { file, folder: resolve(file, "..") });
}

/**
 * The topology of the cluster on this machine. The first call on a folder chooses free ports and writes
 * `topology.yaml`; later ones read it. `symbols` are spread over the partitions. Throws {@link OtherTopologyError}
 * when an option says something else than the file, and TopologyError when the file can't be used.
 */
export async function localTopology(
  options: LocalClusterOptions,
  symbols: readonly string[],
): Promise<Topology> {
  const file = topologyFile(options.data);
  if (existsSync(file)) {
    const topology = readTopology(file);
    refuseOther(options, topology, file);
    return topology;
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const sizes: Sizes = { ...LOCAL_CLUSTER_DEFAULTS, ...Object.fromEntries(given) };
  const servers = sizes.shards * (sizes.standbys ? 2 : 1) + sizes.redisNodes;
  const ports = await freePorts(servers + sizes.backends + (sizes.port === 0 ? 1 : 0) + 1);
  const text = topologyText(sizes, symbols, ports, await portBeside(sizes.port));
  const topology = parseTopology(text, { file, folder: resolve(options.data) });
  await mkdir(options.data, { recursive: true, mode: 0o711 });
  await writeFile(join(options.data, REDIS_PASSWORD_FILE), randomBytes(24).toString("hex"), { mode: 0o600 });
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  return topology;
}

/** The sizes that a topology has, as far as the options of `cluster up` can say them. */
function sizesOf(topology: Topology): Sizes {
  return {
    backends: topology.backends.length,
    workers: Math.max(...topology.backends.map(({ workers }) => workers)),
    partitions: topology.partitions.length,
    shards: topology.shards.length,
    standbys: topology.engines.length > topology.partitions.length,
    redisNodes: topology.redis.nodes.length,
    port: topology.edge.port,
    limits: topology.limits,
    preparedIds: Math.max(...topology.engines.map(({ preparedIds }) => preparedIds)),
  };
}

function refuseOther(options: LocalClusterOptions, topology: Topology, file: string): void {
  const sizes = sizesOf(topology);
  for (const [key, option] of Object.entries(OPTION_NAMES) as [keyof Sizes, string][]) {
    const asked = options[key];
    if (asked === undefined || asked === sizes[key] || (key === "port" && asked === 0)) continue;
    throw new OtherTopologyError(`${option} ${asked} was asked for, but ${file} says ${sizes[key]}`);
  }
}

function topologyText(
  sizes: Sizes,
  symbols: readonly string[],
  ports: readonly number[],
  consolePort: number | undefined,
): string {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const free = ports.values();
  const nextPort = (): number => free.next().value!;
  const lines = [
    "# The cluster on this machine, written by the first `buttonwood cluster up`. Paths begin at this folder;",
    "# processes that are not told where to listen do so on sockets in run/.",
    "name: local",
    "",
    "# Rate limits of clients: published, or none.",
    `limits: ${sizes.limits}`,
    "",
    "# Which partition takes a symbol's orders can't be changed once there are orders: the journals depend on it.",
    "# Symbols that are not named here are spread by a hash of their name.",
    "partitions:",
  ];
  for (const partition of numbers(sizes.partitions)) {
    const own = symbols.filter((_, index) => index % sizes.partitions === partition);
    lines.push(`  - shard: shard-${partition % sizes.shards}`, `    symbols: [${own.join(", ")}]`);
  }
  lines.push("", "shards:");
  for (const shard of numbers(sizes.shards)) {
    const name = `shard-${shard}`;
    lines.push(`  - name: ${name}`, `    host: ./${name}/socket`, `    port: ${nextPort()}`);
    if (!sizes.standbys) continue;
    lines.push("    synchronous: true", "    standbys:");
    lines.push(
      `      - name: ${name}-standby`,
      `        host: ./${name}-standby/socket`,
      `        port: ${nextPort()}`,
    );
  }
  lines.push("", "redis:", `  password: ${REDIS_PASSWORD_FILE}`, "  nodes:");
  for (const _ of numbers(sizes.redisNodes)) lines.push(`    - 127.0.0.1:${nextPort()}`);
  lines.push("", "# Of a partition's engines one leads: whoever holds the lease in the shard.", "engines:");
  for (const partition of numbers(sizes.partitions)) {
    for (const letter of sizes.standbys ? ["a", "b"] : ["a"]) {
      const name = `engine-${partition}-${letter}`;
      const memory = sizes.preparedIds > 0 ? `, preparedIds: ${sizes.preparedIds}` : "";
      lines.push(`  - { name: ${name}, partition: ${partition}, metrics: ${metricsSocket(name)}${memory} }`);
    }
  }
  lines.push("", "projections:");
  for (const partition of numbers(sizes.partitions)) {
    const name = `projection-${partition}`;
    lines.push(`  - { name: ${name}, partition: ${partition}, metrics: ${metricsSocket(name)} }`);
  }
  lines.push("", "backends:");
  for (const backend of numbers(sizes.backends)) {
    lines.push(
      `  - { name: backend-${backend}, listen: 127.0.0.1:${nextPort()}, workers: ${sizes.workers} }`,
    );
  }
  lines.push("", "# Where operators sign in, from this machine alone.", "console:");
  lines.push(`  port: ${consolePort ?? nextPort()}`);
  lines.push("", "edge:", `  port: ${sizes.port === 0 ? nextPort() : sizes.port}`, "");
  return lines.join("\n");
}

/** The port after that of the clients, when it is free. */
async function portBeside(port: number): Promise<number | undefined> {
  return port > 0 && port < PORT_MAX && (await isFree(port + 1)) ? port + 1 : undefined;
}

const metricsSocket = (name: string): string => `"unix:./run/${name}-metrics"`;

/** Ports of this machine that nobody listens on, in a row if possible. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  const start = randomInt(PORT_MIN, PORT_END);
  for (let tried = 0; ports.length < count; tried++) {
    if (tried === PORT_END - PORT_MIN) throw new Error(`there are no ${count} free ports on this machine`);
    const port = PORT_MIN + ((start - PORT_MIN + tried) % (PORT_END - PORT_MIN));
    if ((await isFree(port)) && (await isFree(port + BUS_PORT_OFFSET))) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((free) => {
    const server = createServer();
    server.once("error", () => free(false));
    server.listen(port, "127.0.0.1", () => server.close(() => free(true)));
  });
}
