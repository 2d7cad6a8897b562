import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time of processes in hundredths of a second. */
const TICKS_A_SECOND = 100;

/** A process as the system's table has it. */
export interface ProcessEntry {
  readonly parent: number;
  /** When it started, in ticks since the machine did: with the id it names a process for good. */
  readonly startTicks: number;
  /** Processor time it has used, in s, without its children's. */
  readonly cpuSeconds: number;
}

/** Every process of the machine, by id. Empty where the system has no `/proc`. */
export function processTable(): Map<number, ProcessEntry> {
  const table = new Map<number, ProcessEntry>();
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return table;
  }
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const entry = processEntry(Number(name));
    if (entry !== undefined) table.set(Number(name), entry);
  }
  return table;
}

/** One process; undefined when it has ended, also while its parent has not yet asked how. */
export function processEntry(pid: number): ProcessEntry | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets, which may hold anything.
  const [state, parent, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (state === "Z") return undefined;
  return {
    parent: Number(parent),
    startTicks: Number(rest[17]),
    cpuSeconds: (Number(rest[9]) + Number(rest[10])) / TICKS_A_SECOND,
  };
}

/** A process and everything below it, as ids. */
export function processTree(table: ReadonlyMap<number, ProcessEntry>, root: number): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of table) {
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [pid]);
    else list.push(pid);
  }
  const tree = table.has(root) ? [root] : [];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}
