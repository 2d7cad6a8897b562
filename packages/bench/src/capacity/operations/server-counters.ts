/** What PostgreSQL and Redis have done so far, by their own counts. */
import { Redis } from "iovalkey";
import pg from "pg";
import type { DatabaseAddress, Instruments } from "./instruments.js";

const CONNECT_TIMEOUT_MS = 5_000;

/** Transactions that a database has ended; its processes report theirs about once a second. */
export async function transactionsOf(address: DatabaseAddress): Promise<number> {
  const client = new pg.Client({ ...address, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  try {
    const { rows } = await client.query<{ done: string }>(
      "SELECT xact_commit + xact_rollback AS done FROM pg_stat_database WHERE datname = current_database()",
    );
    return Number(rows[0]?.done ?? 0);
  } finally {
    await client.end();
  }
}

/** Commands that all nodes of a Redis have run. */
export async function redisCommandsOf({ nodes, password }: Instruments["redis"]): Promise<number> {
  const counts = await Promise.all(
    nodes.map(async ({ host, port }) => {
      const redis = new Redis({
        host,
        port,
        ...(password === undefined ? {} : { password }),
        lazyConnect: true,
        connectTimeout: CONNECT_TIMEOUT_MS,
        retryStrategy: () => null,
      });
      await redis.connect();
      try {
        return Number(/total_commands_processed:(\d+)/.exec(await redis.info("stats"))?.[1] ?? 0);
      } finally {
        redis.disconnect();
      }
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
