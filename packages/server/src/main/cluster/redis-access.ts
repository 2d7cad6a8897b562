import { readFileSync } from "node:fs";
import type { Topology } from "../../cluster/topology/topology.js";
import type { RedisAccess } from "../../platform/redis-connection.js";

/** How to reach a topology's Redis Cluster. Throws when the file of its password can't be read. */
export function redisAccess({ redis }: Topology): RedisAccess {
  const { nodes, passwordFile } = redis;
  if (passwordFile === undefined) return { nodes, password: undefined };
  try {
    return { nodes, password: readFileSync(passwordFile, "utf8").trimEnd() };
  } catch (error) {
    throw new Error(`the password of Redis can't be read: ${(error as Error).message}`);
  }
}
