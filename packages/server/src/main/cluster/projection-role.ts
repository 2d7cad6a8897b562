import { setTimeout as sleep } from "node:timers/promises";
import { type RoleStatus, roleControlPath, serveRoleControl } from "../../cluster/role-control.js";
import { partitionMapOf } from "../../cluster/topology/topology.js";
import { RedisFeedReader } from "../../feed/redis/redis-feed-reader.js";
import { PostgresJournal } from "../../journal/postgres/postgres-journal.js";
import { systemClock } from "../../platform/clock.js";
import { createMetrics } from "../../platform/metrics.js";
import { checkRedis } from "../../platform/redis-connection.js";
import { Shutdown } from "../../platform/shutdown.js";
import { readTlsFiles } from "../../platform/tls-credentials.js";
import { KeptProjection } from "../../projection/kept-projection.js";
import { PostgresTables } from "../../projection/postgres/postgres-tables.js";
import { listenForGateways } from "../../projection/projection-socket.js";
import { ProjectionUnusableError } from "../../projection/tables.js";
import { registerFeedReaderMetrics, registerTablesMetrics } from "../metrics/projection-links.js";
import { registerProjectionMetrics } from "../metrics/projection-metrics.js";
import { registerShardMetrics } from "../metrics/shard-metrics.js";
import { serveProbes } from "./probes.js";
import { redisAccess } from "./redis-access.js";
import type { RoleContext, RunningRole, StartRole } from "./role-context.js";
import { shardAccess } from "./shard-access.js";

/** Time between two looks whether the tables have caught up, in ms. */
const READY_POLL_MS = 20;

/**
 * The projection of a partition: fills its query tables in the shard from the feed, and from the journal what the
 * feed did not bring, and serves history, market data and events to gateways.
 */
export const startProjectionRole: StartRole = async (context) => {
  const steps = new Shutdown((step, error) =>
    context.logger.error({ err: error }, `stopping: ${step} failed`),
  );
  try {
    return await start(context, steps);
  } catch (error) {
    await steps.run();
    throw error;
  }
};

async function start(context: RoleContext, steps: Shutdown): Promise<RunningRole> {
  const { topology, name, logger } = context;
  const entry = topology.projections.find((projection) => projection.name === name);
  if (entry === undefined) throw new Error(`the topology has no projection ${name}`);
  const { partition } = entry;
  const access = shardAccess(topology, partition, "projection");

  let kept: KeptProjection | undefined;
  const isReady = (): boolean => kept?.running?.isLive === true;
  const control = await serveRoleControl(roleControlPath(topology, name), {
    status: (): RoleStatus => ({
      role: "projection",
      name,
      pid: process.pid,
      state: isReady() ? "serving" : kept?.running === undefined ? "starting" : "catching up",
      ready: isReady(),
      partition,
      sequence: kept?.running?.sequence ?? 0,
    }),
  });
  steps.add("control socket", () => control.close());

  const redis = redisAccess(topology);
  if (!(await checkRedis(redis))) logger.warn("Redis can't be reached: the feed is read from the journal");
  const openJournal = () => PostgresJournal.openReader({ access, partition, name });
  const journal = openJournal();
  steps.add("journal", () => journal.close());
  const tail = async (): Promise<number> => (await journal.tail()).sequence;
  let feed: RedisFeedReader | undefined;
  let tables: PostgresTables | undefined;
  steps.add("feed", () => feed?.closed());

  let told = "";
  const starting = KeptProjection.start({
    parts: async () => {
      // What is older is read from the journal, on every start.
      feed ??= new RedisFeedReader({
        redis,
        partition,
        name,
        fromSequence: (await tail()) + 1,
        tail,
        logger,
      });
      return {
        openTables: async () => {
          tables = await PostgresTables.open({ access, partition });
          return tables;
        },
        journal: openJournal(),
        feed,
        clock: systemClock,
      };
    },
    onStarted(projection) {
      told = "";
      logger.info({ sequence: projection.sequence }, "the projection runs");
    },
    onFailed(error) {
      if (error.message !== told) logger.error({ err: error }, "the projection failed and is started again");
      told = error.message;
    },
    isFinal: (error) => error instanceof ProjectionUnusableError,
  });
  kept = await starting;
  steps.add("projection", () => kept?.close());

  const { tls } = topology.security;
  const server = await listenForGateways({
    address: entry.listen,
    tls: tls === undefined ? undefined : readTlsFiles(tls),
    partition,
    mapHash: partitionMapOf(topology).hash,
    projection: () => kept?.running,
    onRefused: (remote, error) => logger.warn({ remote, err: error }, "a gateway was turned away"),
  });
  steps.add("server", () => server.close(`${name} has stopped`));

  if (entry.metrics !== undefined) {
    const registry = createMetrics({ process: true });
    registerProjectionMetrics(registry, async () => kept?.figures());
    registerShardMetrics(registry, () => journal.shardFigures);
    registerFeedReaderMetrics(registry, () => feed?.figures);
    registerTablesMetrics(registry, () => tables?.connections);
    const probes = await serveProbes({ address: entry.metrics, registry, isReady });
    steps.add("metrics", () => probes.close());
  }

  while (!isReady()) await sleep(READY_POLL_MS);
  return { close: () => steps.run() };
}
