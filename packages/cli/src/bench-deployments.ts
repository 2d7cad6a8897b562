/** Layouts of a capacity run, as they are started on this machine. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Deployment, Instruments, Layout } from "@buttonwood/bench";
import { BENCH_ACCOUNTS, BENCH_SYMBOLS, openBenchAccounts } from "./bench-accounts.js";
import { startChildExchange } from "./child-exchange.js";

/**
 * Starts a layout with funded accounts. `parent` is where its folder is made; `preparedIds`: client order ids whose
 * memory each engine fetches at its start.
 */
export function deploy(layout: Layout, parent: string = tmpdir(), preparedIds = 0): Promise<Deployment> {
  return layout.pipeline === "classic"
    ? deployClassic(layout, parent)
    : deployCluster(layout, parent, preparedIds);
}

async function deployCluster(layout: Layout, parent: string, preparedIds: number): Promise<Deployment> {
  const { backends, workers, partitions, shards, redisNodes, standbys, edge } = layout;
  const child = await startChildExchange(parent, [
    ...["cluster", "up", "--backends", String(backends), "--workers", String(workers)],
    ...["--partitions", String(partitions), "--shards", String(shards), "--redis-nodes", String(redisNodes)],
    ...(standbys ? ["--standbys"] : []),
    ...(preparedIds > 0 ? ["--prepared-ids", String(preparedIds)] : []),
  ]);
  try {
    return {
      url: edge ? child.url : child.backends[0]!,
      roots: [child.pid],
      instruments: await instrumentsOf(child.data),
      keys: await openBenchAccounts(child.admin, BENCH_ACCOUNTS, () => {}),
      symbols: BENCH_SYMBOLS,
      kill: (name) => killPart(child.data, name),
      stop: () => child.stop(),
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** A cluster's own words for its processes, in those of the lab. */
async function instrumentsOf(data: string): Promise<Instruments> {
  const { clusterInstruments } = await import("@buttonwood/server");
  return clusterInstruments(data);
}

/** `buttonwood cluster kill`. */
async function killPart(data: string, name: string): Promise<void> {
  const bin = fileURLToPath(new URL("../bin/buttonwood.js", import.meta.url));
  await promisify(execFile)(process.execPath, [bin, "cluster", "kill", name, "--data", data]);
}

/** The yardstick: its processes are below this one. */
async function deployClassic({ backends, workers }: Layout, parent: string): Promise<Deployment> {
  const { startClassic, startOwnServers } = await import("@buttonwood/bench");
  const folder = await mkdtemp(join(parent, "buttonwood-classic-"));
  // Its servers run as users of their own when root starts them, and must reach their folders in it.
  await chmod(folder, 0o711);
  const stops = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const servers = await startOwnServers(join(folder, "servers"));
    stops.push(() => servers.stop());
    const { postgres, redis } = servers;
    const classic = await startClassic({
      backends,
      workers,
      postgres,
      redis,
      folder: join(folder, "classic"),
    });
    stops.push(() => classic.stop());
    const kill = (): Promise<void> => Promise.reject(new Error("nothing of the yardstick is killed"));
    return {
      url: classic.url,
      roots: [],
      keys: classic.keys,
      symbols: BENCH_SYMBOLS,
      // Its processes keep no metrics: what its servers count is what there is.
      instruments: { metrics: [], databases: [postgres], redis: { nodes: [redis] } },
      kill,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
