import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DataFolderLock } from "../../journal/data-folder-lock.js";
import { type ControlSocket, serveControl } from "../../platform/control-socket.js";
import type { Logger } from "../../platform/logging.js";
import { askRoleHandover, askRoleStatus } from "../role-control.js";
import {
  type ClusterStatusReply,
  HANDOVER_MS_MAX,
  type HandoverReply,
  supervisorControlPath,
} from "./ask-cluster.js";
import { clusterStatus } from "./cluster-status.js";
import { endLeftovers, recordProcesses } from "./leftovers.js";
import type { LocalShard } from "./local-shard.js";
import type { Part } from "./part.js";
import { type Stage, Supervisor } from "./supervisor.js";

const LEADER_POLL_MS = 20;

export interface RunClusterOptions {
  readonly name: string;
  /** The cluster's folder: locked while it runs. */
  readonly data: string;
  readonly stages: readonly Stage[];
  /** Those whose standbys can be promoted. */
  readonly shards?: readonly LocalShard[];
  readonly logger: Logger;
  /** Stops the cluster when it is aborted, also while it starts. */
  readonly signal?: AbortSignal;
  /** Called when `ready` of `total` parts are ready; `part` is the last of them. */
  readonly onProgress?: (ready: number, total: number, part: string) => void;
}

export interface RunningCluster {
  /** Stops every process, and gives the folder back. */
  stop(): Promise<void>;
  /** Resolves when it has been stopped, by whomever. */
  readonly stopped: Promise<void>;
}

/**
 * Runs a local cluster: ends what a killed supervisor left, starts every part, keeps them running, and answers
 * operators on the folder's socket. Resolves when all are ready. When one can't be started nothing is left running.
 * Rejects with DataFolderLockedError, PartFailedError, or with the reason of a stop that came meanwhile.
 */
export async function runCluster(options: RunClusterOptions): Promise<RunningCluster> {
  const { data, logger } = options;
  prepareFolder(data);
  const lock = DataFolderLock.take(data);
  const processesFile = join(data, "run", "processes.json");
  let state: ClusterStatusReply["state"] = "starting";
  let control: ControlSocket | undefined;
  const supervisor = new Supervisor({
    stages: options.stages,
    onReady: (part, ready, total) => {
      logger.info({ part: part.name }, "ready");
      options.onProgress?.(ready, total, part.name);
    },
    onEnded: (part, how) => logger.error({ part: part.name }, `${how}; it is started again`),
    onRestarted: (part, restarts) => logger.warn({ part: part.name, restarts }, "runs again"),
    onRestartFailed: (part, error) =>
      logger.error({ part: part.name, err: error }, "could not be started again"),
    onChange: (states) => recordProcesses(processesFile, states),
  });
  let stopped: Promise<void> | undefined;
  let release = (): void => {};
  const hasStopped = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      state = "stopping";
      logger.info("stopping");
      try {
        await supervisor.stop();
        logger.info("stopped");
      } finally {
        // Whoever asked for the stop over the socket is answered before it closes.
        setImmediate(async () => {
          await control?.close();
          lock.release();
          release();
        });
      }
    })();
    return stopped;
  };
  const { signal } = options;
  signal?.addEventListener("abort", () => void stop());
  try {
    signal?.throwIfAborted();
    const left = await endLeftovers(processesFile);
    if (left.length > 0) logger.warn({ parts: left }, "ended what an earlier supervisor had left running");
    control = await serveControl(supervisorControlPath(data), {
      status: async (): Promise<ClusterStatusReply> => ({
        name: options.name,
        state,
        supervisorPid: process.pid,
        parts: await clusterStatus(supervisor.states),
      }),
      stop,
      kill: (body) => ({ pid: supervisor.kill((body as { name: string }).name) }),
      async promote(body) {
        const { name } = body as { name: string };
        const shard = options.shards?.find((each) => each.name === name);
        if (shard === undefined) throw new Error(`there is no shard ${name}`);
        const primary = await shard.promote();
        logger.warn({ shard: name, primary }, "promoted a standby");
        return { primary };
      },
      handover: (body) =>
        handover(
          supervisor.states.map(({ part }) => part),
          (body as { partition: number }).partition,
        ),
    });
    await supervisor.start();
  } catch (error) {
    await stop();
    await hasStopped;
    throw error;
  }
  state = "running";
  return {
    async stop() {
      await stop();
      await hasStopped;
    },
    stopped: hasStopped,
  };
}

/** Makes what lies in the folder. Servers with users of their own must be able to enter it, not to look in. */
function prepareFolder(data: string): void {
  mkdirSync(data, { recursive: true, mode: 0o711 });
  for (const inner of ["run", "logs"]) mkdirSync(join(data, inner), { recursive: true, mode: 0o700 });
}

async function handover(parts: readonly Part[], partition: number): Promise<HandoverReply> {
  const engines = parts.filter((part) => part.role === "engine" && part.partition === partition);
  if (engines.length === 0) throw new Error(`there is no partition ${partition}`);
  if (engines.length === 1) {
    throw new Error(
      `partition ${partition} has no second engine: add one under engines in topology.yaml, then start the cluster again`,
    );
  }
  const from = await leaderOf(engines);
  if (from === undefined) throw new Error(`nobody leads partition ${partition} at the moment`);
  const startMs = performance.now();
  await askRoleHandover(from.part.controlPath!);
  for (;;) {
    const to = await leaderOf(engines.filter((engine) => engine !== from.part));
    const tookMs = Math.round(performance.now() - startMs);
    if (to !== undefined)
      return { partition, from: from.part.name, to: to.part.name, epoch: to.epoch, tookMs };
    if (tookMs > HANDOVER_MS_MAX)
      throw new Error(`no engine leads partition ${partition} after ${tookMs} ms`);
    await sleep(LEADER_POLL_MS);
  }
}

async function leaderOf(engines: readonly Part[]): Promise<{ part: Part; epoch: number } | undefined> {
  for (const part of engines) {
    const status = await askRoleStatus(part.controlPath!).catch(() => undefined);
    if (status?.leads === true) return { part, epoch: status.epoch ?? 0 };
  }
  return undefined;
}
