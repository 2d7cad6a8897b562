/** What the tiers of a deployment use, read from the system's process table (Linux: `/proc`). */
import { readdirSync, readFileSync } from "node:fs";
import type { TierUsage } from "./capacity-result.js";

/** Linux counts processor time in hundredths of a second, on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** A process of the deployment at one moment. */
export interface ProcessSample {
  readonly tier: string;
  /** When it started, in ticks since the machine did: with its id it names a process for good. */
  readonly startTicks: number;
  readonly cpuSeconds: number;
  /** Resident; of what it shares with others (PostgreSQL's buffers, programs), its part. */
  readonly memoryMiB: number;
}

export interface DeploymentSample {
  readonly atMs: number;
  readonly processes: ReadonlyMap<number, ProcessSample>;
}

/** By what a process was started as, or calls itself: the first that fits. */
const TIERS: readonly (readonly [tier: string, commandLine: RegExp])[] = [
  ["generator", /load-generator\.js/],
  ["edge", /^nginx:/],
  ["gateway", /backend-worker\.js|role backend|classic\/backend-main\.js/],
  ["engine", /role engine|classic\/engine-main\.js/],
  ["projection", /role projection/],
  ["redis", /redis-server/],
  ["tables", /^postgres: (\S+: )?buttonwood_projection /],
  ["journal", /^postgres: (\S+: )?(buttonwood_engine |postgres postgres |walwriter|walsender|walreceiver)/],
];

export function tierOf(commandLine: string): string {
  return TIERS.find(([, pattern]) => pattern.test(commandLine))?.[0] ?? "other";
}

/** All processes below some, which themselves only look on. */
export function sampleBelow(roots: readonly number[]): DeploymentSample {
  const parents = new Map<number, readonly string[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    if (fields !== undefined) parents.set(Number(name), fields);
  }
  const processes = new Map<number, ProcessSample>();
  const below = new Set(roots);
  // A process may have a higher id than its child's, when ids have begun again: look until nothing is new.
  for (let before = -1; before !== below.size; ) {
    before = below.size;
    for (const [pid, fields] of parents) if (below.has(Number(fields[1]))) below.add(pid);
  }
  for (const pid of below) {
    const fields = parents.get(pid);
    if (fields === undefined || roots.includes(pid)) continue;
    processes.set(pid, {
      tier: tierOf(commandLineOf(pid)),
      startTicks: Number(fields[19]),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      memoryMiB: memoryMiBOf(pid) ?? (Number(fields[21]) * PAGE_BYTES) / 2 ** 20,
    });
  }
  return { atMs: performance.now(), processes };
}

/** The fields of `/proc/PID/stat` behind the program's name: state, parent, and so on; undefined when it has ended. */
function statOf(pid: string): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Its proportional set size; undefined where the system does not tell, as of another user's process. */
function memoryMiBOf(pid: number): number | undefined {
  try {
    const kiB = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))?.[1];
    return kiB === undefined ? undefined : Number(kiB) / 1024;
  } catch {
    return undefined;
  }
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** What each tier used between two samples. `ordersPerSecond`: accepted. */
export function tierUsage(
  before: DeploymentSample,
  after: DeploymentSample,
  ordersPerSecond: number,
): readonly TierUsage[] {
  const seconds = (after.atMs - before.atMs) / 1000;
  const sums = new Map<string, { processes: number; cpuSeconds: number; memoryMiB: number }>();
  for (const [pid, { startTicks, cpuSeconds, memoryMiB, ...now }] of after.processes) {
    const earlier = before.processes.get(pid);
    const then = earlier?.startTicks === startTicks ? earlier : undefined;
    // One that has just ended has no command line any more.
    const tier = then?.tier ?? now.tier;
    let sum = sums.get(tier);
    if (sum === undefined) {
      sum = { processes: 0, cpuSeconds: 0, memoryMiB: 0 };
      sums.set(tier, sum);
    }
    sum.processes++;
    sum.cpuSeconds += cpuSeconds - (then?.cpuSeconds ?? 0);
    sum.memoryMiB += memoryMiB;
  }
  return [...TIERS.map(([tier]) => tier), "other"].flatMap((tier) => {
    const sum = sums.get(tier);
    if (sum === undefined) return [];
    const cores = sum.cpuSeconds / seconds;
    const cpuUsPerOrder = ordersPerSecond > 0 ? (cores / ordersPerSecond) * 1e6 : 0;
    return [{ tier, processes: sum.processes, cores, cpuUsPerOrder, memoryMiB: sum.memoryMiB }];
  });
}
