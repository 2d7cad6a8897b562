import { setTimeout as sleep } from "node:timers/promises";
import { type ProcessEntry, processTable, processTree } from "../../platform/process-table.js";
import { askRoleStatus, type RoleStatus } from "../role-control.js";
import type { PartRole } from "./part.js";
import type { PartState } from "./supervisor.js";

/** Rates are taken over this time, in ms. */
const SAMPLE_MS = 1_000;

/** A process of the cluster as an operator sees it. What it does not have is left out. */
export interface PartStatus {
  readonly name: string;
  readonly role: PartRole;
  readonly pid?: number;
  /** `starting again` while it does not run, `no answer` when it does not say how it is. */
  readonly state: string;
  readonly partition?: number;
  readonly leads?: boolean;
  readonly epoch?: number;
  readonly sequence?: number;
  /** Sequences that its partition's leader is ahead. */
  readonly lag?: number;
  /** Commands or requests done in a second. */
  readonly perSecond?: number;
  readonly commitMs?: number;
  readonly commitMsP99?: number;
  /** Commands that wait to be sequenced. */
  readonly queued?: number;
  /** A backend's processes that take connections. */
  readonly workers?: number;
  /** Of one processor, with everything below it. */
  readonly cpuPercent?: number;
  /** How often it was started again. */
  readonly restarts: number;
}

interface Sample {
  readonly atMs: number;
  readonly table: ReadonlyMap<number, ProcessEntry>;
  readonly roles: ReadonlyMap<string, RoleStatus>;
}

/** How every part is. Takes a second, over which it measures. */
export async function clusterStatus(states: readonly PartState[]): Promise<readonly PartStatus[]> {
  const before = await sample(states);
  await sleep(SAMPLE_MS);
  const after = await sample(states);
  const leaders = new Map<number, RoleStatus>();
  for (const status of after.roles.values()) {
    if (status.leads === true && status.partition !== undefined) leaders.set(status.partition, status);
  }
  return states.map((state) => partStatus(state, before, after, leaders));
}

async function sample(states: readonly PartState[]): Promise<Sample> {
  const roles = new Map<string, RoleStatus>();
  await Promise.all(
    states.map(async ({ part, pid }) => {
      if (pid === undefined || part.controlPath === undefined) return;
      const status = await askRoleStatus(part.controlPath).catch(() => undefined);
      if (status !== undefined) roles.set(part.name, status);
    }),
  );
  return { atMs: performance.now(), table: processTable(), roles };
}

function partStatus(
  { part, pid, restarts }: PartState,
  before: Sample,
  after: Sample,
  leaders: ReadonlyMap<number, RoleStatus>,
): PartStatus {
  const { name, role, partition } = part;
  const seconds = (after.atMs - before.atMs) / 1000;
  if (pid === undefined) return { name, role, ...only({ partition }), state: "starting again", restarts };
  const status = after.roles.get(name);
  const earlier = before.roles.get(name);
  const leader = partition === undefined ? undefined : leaders.get(partition);
  const isSameProcess = earlier?.pid === status?.pid;
  return {
    name,
    role,
    pid,
    state: status?.state ?? (part.controlPath === undefined ? "running" : "no answer"),
    restarts,
    ...only({
      partition,
      leads: status?.leads,
      epoch: status?.epoch,
      sequence: status?.sequence,
      lag:
        status?.sequence === undefined || leader?.sequence === undefined || status.leads === true
          ? undefined
          : Math.max(0, leader.sequence - status.sequence),
      perSecond:
        status?.done === undefined || earlier?.done === undefined || !isSameProcess
          ? undefined
          : (status.done - earlier.done) / seconds,
      commitMs: status?.commitMs,
      commitMsP99: status?.commitMsP99,
      queued: status?.queued,
      workers: status?.workers,
      cpuPercent: cpuPercent(pid, before, after, seconds),
    }),
  };
}

/** Processor time that a process and those below it have used between two samples. */
function cpuPercent(pid: number, before: Sample, after: Sample, seconds: number): number | undefined {
  if (!after.table.has(pid)) return undefined;
  let used = 0;
  for (const inner of processTree(after.table, pid)) {
    const now = after.table.get(inner)!;
    const then = before.table.get(inner);
    used += now.cpuSeconds - (then?.startTicks === now.startTicks ? then.cpuSeconds : 0);
  }
  return (used / seconds) * 100;
}

/** The fields that have a value. */
function only<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
