import { readFileSync } from "node:fs";

/** CPU that a process has taken so far, in seconds; undefined where there is no /proc, or no such process. */
export function processCpuSeconds(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // User and system time in clock ticks, 100 a second on every Linux that Node runs on.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

/** How a thread fared so far. */
export interface ThreadTimes {
  /** CPU that it has taken, in seconds. */
  readonly cpuSeconds: number;
  /** How long it had something to do and no core to do it on, in seconds: others, or the host, had them. */
  readonly waitSeconds: number;
}

/**
 * Times of a process's main thread, which is the gateway of an exchange in one process; undefined where Linux does not
 * tell.
 */
export function mainThreadTimes(pid: number | undefined): ThreadTimes | undefined {
  if (pid === undefined) return undefined;
  try {
    const [cpuNs, waitNs] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "latin1").split(" ");
    return { cpuSeconds: Number(cpuNs) / 1e9, waitSeconds: Number(waitNs) / 1e9 };
  } catch {
    return undefined;
  }
}
