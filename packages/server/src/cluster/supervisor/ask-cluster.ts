/** What operators ask of a cluster's supervisor; loads nothing of the cluster itself. */
import { join } from "node:path";
import { askControl } from "../../platform/control-socket.js";
import type { PartStatus } from "./cluster-status.js";

/** A stop waits for the slowest part of every stage, in ms. */
const STOP_MS_MAX = 120_000;
const STATUS_MS_MAX = 10_000;
/** A planned hand-over takes a commit and a new lease, in ms. */
export const HANDOVER_MS_MAX = 20_000;
const PROMOTE_MS_MAX = 60_000;

/** How a local cluster is, as its supervisor answers. */
export interface ClusterStatusReply {
  readonly name: string;
  readonly state: "starting" | "running" | "stopping";
  readonly supervisorPid: number;
  readonly parts: readonly PartStatus[];
}

/** What a planned hand-over has done. */
export interface HandoverReply {
  readonly partition: number;
  readonly from: string;
  readonly to: string;
  readonly epoch: number;
  /** Until the new leader said that it leads. */
  readonly tookMs: number;
}

/** The supervisor's socket in a cluster's folder. */
export function supervisorControlPath(data: string): string {
  return join(data, "cluster.control");
}

export function askClusterStatus(data: string): Promise<ClusterStatusReply> {
  return askControl(supervisorControlPath(data), "status", { timeoutMs: STATUS_MS_MAX });
}

/** Stops the cluster of a folder; resolves when every process has ended. */
export async function askClusterStop(data: string): Promise<void> {
  await askControl(supervisorControlPath(data), "stop", { timeoutMs: STOP_MS_MAX });
}

/** Ends a process of the cluster as a crash would; it is started again. Answers its id. */
export function askClusterKill(data: string, name: string): Promise<{ readonly pid: number }> {
  return askControl(supervisorControlPath(data), "kill", { body: { name }, timeoutMs: STATUS_MS_MAX });
}

/** Makes the standby of a shard its primary, and the old primary a standby. Answers the new primary's name. */
export function askClusterPromote(data: string, name: string): Promise<{ readonly primary: string }> {
  return askControl(supervisorControlPath(data), "promote", { body: { name }, timeoutMs: PROMOTE_MS_MAX });
}

/** Hands a partition's leadership to its standby. */
export function askClusterHandover(data: string, partition: number): Promise<HandoverReply> {
  return askControl(supervisorControlPath(data), "handover", {
    body: { partition },
    timeoutMs: HANDOVER_MS_MAX,
  });
}
