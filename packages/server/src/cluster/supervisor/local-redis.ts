import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formRedisCluster } from "../../platform/servers/redis-cluster.js";
import { type RedisNode, startRedisNode } from "../../platform/servers/redis-node.js";
import type { RedisEntry } from "../topology/topology.js";
import type { Part, RunningPart } from "./part.js";

/** A Redis Cluster whose nodes run on this machine, each a part. It begins empty: Redis carries, it keeps nothing. */
export class LocalRedis {
  readonly #redis: RedisEntry;
  readonly #data: string;
  readonly #nodes: (RedisNode | undefined)[];

  /** `data` is the cluster's folder. */
  constructor(redis: RedisEntry, data: string) {
    this.#redis = redis;
    this.#data = data;
    this.#nodes = redis.nodes.map(() => undefined);
  }

  parts(): Part[] {
    return this.#redis.nodes.map(({ port }, index) => {
      const name = `redis-${index}`;
      const folder = join(this.#data, name);
      return {
        name,
        role: "redis",
        logFile: join(folder, "redis.log"),
        start: () => this.#start(index, folder, port),
      };
    });
  }

  /** Makes one cluster of the nodes, when all of them run for the first time. */
  async form(): Promise<void> {
    const nodes = this.#nodes.filter((node) => node !== undefined);
    await formRedisCluster(nodes);
  }

  async #start(index: number, folder: string, port: number): Promise<RunningPart> {
    const { passwordFile } = this.#redis;
    const node = await startRedisNode({
      folder,
      port,
      password: passwordFile === undefined ? undefined : readFileSync(passwordFile, "utf8").trim(),
      isNew: this.#nodes[index] === undefined,
      detached: true,
    });
    this.#nodes[index] = node;
    return { pid: node.pid, ended: node.exited.then(() => "it has ended"), stop: () => node.stop() };
  }
}
