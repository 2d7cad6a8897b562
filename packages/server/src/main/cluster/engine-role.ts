import { setTimeout as sleep } from "node:timers/promises";
import { type RoleStatus, roleControlPath, serveRoleControl } from "../../cluster/role-control.js";
import { partitionMapOf } from "../../cluster/topology/topology.js";
import { compileCoreForSpeed, cores } from "../../engine/cores.js";
import { ENGINE_OPTIONS_DEFAULT, type EngineEvent } from "../../engine/engine.js";
import { EngineNode } from "../../engine/engine-node.js";
import { DataFolderLock } from "../../journal/data-folder-lock.js";
import { PostgresJournal } from "../../journal/postgres/postgres-journal.js";
import { ThreadedSnapshotStore } from "../../journal/snapshots/threaded-snapshot-store.js";
import { formatAddress } from "../../platform/address.js";
import { systemClock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logging.js";
import { createMetrics } from "../../platform/metrics.js";
import { checkRedis } from "../../platform/redis-connection.js";
import { Shutdown } from "../../platform/shutdown.js";
import { systemTimers } from "../../platform/timers.js";
import { readTlsFiles } from "../../platform/tls-credentials.js";
import type { GrpcServer, GrpcServerOptions } from "../../transport/grpc/grpc-server.js";
import { SocketServer } from "../../transport/socket/socket-server.js";
import { noticeOf } from "../engine-notice.js";
import { registerNodeMetrics } from "../metrics/node-metrics.js";
import { LeaderOutlets } from "./leader-outlets.js";
import { PartitionClients } from "./partition-clients.js";
import { serveProbes } from "./probes.js";
import { redisAccess } from "./redis-access.js";
import type { RoleContext, RunningRole, StartRole } from "./role-context.js";
import { shardAccess } from "./shard-access.js";
import { findSuccessor } from "./successor.js";

/** Time between two looks whether a recovery has ended, in ms. */
const READY_POLL_MS = 20;

/** Longest that commands gather after a batch, in ms: what a slow commit may cost the commands after it. */
const REST_MS_MAX = 10;

/** Time between two reports of a recovery's progress, in ms. */
const PROGRESS_MS = 1_000;

/**
 * An engine of a partition: stands by, and leads while it holds the lease. It has no threads but the one that writes
 * snapshots: core, journal and sockets share this one, so that a batch crosses no queue on its way.
 */
export const startEngineRole: StartRole = async (context) => {
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
  const entry = topology.engines.find((engine) => engine.name === name);
  if (entry === undefined) throw new Error(`the topology has no engine ${name}`);
  const { hash: mapHash } = partitionMapOf(topology);
  const partition = { number: entry.partition, mapHash };
  compileCoreForSpeed();

  let node: EngineNode | undefined;
  const control = await serveRoleControl(roleControlPath(topology, name), {
    status: () => statusOf(name, entry.partition, node),
    async handover() {
      if (node?.engine === undefined) throw new Error(`${name} does not lead partition ${entry.partition}`);
      const successor = await findSuccessor(topology, name, node.engine.sequence);
      logger.info({ successor }, "handing over");
      await node.handOver(successor);
    },
  });
  steps.add("control socket", () => control.close());

  const redis = redisAccess(topology);
  if (!(await checkRedis(redis))) logger.warn("Redis can't be reached: the feed is read from the journal");
  const lock = DataFolderLock.take(entry.data);
  steps.add("data folder", () => lock.release());
  const journal = await PostgresJournal.open({
    access: shardAccess(topology, entry.partition, "engine"),
    partition: entry.partition,
    name,
  });
  steps.add("journal", () => journal.close());
  const snapshots = new ThreadedSnapshotStore(entry.data);
  steps.add("snapshots", () => snapshots.close());

  const clients = new PartitionClients(topology, name, logger);
  steps.add("connections to the other partitions", () => clients.close());
  const outlets = new LeaderOutlets({
    partition: entry.partition,
    name,
    redis,
    journal,
    clientOf: (number) => clients.of(number),
    logger,
  });

  let failed: Error | undefined;
  // Closed after the engine, so that what was taken is answered first.
  let server: SocketServer | undefined;
  let grpc: GrpcServer | undefined;
  steps.add("server", async () => {
    const closing = [server, grpc].map((each) =>
      each?.close(`${name} has stopped`, { isSettled: failed === undefined }),
    );
    await Promise.all(closing);
  });
  node = new EngineNode(
    {
      journal,
      snapshots,
      cores,
      publisher: outlets,
      timers: systemTimers,
      clock: systemClock,
      defer: setImmediate,
      stopwatchMs: () => performance.now(),
      onEvent: reportTo(logger),
      onLead(engine) {
        logger.info({ epoch: engine.epoch, sequence: engine.sequence }, "leads");
        outlets.begin(engine);
        return () => {
          outlets.end();
          logger.info({ epoch: engine.epoch, sequence: engine.sequence }, "leads no more");
          for (const each of [server, grpc]) each?.turnAway(`${name} leads no more`);
        };
      },
    },
    {
      ...ENGINE_OPTIONS_DEFAULT,
      restMsMax: REST_MS_MAX,
      preparedIds: entry.preparedIds,
      owner: name,
      address: formatAddress(entry.listen),
      partition,
    },
  );
  node.ended.catch((error: Error) => {
    failed = error;
  });
  steps.add("engine", () => (failed === undefined ? node.close() : undefined));

  const tls = topology.security.tls === undefined ? undefined : readTlsFiles(topology.security.tls);
  const served = { tls, partition: entry.partition, mapHash };
  server = await SocketServer.listen(node, {
    ...served,
    address: entry.listen,
    onRefused: (remote, error) => logger.warn({ remote, err: error }, "a client was turned away"),
  });
  if (entry.grpc !== undefined) grpc = await serveGrpc(node, { ...served, address: entry.grpc });

  if (entry.metrics !== undefined) {
    const registry = createMetrics({ process: true });
    registerNodeMetrics(registry, {
      partition: entry.partition,
      node: () => node,
      journal: () => journal.shardFigures,
      feed: () => outlets.feedFigures,
    });
    const probes = await serveProbes({
      address: entry.metrics,
      registry,
      isReady: () => isReady(node),
    });
    steps.add("metrics", () => probes.close());
  }

  while (node.state === "recovering" && failed === undefined) await sleep(READY_POLL_MS);
  if (failed !== undefined) throw failed;
  node.ended.catch(context.onFatal);
  return { close: () => steps.run() };
}

/** The documented interface for other languages; loaded only where the topology asks for it. */
async function serveGrpc(
  node: EngineNode,
  options: Omit<GrpcServerOptions, "isServing" | "handOver">,
): Promise<GrpcServer> {
  const { GrpcServer } = await import("../../transport/grpc/grpc-server.js");
  return GrpcServer.listen(node, {
    ...options,
    isServing: () => node.state === "leading",
    handOver: (successor) => node.handOver(successor),
  });
}

/** Leading and standing by are what it is there for. */
function isReady(node: EngineNode | undefined): boolean {
  return node?.state === "leading" || node?.state === "standing by";
}

async function statusOf(name: string, partition: number, node: EngineNode | undefined): Promise<RoleStatus> {
  const state = node?.state ?? "starting";
  const status = await node?.query({ kind: "status" });
  const leads = status !== undefined && status.epoch > 0;
  return {
    role: "engine",
    name,
    pid: process.pid,
    state,
    ready: isReady(node),
    leads,
    partition,
    sequence: status?.sequence ?? 0,
    ...(leads
      ? {
          epoch: status.epoch,
          done: status.commands,
          commitMs: status.commitMsP50,
          commitMsP99: status.commitMsP99,
          queued: status.queuedCommands,
        }
      : {}),
  };
}

/** Tells the log what an operator should read of the engine's events. */
function reportTo(logger: Logger): (event: EngineEvent) => void {
  let toldMs = performance.now();
  return (event) => {
    if (event.kind === "recovering" && performance.now() - toldMs >= PROGRESS_MS) {
      toldMs = performance.now();
      logger.info(event.progress, "recovering");
    }
    const notice = noticeOf(event);
    if (notice !== undefined) logger[notice.level](notice.text);
  };
}
