/** What is killed: how a victim is found, and when the cluster is whole again. */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { ClusterPart, LocalCluster } from "../support/cluster.js";
import { pause } from "../support/eventually.js";
import { areShardsWhole, primaryOf } from "./shard-servers.js";

/** Longer than a copy of a shard takes on a busy machine, in ms. */
const WHOLE_MS_MAX = 180_000;
const GONE_MS_MAX = 10_000;
const REDIS_MS_MAX = 2_000;

export const KINDS = [
  "engine leader",
  "standby engine",
  "backend",
  "projection",
  "nginx",
  "Redis master",
  "PostgreSQL primary",
  "PostgreSQL primary, standby promoted",
  "PostgreSQL standby",
] as const;

export type Kind = (typeof KINDS)[number];

export interface Kill {
  readonly kind: Kind;
  readonly victim: string;
  /** When the process was gone, in ms since this one began. */
  readonly atMs: number;
  /** Partitions whose orders it may have held up; all when it serves all. */
  readonly partitions: readonly number[];
}

/** Kills one process of a kind, drawn at random, as `kill -9` does. */
export async function kill(cluster: LocalCluster, kind: Kind, random: () => number): Promise<Kill> {
  const parts = await cluster.parts();
  const candidates = await candidatesOf(cluster, kind, parts);
  const victim = candidates[Math.floor(random() * candidates.length)];
  if (victim?.pid === undefined) throw new Error(`there is no ${kind} to kill`);
  process.kill(victim.pid, "SIGKILL");
  const untilMs = performance.now() + GONE_MS_MAX;
  while (isAlive(victim.pid)) {
    if (performance.now() > untilMs) throw new Error(`${victim.name} outlives SIGKILL`);
    await pause(1);
  }
  const atMs = performance.now();
  if (kind === "PostgreSQL primary, standby promoted") await cluster.promote(shardOf(cluster, victim.name));
  return { kind, victim: victim.name, atMs, partitions: partitionsOf(cluster, victim) };
}

async function candidatesOf(
  cluster: LocalCluster,
  kind: Kind,
  parts: readonly ClusterPart[],
): Promise<readonly ClusterPart[]> {
  const of = (role: ClusterPart["role"]): ClusterPart[] => parts.filter((part) => part.role === role);
  switch (kind) {
    case "engine leader":
      return of("engine").filter(({ leads }) => leads);
    case "standby engine":
      return of("engine").filter(({ leads }) => !leads);
    case "backend":
    case "projection":
    case "nginx":
      return of(kind);
    case "Redis master": {
      const roles = await Promise.all(
        cluster.topology.redis.nodes.map((node) => askRedis(cluster, node, "INFO replication")),
      );
      return of("redis").filter(({ name }) => roles[numberOf(name)]?.includes("role:master"));
    }
    case "PostgreSQL primary":
    case "PostgreSQL primary, standby promoted":
    case "PostgreSQL standby": {
      const primaries = await Promise.all(
        cluster.topology.shards.map(({ name }) => primaryOf(cluster, name)),
      );
      return of("postgres").filter(
        ({ name }) => primaries.includes(name) !== (kind === "PostgreSQL standby"),
      );
    }
  }
}

const numberOf = (name: string): number => Number(/\d+$/.exec(name)?.[0]);

function shardOf(cluster: LocalCluster, server: string): string {
  return cluster.topology.shards.find(
    ({ name, standbys = [] }) => name === server || standbys.some((standby) => standby.name === server),
  )!.name;
}

function partitionsOf(cluster: LocalCluster, { role, name, partition }: ClusterPart): readonly number[] {
  if (partition !== undefined) return [partition];
  const all = [...cluster.topology.partitions.keys()];
  if (role !== "postgres") return all;
  const shard = shardOf(cluster, name);
  return all.filter((number) => cluster.topology.partitions[number]!.shard === shard);
}

/** Resolves when every process runs and does what it is there for. Rejects with what is still missing. */
export async function untilWhole(cluster: LocalCluster): Promise<void> {
  const untilMs = performance.now() + WHOLE_MS_MAX;
  for (;;) {
    const missing = await missingOf(cluster);
    if (missing === undefined) return;
    if (performance.now() > untilMs) throw new Error(`after ${WHOLE_MS_MAX / 1000} s ${missing}`);
  }
}

async function missingOf(cluster: LocalCluster): Promise<string | undefined> {
  const parts = await cluster.parts();
  const good = new Set(["running", "serving", "leading", "standing by"]);
  const bad = parts.find(({ pid, state }) => pid === undefined || !good.has(state));
  if (bad !== undefined) return `${bad.name} is ${bad.state}`;
  for (const partition of cluster.topology.partitions.keys()) {
    const leaders = parts.filter((part) => part.partition === partition && part.leads);
    if (leaders.length !== 1) return `partition ${partition} has ${leaders.length} leaders`;
  }
  if (!(await areShardsWhole(cluster))) return "a shard is not copied by its standby";
  return redisProblem(cluster);
}

async function redisProblem(cluster: LocalCluster): Promise<string | undefined> {
  const { nodes } = cluster.topology.redis;
  for (const node of nodes) {
    const state = await askRedis(cluster, node, "CLUSTER INFO");
    if (!state?.includes("cluster_state:ok")) return `Redis ${node} is in no whole cluster`;
    const replication = (await askRedis(cluster, node, "INFO replication")) ?? "";
    const copies = replication.includes("role:slave");
    if (copies && !replication.includes("master_link_status:up")) return `Redis ${node} does not copy`;
    if (!copies && nodes.length >= 6 && !replication.includes("connected_slaves:1")) {
      return `Redis ${node} is not copied`;
    }
  }
  return undefined;
}

/** The answer of a Redis node to an inline command; undefined when it does not answer. */
function askRedis(cluster: LocalCluster, node: string, command: string): Promise<string | undefined> {
  const password = readFileSync(join(cluster.data, cluster.topology.redis.password), "utf8").trim();
  return new Promise((resolve) => {
    const socket = connect(Number(node.split(":")[1]), "127.0.0.1");
    let text = "";
    socket.setTimeout(REDIS_MS_MAX, () => socket.destroy());
    socket.on("connect", () => socket.end(`AUTH ${password}\r\n${command}\r\nQUIT\r\n`));
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text.startsWith("+OK") ? text : undefined));
  });
}

function isAlive(pid: number): boolean {
  try {
    // A process that has ended and was not yet asked how is a zombie.
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
