import { readFileSync } from "node:fs";

/** CPU that a process has taken so far, in seconds; undefined where there is no /proc, or no such process. */
export function processCpuSeconds(pid: number | undefined): number | undefined {
  return pid === undefined ? undefined : cpuSeconds(`/proc/${pid}/stat`);
}

/** The same of its main thread alone, which is the gateway of an exchange in one process. */
export function mainThreadCpuSeconds(pid: number | undefined): number | undefined {
  return pid === undefined ? undefined : cpuSeconds(`/proc/${pid}/task/${pid}/stat`);
}

function cpuSeconds(file: string): number | undefined {
  try {
    const stat = readFileSync(file, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // User and system time in clock ticks, 100 a second on every Linux that Node runs on.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
