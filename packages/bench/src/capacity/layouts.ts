import type { Layout } from "./capacity-result.js";
import type { FailoverPlan } from "./run-failover.js";

const CLUSTER: Layout = {
  pipeline: "buttonwood",
  backends: 4,
  workers: 4,
  partitions: 3,
  shards: 3,
  redisNodes: 6,
  standbys: false,
  edge: true,
};

/** The yardstick, laid out as the reference is. */
const CLASSIC: Layout = { ...CLUSTER, pipeline: "classic", partitions: 1, shards: 1, redisNodes: 1 };

/** The layouts of a capacity run: one thing differs from 4 × 4, and the yardstick comes last. */
export const LAYOUTS: readonly Layout[] = [
  { ...CLUSTER, backends: 1 },
  CLUSTER,
  { ...CLUSTER, backends: 8 },
  { ...CLUSTER, partitions: 1, shards: 1 },
  { ...CLUSTER, redisNodes: 1 },
  { ...CLUSTER, standbys: true },
  { ...CLUSTER, backends: 1, workers: 2, edge: false },
  CLASSIC,
];

/** What is killed in mid-run: one backend of four, and an engine with a standby beside it. */
export const FAILOVERS: readonly FailoverPlan[] = [
  { layout: CLUSTER, killed: "backend", name: "backend-0" },
  { layout: { ...CLUSTER, standbys: true }, killed: "engine", name: "engine-0-a" },
];

/** Names a layout by what it is made of, e.g. `4 × 4, 3 partitions on 3 shards, 6 Redis nodes`. */
export function layoutName(layout: Layout): string {
  const { pipeline, backends, workers, partitions, shards, redisNodes, standbys, edge } = layout;
  const parts = [
    `${backends} × ${workers}`,
    `${counted(partitions, "partition")} on ${counted(shards, "shard")}`,
    counted(redisNodes, "Redis node"),
  ];
  if (standbys) parts.push("standbys");
  if (!edge) parts.push("no nginx");
  if (pipeline === "classic") return `classic, ${parts[0]}`;
  return parts.join(", ");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
