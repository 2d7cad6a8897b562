import { Cluster, Redis } from "iovalkey";
import type { TcpAddress } from "./address.js";

export type { Cluster } from "iovalkey";

/** How a Redis Cluster is reached. */
export interface RedisAccess {
  /** Nodes to begin with; the others are found through them. */
  readonly nodes: readonly TcpAddress[];
  /** Undefined when none is asked for. */
  readonly password: string | undefined;
}

/** A Redis that can't be used as it is; the message says what to do. */
export class RedisUnusableError extends Error {
  override readonly name = "RedisUnusableError";
}

/** A node that can't be connected to in this time, in ms, is down: another one may have taken over. */
const CONNECT_TIMEOUT_MS = 1_000;

/** First and longest wait before a cluster is looked for again, in ms. */
const BACKOFF_MS_MIN = 50;
const BACKOFF_MS_MAX = 1_000;

/** How often a command follows its key to another node, or tries again after its node was lost. */
const REDIRECTIONS_MAX = 3;

/**
 * A connection to every master of a Redis Cluster, made again when it is lost, with a growing and random wait. A
 * command that is given while there is none, or whose node is lost or silent for `silenceMsMax`, rejects soon:
 * nothing waits for Redis. Errors of the connection itself go to `onError`.
 */
export function connectRedis(
  access: RedisAccess,
  options: {
    /** Shown by Redis in its list of clients. */
    readonly name: string;
    /** A node that owes an answer and says nothing for this long, in ms, hangs or is cut off. */
    readonly silenceMsMax: number;
    readonly onError: (error: Error) => void;
  },
): Cluster {
  const { name, silenceMsMax, onError } = options;
  const cluster = new Cluster([...access.nodes], {
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    maxRedirections: REDIRECTIONS_MAX,
    clusterRetryStrategy: (times) => {
      const longest = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(times, 10));
      return longest * (0.5 + 0.5 * Math.random());
    },
    redisOptions: {
      ...passwordOf(access),
      connectionName: name,
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: silenceMsMax,
    },
  });
  cluster.on("error", onError);
  return cluster;
}

/**
 * Looks whether the nodes belong to a Redis Cluster that takes this password. Throws {@link RedisUnusableError} when
 * one says no; answers false when none can be reached, which may change.
 */
export async function checkRedis(access: RedisAccess): Promise<boolean> {
  const answers = await Promise.all(access.nodes.map((node) => checkNode(node, access)));
  return answers.includes(true);
}

async function checkNode(node: TcpAddress, access: RedisAccess): Promise<boolean> {
  const client = new Redis({
    ...node,
    ...passwordOf(access),
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: CONNECT_TIMEOUT_MS,
  });
  // The rejected command says it.
  client.on("error", () => undefined);
  try {
    await client.cluster("INFO");
    return true;
  } catch (error) {
    const { message } = error as Error;
    const where = `the Redis at ${node.host}:${node.port}`;
    if (message.includes("cluster support disabled")) {
      throw new RedisUnusableError(
        `${where} is no cluster. Start it with "cluster-enabled yes" and give it its slots; one node alone may be a cluster too.`,
      );
    }
    if (/^(NOAUTH|WRONGPASS)|AUTH failed/.test(message)) {
      throw new RedisUnusableError(
        `${where} ${access.password === undefined ? "asks for a password, and the topology names none" : "refuses the topology's password"} (${message}).`,
      );
    }
    return false;
  } finally {
    client.disconnect();
  }
}

function passwordOf({ password }: RedisAccess): { password?: string } {
  return password === undefined ? {} : { password };
}
