import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TcpAddress } from "../address.js";
import { REDIS_USER, type RedisNode, startRedisNode } from "./redis-node.js";
import { makeServerFolder, runAs } from "./run-as.js";

const SLOTS = 16_384;

/** Nodes learn of each other by gossip, within a second or two. */
const FORM_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

export interface RedisClusterOptions {
  /** Holds a folder for each node. Made when it is missing; what it holds from an earlier run is forgotten. */
  readonly folder: string;
  /** 1; 3 to 5, all of them masters; or an even number from 6 on, half masters, half replicas. */
  readonly nodes: number;
  /** One port of 127.0.0.1 for each node, see {@link RedisNodeOptions.port}; none = free ones. */
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
  mastersOf(count);
  if (ports !== undefined && ports.length !== count) {
    throw new RangeError(`${count} Redis nodes need ${count} ports, not ${ports.length}`);
  }
  makeServerFolder(folder, runAs(REDIS_USER));
  const nodes: RedisNode[] = [];
  try {
    for (let index = 0; index < count; index++) {
      nodes.push(
        await startRedisNode({
          folder: join(folder, `node-${index}`),
          port: ports?.[index],
          password,
          isNew: true,
        }),
      );
    }
    await formRedisCluster(nodes);
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  }
  return new RedisCluster(nodes);
}

/**
 * Makes one cluster of new nodes: the masters share the slots, the others copy them. Resolves when it serves all
 * slots.
 */
export async function formRedisCluster(nodes: readonly RedisNode[]): Promise<void> {
  const masters = mastersOf(nodes.length);
  const [first, ...others] = nodes as [RedisNode, ...RedisNode[]];
  for (const [index, node] of nodes.slice(0, masters).entries()) {
    const from = Math.floor((SLOTS * index) / masters);
    const to = Math.floor((SLOTS * (index + 1)) / masters) - 1;
    await node.ask(`CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
    await node.ask(`CLUSTER ADDSLOTSRANGE ${from} ${to}`);
  }
  for (const node of others) {
    await first.ask(`CLUSTER MEET ${node.address.host} ${node.address.port} ${node.busPort}`);
  }
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

/** How many of the nodes are masters. */
function mastersOf(nodes: number): number {
  if (nodes === 1 || (nodes >= 3 && nodes <= 5)) return nodes;
  if (nodes >= 6 && nodes % 2 === 0) return nodes / 2;
  throw new RangeError(
    `a Redis Cluster of ${nodes} nodes is not offered: 1, 3 to 5 (masters only), or an even number from 6 on (half replicas)`,
  );
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
    await sleep(POLL_MS);
  }
}
